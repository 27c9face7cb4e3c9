//! Passwords: proved, changed, forgotten.

use kit::{Context, Db, DbError, params};
use serde::Deserialize;
use uuid::Uuid;

use super::hash_slot::{HashSlot, Queued};
use crate::domain::{ClientNetwork, Email, LoginName, OpaqueToken, PasswordHash};
use crate::sign_in::{Offer, Outcome};

#[derive(Deserialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub(crate) enum BegunLogin {
    Leased {
        slot: i32,
        account: Option<LoginCandidate>,
    },
    Waiting(Queued),
    Throttled {
        retry_after: i64,
    },
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
    network: &ClientNetwork,
    hash_slots: i32,
    holder: Uuid,
) -> Result<BegunLogin, DbError> {
    db.write_json(
        include_str!("../../sql/begin_login.sql"),
        params![
            name.email(),
            name.username_key(),
            name.counted_as(),
            network.as_str(),
            hash_slots,
            holder
        ],
    )
    .await
}

/// Records and counts a password that was wrong. `counted_as` is the login name, or `account:<id>` where a session confirms.
pub(crate) async fn refuse_login(
    db: &Db,
    context: &Context,
    account: Option<Uuid>,
    counted_as: &str,
    network: &ClientNetwork,
    hash_slot: HashSlot,
) -> Result<(), DbError> {
    db.write(
        include_str!("../../sql/refuse_login.sql"),
        params![
            context.value(),
            account,
            counted_as,
            network.as_str(),
            hash_slot.holder,
            hash_slot.slot
        ],
    )
    .await
    .map(drop)
}

/// Signs in whoever has proved the password that `password_hash` belongs to.
#[expect(
    clippy::too_many_arguments,
    reason = "what one statement takes, each of its own type"
)]
pub(crate) async fn open_session(
    db: &Db,
    context: &Context,
    account: Uuid,
    password_hash: &PasswordHash,
    name: &LoginName,
    verification_required: bool,
    offer: &Offer,
    hash_slot: HashSlot,
) -> Result<Outcome, DbError> {
    db.write_json(
        include_str!("../../sql/open_session.sql"),
        params![
            context.value(),
            account,
            password_hash.as_str(),
            name.counted_as(),
            offer.network.as_str(),
            verification_required,
            offer.session,
            offer.refresh_token.hash().to_vec(),
            offer.jti,
            offer.challenge.hash().to_vec(),
            hash_slot.holder,
            hash_slot.slot
        ],
    )
    .await
}

#[derive(Deserialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub(crate) enum BegunConfirmation {
    Leased { slot: i32, account: Confirming },
    Waiting(Queued),
    Throttled { retry_after: i64 },
    Ended,
}

/// The account of a session whose owner types the password again.
#[derive(Deserialize)]
pub(crate) struct Confirming {
    pub(crate) email: String,
    pub(crate) username: String,
    pub(crate) password_hash: Option<String>,
}

/// A session whose owner has just typed the password. What it allows compares the hash again, for a second may pass.
pub(crate) struct Confirmed {
    pub(crate) account: Uuid,
    pub(crate) session: Uuid,
    pub(crate) details: Confirming,
    pub(crate) network: ClientNetwork,
    pub(crate) hash_slot: HashSlot,
}

impl Confirmed {
    pub(crate) fn password_hash(&self) -> Option<&str> {
        self.details.password_hash.as_deref()
    }
}

/// Leases a place for hashing for the owner of a session.
pub(crate) async fn begin_confirmation(
    db: &Db,
    account: Uuid,
    session: Uuid,
    network: &ClientNetwork,
    hash_slots: i32,
    holder: Uuid,
) -> Result<BegunConfirmation, DbError> {
    db.write_json(
        include_str!("../../sql/begin_confirmation.sql"),
        params![account, session, network.as_str(), hash_slots, holder],
    )
    .await
}

#[derive(Deserialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub(crate) enum ChangedPassword {
    Changed,
    Stale,
}

/// Gives the account another password; every other session ends.
pub(crate) async fn change_password(
    db: &Db,
    context: &Context,
    confirmed: &Confirmed,
    password_hash: &PasswordHash,
) -> Result<ChangedPassword, DbError> {
    db.write_json(
        include_str!("../../sql/change_password.sql"),
        params![
            context.value(),
            confirmed.account,
            confirmed.session,
            confirmed.password_hash(),
            password_hash.as_str(),
            confirmed.network.as_str(),
            confirmed.hash_slot.holder,
            confirmed.hash_slot.slot
        ],
    )
    .await
}

/// Asks for a link that replaces a forgotten password. The same work for every address.
pub(crate) async fn ask_for_password_reset(
    db: &Db,
    context: &Context,
    email: &Email,
) -> Result<(), DbError> {
    db.write(
        include_str!("../../sql/ask_for_password_reset.sql"),
        params![context.value(), email.as_str()],
    )
    .await
    .map(drop)
}

/// Mails the link.
pub(crate) async fn issue_password_reset(
    db: &Db,
    context: &Context,
    account: Uuid,
    token: &OpaqueToken,
    url: &str,
) -> Result<(), DbError> {
    db.write(
        include_str!("../../sql/issue_password_reset.sql"),
        params![context.value(), account, token.hash().to_vec(), url],
    )
    .await
    .map(drop)
}

#[derive(Deserialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub(crate) enum BegunReset {
    Leased { slot: i32, account: Resetting },
    Waiting(Queued),
    Unknown,
}

/// The account whose password is replaced.
#[derive(Deserialize)]
pub(crate) struct Resetting {
    pub(crate) email: String,
    pub(crate) username: String,
}

/// Leases a place for hashing for whoever has a link.
pub(crate) async fn begin_password_reset(
    db: &Db,
    token: &OpaqueToken,
    hash_slots: i32,
    holder: Uuid,
) -> Result<BegunReset, DbError> {
    db.write_json(
        include_str!("../../sql/begin_password_reset.sql"),
        params![token.hash().to_vec(), hash_slots, holder],
    )
    .await
}

#[derive(Deserialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub(crate) enum Reset {
    Reset,
    Unknown,
}

/// Replaces the password and ends all that the old one led to.
pub(crate) async fn reset_password(
    db: &Db,
    context: &Context,
    token: &OpaqueToken,
    password_hash: &PasswordHash,
    hash_slot: HashSlot,
) -> Result<Reset, DbError> {
    db.write_json(
        include_str!("../../sql/reset_password.sql"),
        params![
            context.value(),
            token.hash().to_vec(),
            password_hash.as_str(),
            ClientNetwork::of(context.address.as_deref()).as_str(),
            hash_slot.holder,
            hash_slot.slot
        ],
    )
    .await
}
