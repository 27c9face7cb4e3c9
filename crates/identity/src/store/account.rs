//! Accounts.

use kit::{Context, Db, DbError, params};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::hash_slot::HashSlot;
use crate::domain::{Email, LoginName, PasswordHash, Username};

/// An account as its owner sees it after registering.
#[derive(Clone, Debug, Serialize, Deserialize, utoipa::ToSchema)]
pub(crate) struct User {
    pub(crate) id: Uuid,
    /// Normalised: lower case, domain in ASCII.
    pub(crate) email: String,
    pub(crate) username: String,
    pub(crate) email_verified: bool,
    /// RFC 3339, UTC.
    pub(crate) created_at: String,
}

/// An account with what it may do.
#[derive(Clone, Debug, Serialize, Deserialize, utoipa::ToSchema)]
pub(crate) struct Me {
    #[serde(flatten)]
    pub(crate) user: User,
    pub(crate) roles: Vec<String>,
    /// What the roles give beyond one's own things.
    pub(crate) permissions: Vec<String>,
    /// Whether signing in takes a second factor.
    pub(crate) mfa: bool,
}

#[derive(Deserialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub(crate) enum BegunRegistration {
    Leased { slot: i32 },
    Busy,
    UsernameTaken,
}

/// Looks whether the name is free, and leases a place for hashing if it is.
pub(crate) async fn begin_registration(
    db: &Db,
    username: &Username,
    hash_slots: i32,
    holder: Uuid,
) -> Result<BegunRegistration, DbError> {
    db.write_json(
        include_str!("../../sql/begin_registration.sql"),
        params![username.key(), hash_slots, holder],
    )
    .await
}

/// What a registration brings.
pub(crate) struct NewAccount {
    pub(crate) id: Uuid,
    pub(crate) email: Email,
    pub(crate) username: Username,
    pub(crate) password_hash: PasswordHash,
}

#[derive(Deserialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub(crate) enum Registration {
    Created { user: User },
    UsernameTaken,
}

/// Creates the account, unless its address has one: then the answer is the same and the owner gets a mail.
pub(crate) async fn register(
    db: &Db,
    context: &Context,
    account: &NewAccount,
    hash_slot: HashSlot,
) -> Result<Registration, DbError> {
    db.write_json(
        include_str!("../../sql/register.sql"),
        params![
            context.value(),
            account.id,
            account.email.as_str(),
            account.username.as_str(),
            account.username.key(),
            account.password_hash.as_str(),
            hash_slot.holder,
            hash_slot.slot
        ],
    )
    .await
}

#[derive(Deserialize)]
pub(crate) struct BegunLogin {
    pub(crate) slot: Option<i32>,
    pub(crate) account: Option<LoginCandidate>,
}

#[derive(Deserialize)]
pub(crate) struct LoginCandidate {
    pub(crate) id: Uuid,
    pub(crate) password_hash: Option<String>,
}

/// Leases a place for hashing and finds the account, if anybody has that name.
pub(crate) async fn begin_login(
    db: &Db,
    name: &LoginName,
    hash_slots: i32,
    holder: Uuid,
) -> Result<BegunLogin, DbError> {
    db.write_json(
        include_str!("../../sql/begin_login.sql"),
        params![name.email(), name.username_key(), hash_slots, holder],
    )
    .await
}

/// Records a login that failed.
pub(crate) async fn refuse_login(
    db: &Db,
    context: &Context,
    account: Option<Uuid>,
    hash_slot: HashSlot,
) -> Result<(), DbError> {
    db.write(
        include_str!("../../sql/refuse_login.sql"),
        params![context.value(), account, hash_slot.holder, hash_slot.slot],
    )
    .await
    .map(drop)
}

/// The account as its owner sees it; none when it is gone or disabled.
pub(crate) async fn find_me(db: &Db, account: Uuid) -> Result<Option<Me>, DbError> {
    db.read_json(include_str!("../../sql/me.sql"), params![account])
        .await
}
