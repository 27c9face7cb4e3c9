//! `/mfa/totp`: an authenticator app as second factor.

use axum::extract::State;
use http::StatusCode;
use kit::{App, Context, FieldError, Json, NoContent, Principal, Problem, Scope, id};
use serde::{Deserialize, Serialize};

use super::login::totp_step;
use super::me::PasswordConfirmation;
use crate::confirmation;
use crate::domain::{ClientNetwork, RecoveryCode};
use crate::policy::Policy;
use crate::random;
use crate::sign_in::throttled;
use crate::store::account;
use crate::store::second_factor::{
    self, BegunTotp, ConfirmedTotp, DisabledTotp, OfferedTotp, SealedSeed,
};

/// What the authenticator app is given.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct TotpOffer {
    /// Base32, to be typed in.
    secret: String,
    /// To be shown as a QR code.
    otpauth_url: String,
}

/// What the signer is asked: its `POST /internal/totp/create`.
#[derive(Serialize)]
struct SeedRequest {
    owner: String,
    id: String,
}

#[derive(Deserialize)]
struct Seed {
    sealed: String,
    secret: String,
}

/// Begins to set up an authenticator app; `POST /mfa/totp/confirm` with a first code takes it into use.
///
/// Permissions: `account.manage`, first party, and a sign-in of the last 15 minutes.
#[utoipa::path(
    post,
    path = "/api/v1/auth/mfa/totp",
    tag = "auth",
    security(("bearer" = ["account.manage"])),
    responses(
        (status = 201, description = "The secret, shown this once", body = TotpOffer),
        (status = 401, description = "No or bad credential", body = kit::problem::ProblemDocument),
        (status = 403, description = "Not a first-party session, or not fresh enough", body = kit::problem::ProblemDocument),
        (status = 409, description = "An app is in use; disable it first", body = kit::problem::ProblemDocument),
    ),
)]
pub(crate) async fn create(
    State(app): State<App>,
    principal: Principal,
    context: Context,
) -> Result<(StatusCode, Json<TotpOffer>), Problem> {
    principal.require(Scope::AccountManage)?;
    confirmation::require_fresh(&principal)?;
    let (owner, session) = (principal.user_id()?, principal.session_id()?);
    let context = context.for_principal(&principal);
    let me = account::find_me(app.db(), owner)
        .await?
        .ok_or_else(confirmation::ended)?;
    let row = id::new();
    let request = SeedRequest {
        owner: owner.to_string(),
        id: row.to_string(),
    };
    let Seed { sealed, secret } = app
        .call(&context, "signer", "/internal/totp/create", &request)
        .await?;
    let seed = SealedSeed { id: row, sealed };
    match second_factor::offer_totp(app.db(), &context, owner, session, &seed).await? {
        OfferedTotp::Offered => Ok((
            StatusCode::CREATED,
            Json(TotpOffer {
                otpauth_url: otpauth_url(&me.user.username, &secret),
                secret,
            }),
        )),
        OfferedTotp::ConfirmedAlready => Err(Problem::conflict(
            "conflict",
            "An authenticator app is in use; disable it first.",
        )),
        OfferedTotp::Ended => Err(confirmation::ended()),
    }
}

/// As authenticator apps read it. Algorithm, digits and period are the defaults that all of them have.
fn otpauth_url(username: &str, secret: &str) -> String {
    let name: String = form_urlencoded::byte_serialize(username.as_bytes()).collect();
    format!("otpauth://totp/Spindle:{name}?secret={secret}&issuer=Spindle")
}

/// A first code.
#[derive(Deserialize, garde::Validate, utoipa::ToSchema)]
pub(crate) struct TotpCode {
    #[garde(length(min = 1, max = 32))]
    #[schema(example = "123456")]
    code: String,
}

/// Codes for when the app is lost.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct RecoveryCodes {
    /// Each is good once. They are shown this once.
    recovery_codes: Vec<String>,
}

/// Takes the authenticator app into use by a first code. From now on a login with a password owes a second factor.
///
/// Permissions: `account.manage`, first party, and a sign-in of the last 15 minutes.
#[utoipa::path(
    post,
    path = "/api/v1/auth/mfa/totp/confirm",
    tag = "auth",
    request_body = TotpCode,
    security(("bearer" = ["account.manage"])),
    responses(
        (status = 200, description = "In use", body = RecoveryCodes),
        (status = 401, description = "No or bad credential", body = kit::problem::ProblemDocument),
        (status = 403, description = "Not a first-party session, or not fresh enough", body = kit::problem::ProblemDocument),
        (status = 409, description = "No app waits for its first code", body = kit::problem::ProblemDocument),
        (status = 422, description = "The code is wrong", body = kit::problem::ProblemDocument),
        (status = 429, description = "Too many wrong codes", body = kit::problem::ProblemDocument),
    ),
)]
pub(crate) async fn confirm(
    State(app): State<App>,
    principal: Principal,
    context: Context,
    Json(request): Json<TotpCode>,
) -> Result<Json<RecoveryCodes>, Problem> {
    principal.require(Scope::AccountManage)?;
    confirmation::require_fresh(&principal)?;
    let (owner, session) = (principal.user_id()?, principal.session_id()?);
    let network = ClientNetwork::of(context.address.as_deref());
    let context = context.for_principal(&principal);
    let seed = match second_factor::begin_totp_confirmation(app.db(), owner, &network).await? {
        BegunTotp::Begun(seed) => seed,
        BegunTotp::Throttled { retry_after } => return Err(throttled(retry_after)),
        BegunTotp::None => return Err(nothing_to_confirm()),
    };
    let step = totp_step(&app, &context, &owner.to_string(), &seed, &request.code).await?;
    let codes = random::recovery_codes()?;
    let confirmed = second_factor::confirm_totp(
        app.db(),
        &context,
        owner,
        session,
        seed.id,
        step,
        &network,
        &codes,
    )
    .await?;
    match confirmed {
        ConfirmedTotp::Confirmed => Ok(Json(RecoveryCodes {
            recovery_codes: codes.iter().map(RecoveryCode::shown).collect(),
        })),
        ConfirmedTotp::Refused => Err(Problem::validation([FieldError::new(
            "code",
            "is not the one that the app shows now",
        )])),
        ConfirmedTotp::Ended => Err(confirmation::ended()),
    }
}

fn nothing_to_confirm() -> Problem {
    Problem::conflict(
        "conflict",
        "No authenticator app waits for its first code; begin with POST /mfa/totp.",
    )
}

/// Takes the authenticator app out of use. Recovery codes go with the last second factor.
///
/// Permissions: `account.manage`, first party, and the password.
#[utoipa::path(
    post,
    path = "/api/v1/auth/mfa/totp/disable",
    tag = "auth",
    request_body = PasswordConfirmation,
    security(("bearer" = ["account.manage"])),
    responses(
        (status = 204, description = "Out of use"),
        (status = 401, description = "No or bad credential", body = kit::problem::ProblemDocument),
        (status = 403, description = "Not a first-party session", body = kit::problem::ProblemDocument),
        (status = 404, description = "There is none", body = kit::problem::ProblemDocument),
        (status = 409, description = "The password was changed by another request meanwhile", body = kit::problem::ProblemDocument),
        (status = 422, description = "The password is wrong", body = kit::problem::ProblemDocument),
        (status = 429, description = "Too many wrong passwords", body = kit::problem::ProblemDocument),
    ),
)]
pub(crate) async fn disable(
    State(app): State<App>,
    policy: Policy,
    principal: Principal,
    context: Context,
    Json(request): Json<PasswordConfirmation>,
) -> Result<NoContent, Problem> {
    principal.require(Scope::AccountManage)?;
    principal.require_first_party()?;
    let context = context.for_principal(&principal);
    let confirmed = confirmation::by_password(
        &app,
        &context,
        policy,
        &principal,
        request.password.as_ref(),
        "password",
    )
    .await?;
    match second_factor::disable_totp(app.db(), &context, &confirmed).await? {
        DisabledTotp::Disabled => Ok(NoContent),
        DisabledTotp::None => Err(Problem::not_found("authenticator app")),
        DisabledTotp::Stale => Err(confirmation::stale()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_in_the_address_is_escaped() {
        assert_eq!(
            otpauth_url("José", "ABC"),
            "otpauth://totp/Spindle:Jos%C3%A9?secret=ABC&issuer=Spindle"
        );
    }
}
