//! Accounts as the RealWorld API changes them: at once, and telling what is taken.

use kit::{Context, Db, DbError, params};
use serde::Deserialize;
use uuid::Uuid;

use super::account::{NewAccount, User};
use super::hash_slot::{HashSlot, Queued};
use super::session::SessionGrant;
use crate::domain::{Email, PasswordHash, Username};
use crate::sign_in::Offer;

#[derive(Deserialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub(crate) enum BegunRegistration {
    Leased { slot: i32 },
    Waiting(Queued),
    Taken(Taken),
}

/// Which of the two somebody has.
#[derive(Clone, Copy, Debug, Deserialize)]
pub(crate) struct Taken {
    pub(crate) email: bool,
    pub(crate) username: bool,
}

/// What came of a call.
#[derive(Deserialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub(crate) enum Outcome {
    SignedIn {
        user: Box<User>,
        grant: Box<SessionGrant>,
    },
    Taken(Taken),
    SecondFactor,
    Ended,
}

/// Looks whether address and name are free, and leases a place for hashing if they are.
pub(crate) async fn begin_registration(
    db: &Db,
    email: &Email,
    username: &Username,
    hash_slots: i32,
    holder: Uuid,
) -> Result<BegunRegistration, DbError> {
    db.write_json(
        include_str!("../../sql/conduit_begin_registration.sql"),
        params![email.as_str(), username.key(), hash_slots, holder],
    )
    .await
}

/// Creates an account and signs it in.
pub(crate) async fn register(
    db: &Db,
    context: &Context,
    account: &NewAccount,
    offer: &Offer,
    hash_slot: HashSlot,
) -> Result<Outcome, DbError> {
    db.write_json(
        include_str!("../../sql/conduit_register.sql"),
        params![
            context.value(),
            account.id,
            account.email.as_str(),
            account.username.as_str(),
            account.username.key(),
            account.password_hash.as_str(),
            account.code.as_str(),
            account.code_hash.clone(),
            offer.network.as_str(),
            offer.session,
            offer.refresh_token.hash().to_vec(),
            offer.jti,
            hash_slot.holder,
            hash_slot.slot
        ],
    )
    .await
}

/// The account of a session, with what its next access token says.
pub(crate) async fn find_user(
    db: &Db,
    account: Uuid,
    session: Uuid,
    jti: Uuid,
) -> Result<Outcome, DbError> {
    db.write_json(
        include_str!("../../sql/conduit_user.sql"),
        params![account, session, jti],
    )
    .await
}

/// What is to be another than it is.
pub(crate) struct Change {
    pub(crate) username: Option<Username>,
    pub(crate) email: Option<Email>,
    /// With the place that it was hashed at.
    pub(crate) password: Option<(PasswordHash, HashSlot)>,
}

/// Changes an account at once.
pub(crate) async fn update_account(
    db: &Db,
    context: &Context,
    account: Uuid,
    session: Uuid,
    jti: Uuid,
    change: &Change,
) -> Result<Outcome, DbError> {
    let (hash, hash_slot) = change
        .password
        .as_ref()
        .map(|(hash, slot)| (hash.as_str(), *slot))
        .unzip();
    let answer = db
        .write_json(
            include_str!("../../sql/conduit_update_account.sql"),
            params![
                context.value(),
                account,
                session,
                change.username.as_ref().map(Username::as_str),
                change.username.as_ref().map(Username::key),
                change.email.as_ref().map(Email::as_str),
                hash,
                jti,
                hash_slot.map(|slot: HashSlot| slot.holder),
                hash_slot.map(|slot: HashSlot| slot.slot)
            ],
        )
        .await;
    match answer {
        // Somebody took the address at the same time.
        Err(DbError::Unique { constraint }) if constraint == "accounts_email_key" => {
            Ok(Outcome::Taken(Taken {
                email: true,
                username: false,
            }))
        }
        answer => answer,
    }
}
