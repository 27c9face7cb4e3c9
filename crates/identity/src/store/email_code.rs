//! Codes that prove a mailbox.

use kit::{Context, Db, DbError, params};
use uuid::Uuid;

use crate::domain::{ClientNetwork, Email, OneTimeCode};
use crate::sign_in::{Offer, Outcome};

/// Asks for another code. The same work for every address.
pub(crate) async fn ask_for_code(db: &Db, context: &Context, email: &Email) -> Result<(), DbError> {
    let network = ClientNetwork::of(context.address.as_deref());
    db.write(
        include_str!("../../sql/ask_for_code.sql"),
        params![context.value(), email.as_str(), network.as_str()],
    )
    .await
    .map(drop)
}

/// The address that an account has yet to prove.
pub(crate) async fn find_recipient(db: &Db, account: Uuid) -> Result<Option<String>, DbError> {
    db.read_json(
        include_str!("../../sql/code_recipient.sql"),
        params![account],
    )
    .await
}

/// Mails a code that somebody in this network asked for.
pub(crate) async fn issue_code(
    db: &Db,
    context: &Context,
    account: Uuid,
    network: &str,
    code: &OneTimeCode,
    code_hash: Vec<u8>,
) -> Result<(), DbError> {
    db.write(
        include_str!("../../sql/issue_code.sql"),
        params![context.value(), account, network, code.as_str(), code_hash],
    )
    .await
    .map(drop)
}

/// Proves the address that an account was registered with, and signs in.
pub(crate) async fn verify_email(
    db: &Db,
    context: &Context,
    email: &Email,
    code_hash: Vec<u8>,
    offer: &Offer,
) -> Result<Outcome, DbError> {
    db.write_json(
        include_str!("../../sql/verify_email.sql"),
        params![
            context.value(),
            email.as_str(),
            code_hash,
            offer.network.as_str(),
            offer.session,
            offer.refresh_token.hash().to_vec(),
            offer.jti,
            offer.challenge.hash().to_vec()
        ],
    )
    .await
}

/// Takes a new address into use, from a session of the account.
pub(crate) async fn change_email(
    db: &Db,
    context: &Context,
    account: Uuid,
    session: Uuid,
    email: &Email,
    code_hash: Vec<u8>,
    offer: &Offer,
) -> Result<Outcome, DbError> {
    db.write_json(
        include_str!("../../sql/change_email.sql"),
        params![
            context.value(),
            account,
            session,
            email.as_str(),
            code_hash,
            offer.network.as_str(),
            offer.session,
            offer.refresh_token.hash().to_vec(),
            offer.jti
        ],
    )
    .await
}
