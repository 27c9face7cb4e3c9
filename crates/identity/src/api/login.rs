//! `POST /login`, `POST /login/mfa`: a session for who can prove it.

use axum::extract::State;
use http::{StatusCode, header};
use kit::{App, Context, Json, Problem, id};
use serde::{Deserialize, Serialize};

use super::token::Tokens;
use crate::domain::{
    LoginName, OneTimeCode, OpaqueToken, PasswordHash, PasswordInput, RecoveryCode, TokenKind,
};
use crate::policy::Policy;
use crate::sign_in::{NotSignedIn, Offer, Outcome, SignedIn, proves_nothing, throttled};
use crate::store::hash_slot::{self, HashSlot, Place};
use crate::store::password::{self, BegunLogin, LoginCandidate};
use crate::store::second_factor::{self, BegunSecondFactor, SealedSeed, Shown};

/// Who, and the proof.
#[derive(Deserialize, garde::Validate, utoipa::ToSchema)]
pub(crate) struct LoginRequest {
    /// E-mail address or username.
    #[garde(skip)]
    #[schema(example = "ada@example.com")]
    login: String,
    #[garde(skip)]
    #[schema(value_type = String, format = Password)]
    password: PasswordInput,
}

/// Signs in with a password.
///
/// The answer is the same, and costs the same, whether the account is unknown, disabled or locked out, or the password is wrong.
/// Where the account has a second factor, the answer is `{mfa_required: true, mfa_token, methods}` instead of tokens.
///
/// Permissions: none.
#[utoipa::path(
    post,
    path = "/api/v1/auth/login",
    tag = "auth",
    request_body = LoginRequest,
    responses(
        (status = 200, description = "Signed in, or the second factor is owed", body = SignedIn),
        (status = 401, description = "Nobody has that name and that password", body = kit::problem::ProblemDocument),
        (status = 403, description = "The password is right, and the address must be verified first", body = kit::problem::ProblemDocument),
        (status = 422, description = "A field is missing", body = kit::problem::ProblemDocument),
        (status = 429, description = "Too many wrong passwords", body = kit::problem::ProblemDocument),
        (status = 503, description = "Too many passwords are being checked", body = kit::problem::ProblemDocument),
    ),
)]
pub(crate) async fn create(
    State(app): State<App>,
    policy: Policy,
    context: Context,
    Json(request): Json<LoginRequest>,
) -> Result<Json<SignedIn>, Problem> {
    let offer = Offer::to(&context)?;
    let name = LoginName::parse(&request.login);
    let outcome = by_password(&app, &context, policy, &name, &request.password, &offer).await?;
    SignedIn::from_outcome(&app, &context, outcome, &offer)
        .await?
        .map(Json)
        .map_err(|why| match why {
            NotSignedIn::Unverified => unverified(),
            NotSignedIn::Refused | NotSignedIn::Over => refused(),
        })
}

/// Proves a password. What the offer holds is used if it is right; 429 and 503 come back as problems.
pub(crate) async fn by_password(
    app: &App,
    context: &Context,
    policy: Policy,
    name: &LoginName,
    typed: &PasswordInput,
    offer: &Offer,
) -> Result<Outcome, Problem> {
    let (hash_slot, candidate) = find(app, name, policy, offer).await?;
    let account = candidate.as_ref().map(|candidate| candidate.id);
    let stored = candidate
        .and_then(|candidate| candidate.password_hash)
        .map(PasswordHash::stored);
    let matches = PasswordHash::matches(stored.as_ref(), typed);
    let (Some(account), Some(stored), true) = (account, stored, matches) else {
        password::refuse_login(
            app.db(),
            context,
            account,
            &name.counted_as(),
            &offer.network,
            hash_slot,
        )
        .await?;
        return Ok(Outcome::Refused);
    };
    let required = policy.email_verification_required;
    Ok(password::open_session(
        app.db(),
        context,
        account,
        &stored,
        name,
        required,
        offer,
        hash_slot,
    )
    .await?)
}

async fn find(
    app: &App,
    name: &LoginName,
    policy: Policy,
    offer: &Offer,
) -> Result<(HashSlot, Option<LoginCandidate>), Problem> {
    let holder = id::new();
    hash_slot::wait_for(policy.hash_slots, || async {
        let begun =
            password::begin_login(app.db(), name, &offer.network, policy.hash_slots, holder)
                .await?;
        match begun {
            BegunLogin::Leased { slot, account } => {
                Ok(Place::Leased((HashSlot { holder, slot }, account)))
            }
            BegunLogin::Waiting(queued) => Ok(Place::Queued(queued)),
            BegunLogin::Throttled { retry_after } => Err(throttled(retry_after)),
        }
    })
    .await
}

pub(crate) fn refused() -> Problem {
    Problem::new(
        StatusCode::UNAUTHORIZED,
        "invalid-credential",
        "The login or the password is wrong",
    )
    .detail("Nobody has that login and that password.")
    .header(header::WWW_AUTHENTICATE, "Bearer")
}

pub(crate) fn unverified() -> Problem {
    Problem::new(
        StatusCode::FORBIDDEN,
        "email-not-verified",
        "The e-mail address is not verified",
    )
    .detail("Enter the code that was mailed, or ask for another.")
}

/// The way a second factor is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Method {
    /// Six digits of an authenticator app.
    Totp,
    /// One of the codes that were given when the second factor was set up.
    RecoveryCode,
}

/// The second factor.
#[derive(Deserialize, garde::Validate, utoipa::ToSchema)]
pub(crate) struct SecondFactorRequest {
    /// What the first factor led to.
    #[garde(skip)]
    mfa_token: String,
    #[garde(skip)]
    method: Method,
    #[garde(length(min = 1, max = 128))]
    #[schema(example = "123456")]
    code: String,
}

/// Signs in with the second factor. Each code is good once, and each login for five attempts.
///
/// Permissions: none; the token is the credential.
#[utoipa::path(
    post,
    path = "/api/v1/auth/login/mfa",
    tag = "auth",
    request_body = SecondFactorRequest,
    responses(
        (status = 200, description = "Signed in", body = Tokens),
        (status = 401, description = "The code is wrong or was used, or the login took too long", body = kit::problem::ProblemDocument),
        (status = 422, description = "A field is missing", body = kit::problem::ProblemDocument),
        (status = 429, description = "Too many wrong codes", body = kit::problem::ProblemDocument),
    ),
)]
pub(crate) async fn create_mfa(
    State(app): State<App>,
    context: Context,
    Json(request): Json<SecondFactorRequest>,
) -> Result<Json<SignedIn>, Problem> {
    let challenge = OpaqueToken::parse(TokenKind::SecondFactor, &request.mfa_token)
        .ok_or_else(login_is_over)?;
    let offer = Offer::to(&context)?;
    let outcome = by_second_factor(
        &app,
        &context,
        &challenge,
        request.method,
        &request.code,
        &offer,
    )
    .await?;
    SignedIn::from_outcome(&app, &context, outcome, &offer)
        .await?
        .map(Json)
        .map_err(|why| match why {
            NotSignedIn::Over => login_is_over(),
            NotSignedIn::Refused | NotSignedIn::Unverified => proves_nothing(
                "code-invalid",
                "The code is wrong, or was used before; wait for the next one.",
            ),
        })
}

/// Shows a second factor.
pub(crate) async fn by_second_factor(
    app: &App,
    context: &Context,
    challenge: &OpaqueToken,
    method: Method,
    code: &str,
    offer: &Offer,
) -> Result<Outcome, Problem> {
    let (account, totp) =
        match second_factor::begin_second_factor(app.db(), challenge, &offer.network).await? {
            BegunSecondFactor::Begun { account, totp } => (account, totp),
            BegunSecondFactor::Throttled { retry_after } => return Err(throttled(retry_after)),
            BegunSecondFactor::Unknown => return Ok(Outcome::Unknown),
        };
    let shown = match (method, totp) {
        (Method::Totp, Some(seed)) => totp_step(app, context, &account.to_string(), &seed, code)
            .await?
            .map_or(Shown::Nothing, Shown::TotpStep),
        (Method::Totp, None) => Shown::Nothing,
        (Method::RecoveryCode, _) => {
            RecoveryCode::parse(code).map_or(Shown::Nothing, Shown::Recovery)
        }
    };
    Ok(second_factor::pass_second_factor(app.db(), context, challenge, &shown, offer).await?)
}

/// What the signer is asked: its `POST /internal/totp/check`.
#[derive(Serialize)]
struct TotpCheck<'a> {
    owner: &'a str,
    id: String,
    sealed: &'a str,
    code: &'a str,
}

#[derive(Deserialize)]
struct TotpChecked {
    step: Option<i64>,
}

/// The step that a code is of; none for a wrong one. The seed stays with the signer.
pub(crate) async fn totp_step(
    app: &App,
    context: &Context,
    owner: &str,
    seed: &SealedSeed,
    code: &str,
) -> Result<Option<i64>, Problem> {
    let Some(code) = OneTimeCode::parse(code) else {
        return Ok(None);
    };
    let check = TotpCheck {
        owner,
        id: seed.id.to_string(),
        sealed: &seed.sealed,
        code: code.as_str(),
    };
    let TotpChecked { step } = app
        .call(context, "signer", "/internal/totp/check", &check)
        .await?;
    Ok(step)
}

pub(crate) fn login_is_over() -> Problem {
    proves_nothing(
        "login-expired",
        "The login took too long, or too many codes were wrong; begin again.",
    )
}
