//! `/passkeys`: what one has to sign in with, as second factor and as the first.

use axum::extract::State;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use http::StatusCode;
use kit::{App, Context, Json, NoContent, Path, Principal, Problem, Scope, id};
use passkeys::RelyingParty;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::confirmation;
use crate::domain::RecoveryCode;
use crate::random;
use crate::store::passkey::{
    self, AddedPasskey, BegunRegistration, DeletedPasskey, Hex, NewPasskey, Passkey,
};

/// A challenge, and what the browser is to be asked.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct CeremonyAnswer {
    /// To be sent back with the answer, within five minutes.
    pub(crate) ceremony: Uuid,
    /// For `PublicKeyCredential.parseCreationOptionsFromJSON` or `parseRequestOptionsFromJSON`.
    pub(crate) options: Value,
}

/// Bytes in base64url, as browsers write them.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(try_from = "String")]
#[schema(value_type = String)]
pub(super) struct Bytes(pub(super) Vec<u8>);

impl TryFrom<String> for Bytes {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        URL_SAFE_NO_PAD
            .decode(text.trim_end_matches('='))
            .map(Self)
            .map_err(|_| "is not base64url")
    }
}

/// Whether passkeys can be used at our address at all.
pub(crate) fn are_possible(app: &App) -> bool {
    RelyingParty::at(&app.config().public_url).is_some()
}

pub(super) fn relying_party(app: &App) -> Result<RelyingParty, Problem> {
    RelyingParty::at(&app.config().public_url).ok_or_else(|| {
        Problem::misconfigured("public_url", "must name a domain: passkeys belong to one")
    })
}

pub(super) fn descriptors(known: &[Hex]) -> Vec<Value> {
    known
        .iter()
        .map(|id| json!({"type": "public-key", "id": URL_SAFE_NO_PAD.encode(&id.0)}))
        .collect()
}

/// Begins to add a passkey.
///
/// Permissions: `account.manage`, first party, and a sign-in of the last 15 minutes.
#[utoipa::path(
    post,
    path = "/api/v1/auth/passkeys/register/start",
    tag = "auth",
    security(("bearer" = ["account.manage"])),
    responses(
        (status = 200, description = "What to ask the authenticator", body = CeremonyAnswer),
        (status = 401, description = "No or bad credential", body = kit::problem::ProblemDocument),
        (status = 403, description = "Not a first-party session, or not fresh enough", body = kit::problem::ProblemDocument),
        (status = 409, description = "Twenty passkeys are enough", body = kit::problem::ProblemDocument),
    ),
)]
pub(crate) async fn start_registration(
    State(app): State<App>,
    principal: Principal,
) -> Result<Json<CeremonyAnswer>, Problem> {
    principal.require(Scope::AccountManage)?;
    confirmation::require_fresh(&principal)?;
    let (owner, session) = (principal.user_id()?, principal.session_id()?);
    let party = relying_party(&app)?;
    let (ceremony, challenge) = (id::new(), random::bits::<32>()?);
    let (username, known) =
        match passkey::begin_registration(app.db(), owner, session, ceremony, &challenge).await? {
            BegunRegistration::Begun { username, known } => (username, known),
            BegunRegistration::TooMany => return Err(too_many()),
            BegunRegistration::Ended => return Err(confirmation::ended()),
        };
    let options = json!({
        "rp": {"id": party.id(), "name": "Spindle"},
        "user": {
            "id": URL_SAFE_NO_PAD.encode(owner.as_bytes()),
            "name": username,
            "displayName": username,
        },
        "challenge": URL_SAFE_NO_PAD.encode(challenge),
        "pubKeyCredParams": [{"type": "public-key", "alg": -8}, {"type": "public-key", "alg": -7}],
        "timeout": 300_000,
        "excludeCredentials": descriptors(&known),
        "authenticatorSelection": {"residentKey": "preferred", "userVerification": "preferred"},
        "attestation": "none",
    });
    Ok(Json(CeremonyAnswer { ceremony, options }))
}

/// What the authenticator made.
#[derive(Deserialize, garde::Validate, utoipa::ToSchema)]
pub(crate) struct PasskeyRegistration {
    #[garde(skip)]
    ceremony: Uuid,
    /// For its owner to tell it by.
    #[garde(length(chars, min = 1, max = 100), inner(custom(kit::is_one_line)))]
    #[schema(example = "my phone")]
    name: Option<String>,
    /// `PublicKeyCredential.toJSON()`.
    #[garde(skip)]
    credential: RegistrationCredential,
}

/// `RegistrationResponseJSON`.
#[derive(Deserialize, utoipa::ToSchema)]
struct RegistrationCredential {
    response: AttestationResponse,
}

#[derive(Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
struct AttestationResponse {
    #[serde(rename = "clientDataJSON")]
    client_data: Bytes,
    attestation_object: Bytes,
    #[serde(default)]
    transports: Vec<String>,
}

/// A new passkey.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct AddedPasskeyAnswer {
    #[serde(flatten)]
    passkey: Passkey,
    /// With the first second factor of an account: codes for when it is lost, each good once, shown this once.
    #[serde(skip_serializing_if = "Option::is_none")]
    recovery_codes: Option<Vec<String>>,
}

/// Adds a passkey. From now on a login with a password owes a second factor, and the passkey alone signs in.
///
/// Permissions: `account.manage`, first party, and a sign-in of the last 15 minutes.
#[utoipa::path(
    post,
    path = "/api/v1/auth/passkeys/register/finish",
    tag = "auth",
    request_body = PasskeyRegistration,
    security(("bearer" = ["account.manage"])),
    responses(
        (status = 201, description = "Added", body = AddedPasskeyAnswer),
        (status = 401, description = "No or bad credential", body = kit::problem::ProblemDocument),
        (status = 403, description = "Not a first-party session, or not fresh enough", body = kit::problem::ProblemDocument),
        (status = 409, description = "The passkey is known, or twenty are there", body = kit::problem::ProblemDocument),
        (status = 422, description = "The answer is not one to this challenge", body = kit::problem::ProblemDocument),
    ),
)]
pub(crate) async fn finish_registration(
    State(app): State<App>,
    principal: Principal,
    context: Context,
    Json(request): Json<PasskeyRegistration>,
) -> Result<(StatusCode, Json<AddedPasskeyAnswer>), Problem> {
    principal.require(Scope::AccountManage)?;
    confirmation::require_fresh(&principal)?;
    let (owner, session) = (principal.user_id()?, principal.session_id()?);
    let context = context.for_principal(&principal);
    let ceremony = passkey::take_ceremony(app.db(), request.ceremony, "register", &[])
        .await?
        .filter(|ceremony| ceremony.account == Some(owner))
        .ok_or_else(|| not_an_answer("unknown or used challenge"))?;
    let response = request.credential.response;
    let verified = relying_party(&app)?
        .verify_registration(
            &ceremony.challenge.0,
            &response.client_data.0,
            &response.attestation_object.0,
        )
        .map_err(not_an_answer)?;
    let new = NewPasskey {
        id: id::new(),
        verified,
        name: request
            .name
            .map_or_else(|| "passkey".to_owned(), |name| name.trim().to_owned()),
        transports: response
            .transports
            .into_iter()
            .filter(|name| name.len() <= 32)
            .take(8)
            .collect(),
    };
    let codes = random::recovery_codes()?;
    match passkey::add(app.db(), &context, owner, session, &new, &codes).await? {
        AddedPasskey::Added { passkey, recovery } => Ok((
            StatusCode::CREATED,
            Json(AddedPasskeyAnswer {
                passkey,
                recovery_codes: recovery.then(|| codes.iter().map(RecoveryCode::shown).collect()),
            }),
        )),
        AddedPasskey::Known => Err(Problem::conflict(
            "conflict",
            "This passkey is registered already.",
        )),
        AddedPasskey::TooMany => Err(too_many()),
        AddedPasskey::Ended => Err(confirmation::ended()),
    }
}

fn too_many() -> Problem {
    Problem::conflict("conflict", "Twenty passkeys are enough; delete one first.")
}

fn not_an_answer(cause: impl std::fmt::Display) -> Problem {
    Problem::invalid_field(
        "credential",
        "is no answer to a challenge of ours; begin again",
    )
    .caused_by(cause)
}

/// Passkeys of the account.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct Passkeys {
    items: Vec<Passkey>,
    /// Always null: there are twenty at most.
    next_cursor: Option<String>,
}

/// Lists the account's passkeys.
///
/// Permissions: `account.manage`, first party.
#[utoipa::path(
    get,
    path = "/api/v1/auth/passkeys",
    tag = "auth",
    security(("bearer" = ["account.manage"])),
    responses(
        (status = 200, description = "All of them", body = Passkeys),
        (status = 401, description = "No or bad credential", body = kit::problem::ProblemDocument),
        (status = 403, description = "Not a first-party session", body = kit::problem::ProblemDocument),
    ),
)]
pub(crate) async fn list(
    State(app): State<App>,
    principal: Principal,
) -> Result<Json<Passkeys>, Problem> {
    principal.require(Scope::AccountManage)?;
    principal.require_first_party()?;
    let items = passkey::list(app.db(), principal.user_id()?).await?;
    Ok(Json(Passkeys {
        items,
        next_cursor: None,
    }))
}

/// Deletes a passkey.
///
/// Permissions: `account.manage`, first party, and a sign-in of the last 15 minutes.
#[utoipa::path(
    delete,
    path = "/api/v1/auth/passkeys/{id}",
    tag = "auth",
    params(("id" = Uuid, Path, description = "Id of the passkey")),
    security(("bearer" = ["account.manage"])),
    responses(
        (status = 204, description = "Deleted"),
        (status = 401, description = "No or bad credential", body = kit::problem::ProblemDocument),
        (status = 403, description = "Not a first-party session, or not fresh enough", body = kit::problem::ProblemDocument),
        (status = 404, description = "The account has no such passkey", body = kit::problem::ProblemDocument),
    ),
)]
pub(crate) async fn delete(
    State(app): State<App>,
    principal: Principal,
    context: Context,
    Path(id): Path<Uuid>,
) -> Result<NoContent, Problem> {
    principal.require(Scope::AccountManage)?;
    confirmation::require_fresh(&principal)?;
    let (owner, session) = (principal.user_id()?, principal.session_id()?);
    let context = context.for_principal(&principal);
    match passkey::delete(app.db(), &context, owner, session, id).await? {
        DeletedPasskey::Deleted => Ok(NoContent),
        DeletedPasskey::NotFound => Err(Problem::not_found("passkey")),
        DeletedPasskey::Ended => Err(confirmation::ended()),
    }
}
