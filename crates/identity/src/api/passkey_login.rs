//! `/passkeys/login`: signing in with a passkey.

use axum::extract::State;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use kit::{App, Context, Json, Problem, id};
use passkeys::{AssertionResponse, Verification};
use serde::Deserialize;
use serde_json::json;
use uuid::Uuid;

use super::login::login_is_over;
use super::passkey::{Bytes, CeremonyAnswer, descriptors, relying_party};
use super::token::Tokens;
use crate::domain::{ClientNetwork, OpaqueToken, TokenKind};
use crate::policy::Policy;
use crate::random;
use crate::sign_in::{NotSignedIn, Offer, Outcome, SignedIn, proves_nothing, throttled};
use crate::store::passkey::{self, BegunLogin};

/// Which login it is for.
#[derive(Deserialize, garde::Validate, utoipa::ToSchema)]
pub(crate) struct LoginStart {
    /// Of a login that owes its second factor; absent where the passkey is the first.
    #[garde(skip)]
    mfa_token: Option<String>,
}

/// Begins to sign in with a passkey.
///
/// Permissions: none.
#[utoipa::path(
    post,
    path = "/api/v1/auth/passkeys/login/start",
    tag = "auth",
    request_body = LoginStart,
    responses(
        (status = 200, description = "What to ask the authenticator", body = CeremonyAnswer),
        (status = 401, description = "The login that owed it took too long", body = kit::problem::ProblemDocument),
        (status = 429, description = "Too many wrong codes", body = kit::problem::ProblemDocument),
    ),
)]
pub(crate) async fn start_login(
    State(app): State<App>,
    context: Context,
    Json(request): Json<LoginStart>,
) -> Result<Json<CeremonyAnswer>, Problem> {
    let owed = match &request.mfa_token {
        Some(text) => {
            Some(OpaqueToken::parse(TokenKind::SecondFactor, text).ok_or_else(login_is_over)?)
        }
        None => None,
    };
    begin_login(&app, &context, owed.as_ref()).await.map(Json)
}

/// A challenge for a login; `owed` is one that owes its second factor.
pub(crate) async fn begin_login(
    app: &App,
    context: &Context,
    owed: Option<&OpaqueToken>,
) -> Result<CeremonyAnswer, Problem> {
    let party = relying_party(app)?;
    let network = ClientNetwork::of(context.address.as_deref());
    let (ceremony, challenge) = (id::new(), random::bits::<32>()?);
    let begun = passkey::begin_login(app.db(), ceremony, &challenge, owed, &network).await?;
    let known = match begun {
        BegunLogin::Begun { known } => known,
        BegunLogin::Throttled { retry_after } => return Err(throttled(retry_after)),
        BegunLogin::Unknown => return Err(login_is_over()),
    };
    let verification = if owed.is_some() {
        "preferred"
    } else {
        "required"
    };
    let options = json!({
        "rpId": party.id(),
        "challenge": URL_SAFE_NO_PAD.encode(challenge),
        "timeout": 300_000,
        "allowCredentials": descriptors(&known),
        "userVerification": verification,
    });
    Ok(CeremonyAnswer { ceremony, options })
}

/// What the authenticator signed.
#[derive(Deserialize, garde::Validate, utoipa::ToSchema)]
pub(crate) struct LoginFinish {
    #[garde(skip)]
    ceremony: Uuid,
    /// `PublicKeyCredential.toJSON()`.
    #[garde(skip)]
    credential: LoginCredential,
}

/// `AuthenticationResponseJSON`.
#[derive(Deserialize, utoipa::ToSchema)]
pub(crate) struct LoginCredential {
    id: Bytes,
    response: SignedResponse,
}

#[derive(Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
struct SignedResponse {
    #[serde(rename = "clientDataJSON")]
    client_data: Bytes,
    authenticator_data: Bytes,
    signature: Bytes,
    user_handle: Option<Bytes>,
}

/// Signs in with a passkey.
///
/// Permissions: none; the passkey is the credential.
#[utoipa::path(
    post,
    path = "/api/v1/auth/passkeys/login/finish",
    tag = "auth",
    request_body = LoginFinish,
    responses(
        (status = 200, description = "Signed in", body = Tokens),
        (status = 401, description = "The answer is not good, or came too late", body = kit::problem::ProblemDocument),
        (status = 403, description = "The address must be verified first", body = kit::problem::ProblemDocument),
        (status = 422, description = "A field is missing", body = kit::problem::ProblemDocument),
    ),
)]
pub(crate) async fn finish_login(
    State(app): State<App>,
    policy: Policy,
    context: Context,
    Json(request): Json<LoginFinish>,
) -> Result<Json<SignedIn>, Problem> {
    let offer = Offer::to(&context)?;
    let LoginFinish {
        ceremony,
        credential,
    } = request;
    let outcome = by_passkey(&app, &context, policy, ceremony, credential, &offer).await?;
    SignedIn::from_outcome(&app, &context, outcome, &offer)
        .await?
        .map(Json)
        .map_err(|why| match why {
            NotSignedIn::Unverified => super::login::unverified(),
            NotSignedIn::Refused => refused("disabled, or copied"),
            NotSignedIn::Over => login_is_over(),
        })
}

/// Proves a passkey. What the offer holds is used if it is good; an answer to no challenge of ours is a problem.
pub(crate) async fn by_passkey(
    app: &App,
    context: &Context,
    policy: Policy,
    ceremony: Uuid,
    credential: LoginCredential,
    offer: &Offer,
) -> Result<Outcome, Problem> {
    let response = credential.response;
    let ceremony = passkey::take_ceremony(app.db(), ceremony, "login", &credential.id.0)
        .await?
        .ok_or_else(|| refused("unknown or used challenge"))?;
    let known = ceremony
        .passkey
        .ok_or_else(|| refused("unknown credential"))?;
    let whose = ceremony
        .account
        .is_none_or(|account| account == known.account)
        && response
            .user_handle
            .as_ref()
            .is_none_or(|handle| handle.0 == known.account.as_bytes());
    if !whose {
        return Err(refused("somebody else's passkey"));
    }
    let verification = if ceremony.owed.is_some() {
        Verification::NotRequired
    } else {
        Verification::Required
    };
    let assertion = relying_party(app)?
        .verify_assertion(
            &ceremony.challenge.0,
            &known.public_key.0,
            verification,
            &AssertionResponse {
                client_data: &response.client_data.0,
                authenticator_data: &response.authenticator_data.0,
                signature: &response.signature.0,
            },
        )
        .map_err(refused)?;
    let required = policy.email_verification_required;
    Ok(passkey::pass(
        app.db(),
        context,
        known.id,
        assertion,
        ceremony.owed,
        required,
        offer,
    )
    .await?)
}

fn refused(cause: impl std::fmt::Display) -> Problem {
    proves_nothing(
        "passkey-invalid",
        "The passkey does not sign in here; begin again.",
    )
    .caused_by(cause)
}
