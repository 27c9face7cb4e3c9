//! Second factors: time-based codes and recovery codes.

use kit::{Context, Db, DbError, params};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::password::Confirmed;
use crate::domain::{ClientNetwork, OpaqueToken, RecoveryCode};
use crate::sign_in::{Offer, Outcome};

/// A sealed TOTP seed and the row that it is bound to.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct SealedSeed {
    pub(crate) id: Uuid,
    pub(crate) sealed: String,
}

#[derive(Deserialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub(crate) enum BegunSecondFactor {
    Begun {
        account: Uuid,
        totp: Option<SealedSeed>,
    },
    Throttled {
        retry_after: i64,
    },
    Unknown,
}

/// Takes one of the challenge's five attempts.
pub(crate) async fn begin_second_factor(
    db: &Db,
    challenge: &OpaqueToken,
    network: &ClientNetwork,
) -> Result<BegunSecondFactor, DbError> {
    db.write_json(
        include_str!("../../sql/begin_second_factor.sql"),
        params![challenge.hash().to_vec(), network.as_str()],
    )
    .await
}

/// What an attempt has shown.
pub(crate) enum Shown {
    /// The step that a right TOTP code is of.
    TotpStep(i64),
    /// A recovery code, right or not.
    Recovery(RecoveryCode),
    /// Nothing right.
    Nothing,
}

/// Signs in if the step or the recovery code was not used before.
pub(crate) async fn pass_second_factor(
    db: &Db,
    context: &Context,
    challenge: &OpaqueToken,
    shown: &Shown,
    offer: &Offer,
) -> Result<Outcome, DbError> {
    let (step, recovery_hash) = match shown {
        Shown::TotpStep(step) => (Some(*step), None),
        Shown::Recovery(code) => (None, Some(code.hash().to_vec())),
        Shown::Nothing => (None, None),
    };
    db.write_json(
        include_str!("../../sql/pass_second_factor.sql"),
        params![
            context.value(),
            challenge.hash().to_vec(),
            step,
            recovery_hash,
            offer.network.as_str(),
            offer.session,
            offer.refresh_token.hash().to_vec(),
            offer.jti
        ],
    )
    .await
}

#[derive(Deserialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub(crate) enum OfferedTotp {
    Offered,
    ConfirmedAlready,
    Ended,
}

/// Keeps a seed until its first code confirms it.
pub(crate) async fn offer_totp(
    db: &Db,
    context: &Context,
    account: Uuid,
    session: Uuid,
    seed: &SealedSeed,
) -> Result<OfferedTotp, DbError> {
    db.write_json(
        include_str!("../../sql/offer_totp.sql"),
        params![context.value(), account, session, seed.id, &seed.sealed],
    )
    .await
}

#[derive(Deserialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub(crate) enum BegunTotp {
    Begun(SealedSeed),
    Throttled { retry_after: i64 },
    None,
}

/// The seed that waits for its first code.
pub(crate) async fn begin_totp_confirmation(
    db: &Db,
    account: Uuid,
    network: &ClientNetwork,
) -> Result<BegunTotp, DbError> {
    let begun = db
        .read_json(
            include_str!("../../sql/begin_totp_confirmation.sql"),
            params![account, network.as_str()],
        )
        .await?;
    Ok(begun.unwrap_or(BegunTotp::None))
}

#[derive(Deserialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub(crate) enum ConfirmedTotp {
    Confirmed,
    Refused,
    Ended,
}

/// Takes a seed into use. `step` is none for a wrong code.
#[expect(
    clippy::too_many_arguments,
    reason = "what one statement takes, each of its own type"
)]
pub(crate) async fn confirm_totp(
    db: &Db,
    context: &Context,
    account: Uuid,
    session: Uuid,
    seed: Uuid,
    step: Option<i64>,
    network: &ClientNetwork,
    recovery_codes: &[RecoveryCode],
) -> Result<ConfirmedTotp, DbError> {
    db.write_json(
        include_str!("../../sql/confirm_totp.sql"),
        params![
            context.value(),
            account,
            session,
            seed,
            step,
            network.as_str(),
            hex_hashes(recovery_codes)
        ],
    )
    .await
}

/// As SQL takes several hashes at once.
pub(crate) fn hex_hashes(codes: &[RecoveryCode]) -> Vec<String> {
    codes.iter().map(|code| code.hash().hex()).collect()
}

#[derive(Deserialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub(crate) enum DisabledTotp {
    Disabled,
    None,
    Stale,
}

/// Takes the TOTP factor from an account.
pub(crate) async fn disable_totp(
    db: &Db,
    context: &Context,
    confirmed: &Confirmed,
) -> Result<DisabledTotp, DbError> {
    db.write_json(
        include_str!("../../sql/disable_totp.sql"),
        params![
            context.value(),
            confirmed.account,
            confirmed.session,
            confirmed.password_hash(),
            confirmed.network.as_str(),
            confirmed.hash_slot.holder,
            confirmed.hash_slot.slot
        ],
    )
    .await
}
