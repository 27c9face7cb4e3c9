//! `/oauth2/register`: clients that register themselves (RFC 7591, RFC 7592), where the operator lets them.

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, HeaderValue, StatusCode, header};
use kit::{App, Context, Json, Path, Problem};
use serde_json::{Value, json};

use super::set;
use crate::domain::{OpaqueToken, TokenKind};
use crate::oauth::client_id;
use crate::oauth::domain::{ClientMetadata, Registrant};
use crate::oauth::failure::{ErrorDocument, Failure, OAuthError};
use crate::oauth::self_registration_is_on;
use crate::oauth::store::client::{self, NewClient};
use crate::random;

/// Registers a client. What it asks for is limited, and people are told that nobody has looked at it.
///
/// Permissions: none. 404 unless the variable `dynamic_registration` is `on`.
#[utoipa::path(
    post,
    path = "/oauth2/register",
    tag = "oauth2",
    request_body = ClientMetadata,
    responses(
        (status = 201, description = "Registered; the secrets are shown once", body = Value),
        (status = 400, description = "RFC 7591 section 3.2.2", body = ErrorDocument),
        (status = 404, description = "Clients are registered by an administrator", body = kit::problem::ProblemDocument),
    ),
)]
pub(crate) async fn create(
    State(app): State<App>,
    context: Context,
    metadata: Result<Json<ClientMetadata>, Problem>,
) -> Result<Response, Failure> {
    on(&app)?;
    let Json(metadata) = metadata.map_err(of_metadata)?;
    let with_secret = metadata.has_secret();
    let (metadata, _) = metadata
        .check(Registrant::Anybody, &app.config().public_url)
        .map_err(|errors| {
            let code = if errors
                .iter()
                .any(|error| error.field.starts_with("redirect_uris"))
            {
                "invalid_redirect_uri"
            } else {
                "invalid_client_metadata"
            };
            let texts: Vec<String> = errors
                .iter()
                .map(|error| format!("{} {}", error.field, error.message))
                .collect();
            OAuthError::new(code, texts.join("; "))
        })?;
    let id = client_id();
    let secret = with_secret
        .then(|| random::token(TokenKind::ClientSecret))
        .transpose()?;
    let registration = random::token(TokenKind::Registration)?;
    let new = NewClient {
        id: &id,
        metadata,
        secret: secret.as_ref().map(OpaqueToken::hash),
        registration: Some(registration.hash()),
    };
    let mut document = client::create(app.db(), &context, new).await?;
    set(
        &mut document,
        "registration_access_token",
        registration.as_str(),
    );
    set(
        &mut document,
        "registration_client_uri",
        format!("{}/register/{id}", app.config().issuer()),
    );
    set(&mut document, "client_id_issued_at", kit::clock::now_s());
    set(&mut document, "response_types", json!(["code"]));
    if let Some(secret) = &secret {
        set(&mut document, "client_secret", secret.as_str());
        // Good until it is replaced.
        set(&mut document, "client_secret_expires_at", 0);
    }
    Ok(answer(StatusCode::CREATED, document))
}

/// Shows a client to itself.
///
/// Permissions: the registration access token.
#[utoipa::path(
    get,
    path = "/oauth2/register/{client_id}",
    tag = "oauth2",
    params(("client_id" = String, Path)),
    responses(
        (status = 200, description = "The client", body = Value),
        (status = 401, description = "No or bad registration access token", body = ErrorDocument),
        (status = 404, description = "Clients are registered by an administrator", body = kit::problem::ProblemDocument),
    ),
)]
pub(crate) async fn show(
    State(app): State<App>,
    headers: HeaderMap,
    Path(id): Path<String>,
) -> Result<Response, Failure> {
    on(&app)?;
    let mut document = find(&app, &headers, &id).await?;
    set(&mut document, "response_types", json!(["code"]));
    Ok(answer(StatusCode::OK, document))
}

/// Removes a client, with all that it was granted.
///
/// Permissions: the registration access token.
#[utoipa::path(
    delete,
    path = "/oauth2/register/{client_id}",
    tag = "oauth2",
    params(("client_id" = String, Path)),
    responses(
        (status = 204, description = "Gone"),
        (status = 401, description = "No or bad registration access token", body = ErrorDocument),
        (status = 404, description = "Clients are registered by an administrator", body = kit::problem::ProblemDocument),
    ),
)]
pub(crate) async fn delete(
    State(app): State<App>,
    context: Context,
    headers: HeaderMap,
    Path(id): Path<String>,
) -> Result<Response, Failure> {
    on(&app)?;
    find(&app, &headers, &id).await?;
    client::delete(app.db(), &context.for_actor(id.as_str()), &id, None).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// What RFC 7591 calls metadata that cannot be read; a body too large or of another type stays what it is.
fn of_metadata(problem: Problem) -> Failure {
    match problem.status() {
        StatusCode::BAD_REQUEST | StatusCode::UNPROCESSABLE_ENTITY => {
            let description = "the body is not a JSON object of client metadata, each of its type";
            OAuthError::new("invalid_client_metadata", description).into()
        }
        _ => problem.into(),
    }
}

fn on(app: &App) -> Result<(), Problem> {
    if self_registration_is_on(app) {
        return Ok(());
    }
    Err(Problem::not_found("resource"))
}

async fn find(app: &App, headers: &HeaderMap, id: &str) -> Result<Value, Failure> {
    let refused = || {
        OAuthError::new(
            "invalid_token",
            "the registration access token is not good for this client",
        )
        .status(StatusCode::UNAUTHORIZED)
        .header(header::WWW_AUTHENTICATE, "Bearer error=\"invalid_token\"")
    };
    let token = headers
        .get(header::AUTHORIZATION)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.split_once(' '))
        .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"))
        .and_then(|(_, token)| OpaqueToken::parse(TokenKind::Registration, token.trim()))
        .ok_or_else(refused)?;
    let found = client::find_registered(app.db(), id, &token.hash()).await?;
    Ok(found.ok_or_else(refused)?)
}

/// What a client has not said is left out: RFC 7591 knows no null, and clients that read strictly refuse one.
fn answer(status: StatusCode, mut document: Value) -> Response {
    if let Some(members) = document.as_object_mut() {
        members.retain(|_, value| !value.is_null());
    }
    let mut response = (status, axum::Json(document)).into_response();
    response
        .headers_mut()
        .insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}
