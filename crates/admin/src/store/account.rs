//! Accounts as administrators see them.

use kit::{Context, Db, DbError, Principal, params};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// An account, its roles and what they give.
#[derive(Clone, Debug, Serialize, Deserialize, utoipa::ToSchema)]
pub(crate) struct AdminUser {
    pub(crate) id: Uuid,
    pub(crate) email: String,
    pub(crate) username: String,
    pub(crate) email_verified: bool,
    /// Cannot sign in, and nothing signed in for it is accepted.
    pub(crate) disabled: bool,
    /// Without one the owner signs in otherwise, or sets one by `POST /api/v1/auth/password/forgot`.
    pub(crate) has_password: bool,
    /// RFC 3339, UTC.
    pub(crate) created_at: String,
    pub(crate) updated_at: String,
    pub(crate) disabled_at: Option<String>,
    /// Last use of a live session.
    pub(crate) last_seen_at: Option<String>,
    /// Live sessions.
    pub(crate) sessions: i64,
    pub(crate) roles: Vec<String>,
    pub(crate) permissions: Vec<String>,
    /// For the entity tag: of what administrators change.
    #[serde(skip_serializing)]
    #[schema(ignore)]
    pub(crate) version: i64,
    /// For the entity tag: of what else is shown.
    #[serde(skip_serializing)]
    #[schema(ignore)]
    pub(crate) others: i64,
}

/// What to look for; none asks for nothing.
#[derive(Clone, Debug, Default)]
pub(crate) struct Search {
    /// Of an address, or a whole id; lower case.
    pub(crate) beginning: Option<String>,
    /// Of a username, as usernames are compared.
    pub(crate) key: Option<String>,
    pub(crate) role: Option<String>,
    /// `active`, `unverified`, `disabled`.
    pub(crate) state: Option<&'static str>,
}

/// Accounts older than `before`, newest first; one more than `page`, if there are.
pub(crate) async fn search_accounts(
    db: &Db,
    search: &Search,
    before: Option<Uuid>,
    page: i64,
) -> Result<Vec<AdminUser>, DbError> {
    let found = db
        .read_json(
            include_str!("../../sql/search_accounts.sql"),
            params![
                search.beginning.as_deref(),
                search.key.as_deref(),
                search.role.as_deref(),
                search.state,
                before,
                page
            ],
        )
        .await?;
    Ok(found.unwrap_or_default())
}

/// One account.
pub(crate) async fn find_account(db: &Db, account: Uuid) -> Result<Option<AdminUser>, DbError> {
    db.read_json(
        include_str!("../../sql/find_administered_account.sql"),
        params![account],
    )
    .await
}

#[derive(Debug, Deserialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
#[cfg_attr(
    not(target_family = "wasm"),
    expect(
        clippy::large_enum_variant,
        reason = "read from one row and taken apart at once"
    )
)]
pub(crate) enum AccountChange {
    Changed { user: AdminUser },
    NotFound,
    Stale,
    NotAllowed,
    Outranked,
    Oneself,
    LastAdmin,
}

/// What to change of an account.
pub(crate) struct Change {
    /// The version that the client knows, if that matters.
    pub(crate) version: Option<i64>,
    /// None leaves it.
    pub(crate) disabled: Option<bool>,
    /// Takes the password away.
    pub(crate) reset_password: bool,
}

/// Disables, enables, or takes the password away.
pub(crate) async fn change_account(
    db: &Db,
    context: &Context,
    principal: &Principal,
    actor: Uuid,
    account: Uuid,
    change: &Change,
) -> Result<AccountChange, DbError> {
    db.write_json(
        include_str!("../../sql/change_account.sql"),
        params![
            context.value(),
            actor,
            principal.permissions.clone(),
            account,
            change.version,
            change.disabled,
            change.reset_password
        ],
    )
    .await
}

#[derive(Debug, Deserialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
#[cfg_attr(
    not(target_family = "wasm"),
    expect(
        clippy::large_enum_variant,
        reason = "read from one row and taken apart at once"
    )
)]
pub(crate) enum RolesChange {
    Set { user: AdminUser },
    NotFound,
    Stale,
    NotAllowed,
    UnknownRole { role: String },
    Outranked { role: String },
    LastAdmin,
}

/// Gives an account exactly these roles.
pub(crate) async fn set_account_roles(
    db: &Db,
    context: &Context,
    principal: &Principal,
    actor: Uuid,
    account: Uuid,
    version: Option<i64>,
    roles: &[String],
) -> Result<RolesChange, DbError> {
    db.write_json(
        include_str!("../../sql/set_account_roles.sql"),
        params![
            context.value(),
            actor,
            principal.permissions.clone(),
            account,
            version,
            roles.to_vec()
        ],
    )
    .await
}

/// The first administrator, as the operator's variables have them.
pub(crate) struct FirstAdmin<'a> {
    pub(crate) id: Uuid,
    pub(crate) email: &'a str,
    pub(crate) username: &'a str,
    pub(crate) username_key: &'a str,
    /// None to look only whether one is needed.
    pub(crate) password_hash: Option<&'a str>,
}

#[derive(Debug, PartialEq, Eq, Deserialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub(crate) enum Bootstrap {
    Exists,
    Needed,
    Created,
    Granted,
    Unproved,
}

/// Makes the first administrator, unless there is one.
pub(crate) async fn bootstrap_admin(
    db: &Db,
    context: &Context,
    admin: &FirstAdmin<'_>,
) -> Result<Bootstrap, DbError> {
    db.write_json(
        include_str!("../../sql/bootstrap_admin.sql"),
        params![
            context.value(),
            admin.id,
            admin.email,
            admin.username,
            admin.username_key,
            admin.password_hash
        ],
    )
    .await
}
