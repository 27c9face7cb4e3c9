//! Passkeys and the challenges given out for them.

use kit::{Context, Db, DbError, params};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::second_factor::hex_hashes;
use crate::domain::{ClientNetwork, OpaqueToken, RecoveryCode};
use crate::sign_in::{Offer, Outcome};

/// A passkey as its owner sees it.
#[derive(Clone, Debug, Serialize, Deserialize, utoipa::ToSchema)]
pub(crate) struct Passkey {
    pub(crate) id: Uuid,
    pub(crate) name: String,
    /// Whether there are copies of it, in a password manager's cloud for example.
    pub(crate) backed_up: bool,
    /// RFC 3339, UTC.
    pub(crate) created_at: String,
    pub(crate) last_used_at: Option<String>,
}

/// Bytes in hex, as SQL answers them in JSON.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub(crate) struct Hex(pub(crate) Vec<u8>);

impl TryFrom<String> for Hex {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        let digit = |byte: u8| {
            char::from(byte)
                .to_digit(16)
                .and_then(|d| u8::try_from(d).ok())
        };
        text.as_bytes()
            .chunks(2)
            .map(|pair| match pair {
                [high, low] => Some(digit(*high)? << 4 | digit(*low)?),
                _ => None,
            })
            .collect::<Option<_>>()
            .map(Self)
            .ok_or("not hex")
    }
}

#[derive(Deserialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub(crate) enum BegunRegistration {
    Begun { username: String, known: Vec<Hex> },
    TooMany,
    Ended,
}

/// Gives out a challenge for a new passkey.
pub(crate) async fn begin_registration(
    db: &Db,
    account: Uuid,
    session: Uuid,
    ceremony: Uuid,
    challenge: &[u8],
) -> Result<BegunRegistration, DbError> {
    db.write_json(
        include_str!("../../sql/begin_passkey_registration.sql"),
        params![account, session, ceremony, challenge.to_vec()],
    )
    .await
}

#[derive(Deserialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub(crate) enum BegunLogin {
    Begun { known: Vec<Hex> },
    Throttled { retry_after: i64 },
    Unknown,
}

/// Gives out a challenge for a login.
pub(crate) async fn begin_login(
    db: &Db,
    ceremony: Uuid,
    challenge: &[u8],
    owed: Option<&OpaqueToken>,
    network: &ClientNetwork,
) -> Result<BegunLogin, DbError> {
    db.write_json(
        include_str!("../../sql/begin_passkey_login.sql"),
        params![
            ceremony,
            challenge.to_vec(),
            owed.map(|token| token.hash().to_vec()),
            network.as_str()
        ],
    )
    .await
}

/// A challenge that was given out, and the passkey that answers it.
#[derive(Deserialize)]
pub(crate) struct Ceremony {
    pub(crate) challenge: Hex,
    pub(crate) account: Option<Uuid>,
    pub(crate) owed: Option<Hex>,
    pub(crate) passkey: Option<KnownPasskey>,
}

#[derive(Deserialize)]
pub(crate) struct KnownPasskey {
    pub(crate) id: Uuid,
    pub(crate) account: Uuid,
    pub(crate) public_key: Hex,
}

/// Takes a challenge, which is then used up. `kind` is `register` or `login`.
pub(crate) async fn take_ceremony(
    db: &Db,
    ceremony: Uuid,
    kind: &str,
    credential_id: &[u8],
) -> Result<Option<Ceremony>, DbError> {
    let text: Option<String> = match db
        .write(
            include_str!("../../sql/take_passkey_ceremony.sql"),
            params![ceremony, kind, credential_id.to_vec()],
        )
        .await?
        .into_iter()
        .next()
    {
        Some(row) => row.get("take_passkey_ceremony")?,
        None => None,
    };
    text.map(|text| serde_json::from_str(&text).map_err(|error| DbError::decode("json", error)))
        .transpose()
}

/// A verified passkey to add.
pub(crate) struct NewPasskey {
    pub(crate) id: Uuid,
    pub(crate) verified: passkeys::NewPasskey,
    pub(crate) name: String,
    pub(crate) transports: Vec<String>,
}

#[derive(Deserialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub(crate) enum AddedPasskey {
    Added { passkey: Passkey, recovery: bool },
    Known,
    TooMany,
    Ended,
}

/// Adds a passkey; recovery codes come with the first second factor.
pub(crate) async fn add(
    db: &Db,
    context: &Context,
    account: Uuid,
    session: Uuid,
    new: &NewPasskey,
    recovery_codes: &[RecoveryCode],
) -> Result<AddedPasskey, DbError> {
    db.write_json(
        include_str!("../../sql/add_passkey.sql"),
        params![
            context.value(),
            account,
            session,
            new.id,
            new.verified.credential_id.clone(),
            new.verified.public_key.clone(),
            &new.name,
            i64::from(new.verified.sign_count),
            new.transports.clone(),
            new.verified.backed_up,
            hex_hashes(recovery_codes)
        ],
    )
    .await
}

/// Signs in with a verified passkey.
pub(crate) async fn pass(
    db: &Db,
    context: &Context,
    passkey: Uuid,
    assertion: passkeys::Assertion,
    owed: Option<Hex>,
    verification_required: bool,
    offer: &Offer,
) -> Result<Outcome, DbError> {
    db.write_json(
        include_str!("../../sql/pass_passkey.sql"),
        params![
            context.value(),
            passkey,
            i64::from(assertion.sign_count),
            assertion.backed_up,
            owed.map(|hash| hash.0),
            verification_required,
            offer.network.as_str(),
            offer.session,
            offer.refresh_token.hash().to_vec(),
            offer.jti
        ],
    )
    .await
}

/// Passkeys of an account.
pub(crate) async fn list(db: &Db, account: Uuid) -> Result<Vec<Passkey>, DbError> {
    let passkeys = db
        .read_json(
            include_str!("../../sql/list_passkeys.sql"),
            params![account],
        )
        .await?;
    Ok(passkeys.unwrap_or_default())
}

#[derive(Deserialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub(crate) enum DeletedPasskey {
    Deleted,
    NotFound,
    Ended,
}

/// Deletes a passkey of an account.
pub(crate) async fn delete(
    db: &Db,
    context: &Context,
    account: Uuid,
    session: Uuid,
    id: Uuid,
) -> Result<DeletedPasskey, DbError> {
    db.write_json(
        include_str!("../../sql/delete_passkey.sql"),
        params![context.value(), account, session, id],
    )
    .await
}
