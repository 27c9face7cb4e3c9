//! Accounts.

use kit::{Context, Db, DbError, params};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::hash_slot::{HashSlot, Queued};
use super::password::Confirmed;
use crate::domain::{ClientNetwork, Email, OneTimeCode, PasswordHash, Username};

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
    /// Whether signing in with a password takes a second factor.
    pub(crate) mfa: bool,
    /// A new address that counts once its code is verified.
    pub(crate) pending_email: Option<String>,
    /// For the entity tag.
    #[serde(skip_serializing)]
    #[schema(ignore)]
    pub(crate) version: i64,
}

#[derive(Deserialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub(crate) enum BegunRegistration {
    Leased { slot: i32 },
    Waiting(Queued),
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
    /// The code that proves the address, and what is stored of it.
    pub(crate) code: OneTimeCode,
    pub(crate) code_hash: Vec<u8>,
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
            account.code.as_str(),
            account.code_hash.clone(),
            ClientNetwork::of(context.address.as_deref()).as_str(),
            hash_slot.holder,
            hash_slot.slot
        ],
    )
    .await
}

/// The account as its owner sees it; none when it is gone or disabled.
pub(crate) async fn find_me(db: &Db, account: Uuid) -> Result<Option<Me>, DbError> {
    db.read_json(include_str!("../../sql/me.sql"), params![account])
        .await
}

/// What is to be another than it is.
pub(crate) struct AccountChange {
    pub(crate) username: Option<Username>,
    pub(crate) email: Option<Email>,
    /// The code that proves the new address, and what is stored of it.
    pub(crate) code: Option<(OneTimeCode, Vec<u8>)>,
}

#[derive(Deserialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub(crate) enum UpdatedAccount {
    Updated {
        me: Me,
    },
    /// It is another version.
    Stale,
    UsernameTaken,
    TooManyCodes,
    Ended,
}

/// Changes the name at once and the address when its code comes back.
pub(crate) async fn update_account(
    db: &Db,
    context: &Context,
    account: Uuid,
    session: Uuid,
    version: Option<i64>,
    change: &AccountChange,
) -> Result<UpdatedAccount, DbError> {
    let (code, code_hash) = change
        .code
        .as_ref()
        .map(|(code, hash)| (code.as_str(), hash.clone()))
        .unzip();
    db.write_json(
        include_str!("../../sql/update_account.sql"),
        params![
            context.value(),
            account,
            session,
            version,
            change.username.as_ref().map(Username::as_str),
            change.username.as_ref().map(Username::key),
            change.email.as_ref().map(Email::as_str),
            code,
            code_hash
        ],
    )
    .await
}

#[derive(Deserialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub(crate) enum DeletedAccount {
    Deleted,
    Stale,
    /// Nobody else has the role `admin`.
    LastAdmin,
}

/// Deletes the account of a session whose owner has just typed the password.
pub(crate) async fn delete_account(
    db: &Db,
    context: &Context,
    confirmed: &Confirmed,
) -> Result<DeletedAccount, DbError> {
    db.write_json(
        include_str!("../../sql/delete_account.sql"),
        params![
            context.value(),
            confirmed.account,
            confirmed.session,
            confirmed.password_hash(),
            confirmed.hash_slot.holder,
            confirmed.hash_slot.slot
        ],
    )
    .await
}

/// All that is known of an account's owner, as JSON text; none when the account is gone.
pub(crate) async fn export_account(
    db: &Db,
    context: &Context,
    account: Uuid,
) -> Result<Option<String>, DbError> {
    // Recorded, so a write.
    let row = db
        .write(
            include_str!("../../sql/export_account.sql"),
            params![context.value(), account],
        )
        .await?
        .into_iter()
        .next();
    row.map_or(Ok(None), |row| row.get("export_account"))
}

/// Deletes what has nothing left to say.
pub(crate) async fn sweep(db: &Db) -> Result<serde_json::Value, DbError> {
    db.write_json(include_str!("../../sql/sweep.sql"), params![])
        .await
}
