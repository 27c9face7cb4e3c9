//! `/api/v1/admin/oauth-clients`: clients, for those who register them.

use axum::extract::State;
use axum::response::Response;
use http::{StatusCode, header};
use kit::{
    App, Context, Created, FieldError, Idempotency, IfMatch, IfNoneMatch, Json, NoContent, Page,
    Path, Permission, Principal, Problem, WithEtag, etag,
};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

use super::set;
use crate::domain::{OpaqueToken, TokenKind};
use crate::oauth::client_id;
use crate::oauth::domain::{ClientMetadata, Registrant, Scopes};
use crate::oauth::store::client::{
    self, CreatedOnce, Deleted, FoundClient, NewClient, RotatedSecret, Updated,
};
use crate::random;

const LIST: &str = "admin.oauth_clients";
const PATH: &str = "/api/v1/admin/oauth-clients";
const ROUTE: &str = "POST /api/v1/admin/oauth-clients";
/// For how long the secret before stays good unless said otherwise, and at most, seconds.
const OVERLAP: i64 = 24 * 60 * 60;
const LONGEST_OVERLAP: i64 = 30 * 24 * 60 * 60;

/// A page of clients.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct Clients {
    #[schema(value_type = Vec<Object>)]
    items: Vec<Value>,
    /// For the next page; null on the last.
    next_cursor: Option<String>,
}

/// Lists the clients.
///
/// Permissions: `clients.manage`.
#[utoipa::path(
    get,
    path = "/api/v1/admin/oauth-clients",
    tag = "admin",
    params(
        ("limit" = Option<i64>, Query, description = "1 to 100, 20 if absent"),
        ("cursor" = Option<String>, Query, description = "`next_cursor` of the page before"),
    ),
    security(("bearer" = ["clients.manage"])),
    responses(
        (status = 200, description = "A page", body = Clients),
        (status = 401, description = "No or bad credential", body = kit::problem::ProblemDocument),
        (status = 403, description = "The permission is missing", body = kit::problem::ProblemDocument),
        (status = 422, description = "The limit or the cursor is not valid", body = kit::problem::ProblemDocument),
    ),
)]
pub(crate) async fn list(
    State(app): State<App>,
    principal: Principal,
    page: Page,
) -> Result<Json<Clients>, Problem> {
    principal.require_permission(Permission::ClientsManage)?;
    let after = page.position::<String>(&app, LIST)?;
    let mut items = client::list(app.db(), after.as_deref(), page.limit).await?;
    let next_cursor = page.cut(&app, LIST, &mut items, |last| &last["client_id"])?;
    Ok(Json(Clients { items, next_cursor }))
}

/// Registers a client. Its secret is in this answer and nowhere else.
///
/// Permissions: `clients.manage`, and every permission that is among its scopes.
#[utoipa::path(
    post,
    path = "/api/v1/admin/oauth-clients",
    tag = "admin",
    params(("Idempotency-Key" = Option<String>, Header, description = "The same key registers one client; again, if that has a secret: 409")),
    request_body = ClientMetadata,
    security(("bearer" = ["clients.manage"])),
    responses(
        (status = 201, description = "Registered; Location and ETag", body = Value),
        (status = 401, description = "No or bad credential", body = kit::problem::ProblemDocument),
        (status = 403, description = "A permission is missing", body = kit::problem::ProblemDocument),
        (status = 409, description = "Registered before with this Idempotency-Key; `Location` names it", body = kit::problem::ProblemDocument),
        (status = 422, description = "A field is not valid", body = kit::problem::ProblemDocument),
    ),
)]
pub(crate) async fn create(
    State(app): State<App>,
    principal: Principal,
    context: Context,
    idempotency: Idempotency,
    Json(metadata): Json<ClientMetadata>,
) -> Result<Created<axum::Json<Value>>, Problem> {
    principal.require_permission(Permission::ClientsManage)?;
    let with_secret = metadata.has_secret();
    let metadata = checked(&app, &principal, metadata)?;
    let claim = idempotency.params(&principal, ROUTE, &metadata)?;
    let id = client_id();
    let secret = with_secret
        .then(|| random::token(TokenKind::ClientSecret))
        .transpose()?;
    let new = NewClient {
        id: &id,
        metadata,
        secret: secret.as_ref().map(OpaqueToken::hash),
        registration: None,
    };
    let context = context.for_principal(&principal);
    let created = |id: &str, found: FoundClient, replayed: bool| Created {
        location: format!("{PATH}/{id}"),
        etag: Some(etag(found.version, digits(id))),
        replayed,
        body: axum::Json(found.client),
    };
    match client::create_once(app.db(), &context, new, claim).await? {
        CreatedOnce::Created(mut found) => {
            if let Some(secret) = &secret {
                set(&mut found.client, "client_secret", secret.as_str());
            }
            Ok(created(&id, found, false))
        }
        CreatedOnce::Replayed { client_id } if with_secret => Err(Problem::new(
            StatusCode::CONFLICT,
            "secret-shown-once",
            "The secret was shown before",
        )
        .detail(
            "The client was registered with this Idempotency-Key; its secret is not shown again.",
        )
        .header(header::LOCATION, &format!("{PATH}/{client_id}"))),
        CreatedOnce::Replayed { client_id } => client::find_document(app.db(), &client_id)
            .await?
            .map(|found| created(&client_id, found, true))
            .ok_or_else(|| Problem::not_found("client")),
        CreatedOnce::Mismatch => Err(Idempotency::mismatch()),
    }
}

/// The metadata as it is stored. Nobody gives a client more than they have.
fn checked(app: &App, principal: &Principal, metadata: ClientMetadata) -> Result<Value, Problem> {
    let (metadata, scopes): (Value, Scopes) = metadata
        .check(Registrant::Administrator, &app.config().public_url)
        .map_err(Problem::validation)?;
    let missing = scopes
        .permissions()
        .find(|permission| !principal.permissions.iter().any(|had| had == permission));
    if let Some(missing) = missing {
        return Err(Problem::validation([FieldError::new(
            "scope",
            format!("holds {missing}, a permission that you don't have yourself"),
        )]));
    }
    Ok(metadata)
}

/// The UUID in a client's id, for its entity tag.
fn digits(id: &str) -> Uuid {
    let digits = id.strip_prefix("oc_").unwrap_or(id);
    Uuid::try_parse(digits).unwrap_or_default()
}

/// Shows a client.
///
/// Permissions: `clients.manage`.
#[utoipa::path(
    get,
    path = "/api/v1/admin/oauth-clients/{id}",
    tag = "admin",
    params(("id" = String, Path, description = "Client id")),
    security(("bearer" = ["clients.manage"])),
    responses(
        (status = 200, description = "The client, with its ETag", body = Value),
        (status = 304, description = "As the client knows it"),
        (status = 401, description = "No or bad credential", body = kit::problem::ProblemDocument),
        (status = 403, description = "The permission is missing", body = kit::problem::ProblemDocument),
        (status = 404, description = "No such client", body = kit::problem::ProblemDocument),
    ),
)]
pub(crate) async fn show(
    State(app): State<App>,
    principal: Principal,
    Path(id): Path<String>,
    known: IfNoneMatch,
) -> Result<Response, Problem> {
    principal.require_permission(Permission::ClientsManage)?;
    let found = client::find_document(app.db(), &id)
        .await?
        .ok_or_else(|| Problem::not_found("client"))?;
    let tag = etag(found.version, digits(&id));
    Ok(known.answer(tag, axum::Json(found.client)))
}

/// Replaces a client's metadata: what is absent goes back to what it is unless said otherwise.
///
/// Permissions: `clients.manage`, and every permission that is among its scopes.
#[utoipa::path(
    put,
    path = "/api/v1/admin/oauth-clients/{id}",
    tag = "admin",
    params(
        ("id" = String, Path, description = "Client id"),
        ("If-Match" = Option<String>, Header, description = "Only if the client is still this version"),
    ),
    request_body = ClientMetadata,
    security(("bearer" = ["clients.manage"])),
    responses(
        (status = 200, description = "The client, with its ETag", body = Value),
        (status = 401, description = "No or bad credential", body = kit::problem::ProblemDocument),
        (status = 403, description = "A permission is missing", body = kit::problem::ProblemDocument),
        (status = 404, description = "No such client", body = kit::problem::ProblemDocument),
        (status = 412, description = "The client has changed", body = kit::problem::ProblemDocument),
        (status = 422, description = "A field is not valid", body = kit::problem::ProblemDocument),
    ),
)]
pub(crate) async fn update(
    State(app): State<App>,
    principal: Principal,
    context: Context,
    Path(id): Path<String>,
    guard: IfMatch,
    Json(metadata): Json<ClientMetadata>,
) -> Result<WithEtag<axum::Json<Value>>, Problem> {
    principal.require_permission(Permission::ClientsManage)?;
    let disabled = metadata.disabled.unwrap_or(false);
    let metadata = checked(&app, &principal, metadata)?;
    let context = context.for_principal(&principal);
    let version = guard.version(digits(&id));
    match client::update(app.db(), &context, &id, version, metadata, disabled).await? {
        Updated::Done(found) => Ok(WithEtag(
            etag(found.version, digits(&id)),
            axum::Json(found.client),
        )),
        Updated::Stale => Err(Problem::precondition_failed()),
        Updated::NotFound => Err(Problem::not_found("client")),
    }
}

/// Removes a client, with all that it was granted.
///
/// Permissions: `clients.manage`.
#[utoipa::path(
    delete,
    path = "/api/v1/admin/oauth-clients/{id}",
    tag = "admin",
    params(
        ("id" = String, Path, description = "Client id"),
        ("If-Match" = Option<String>, Header, description = "Only if the client is still this version"),
    ),
    security(("bearer" = ["clients.manage"])),
    responses(
        (status = 204, description = "Gone; its tokens are refused everywhere within a second"),
        (status = 401, description = "No or bad credential", body = kit::problem::ProblemDocument),
        (status = 403, description = "The permission is missing", body = kit::problem::ProblemDocument),
        (status = 404, description = "No such client", body = kit::problem::ProblemDocument),
        (status = 412, description = "The client has changed", body = kit::problem::ProblemDocument),
    ),
)]
pub(crate) async fn delete(
    State(app): State<App>,
    principal: Principal,
    context: Context,
    Path(id): Path<String>,
    guard: IfMatch,
) -> Result<NoContent, Problem> {
    principal.require_permission(Permission::ClientsManage)?;
    let context = context.for_principal(&principal);
    match client::delete(app.db(), &context, &id, guard.version(digits(&id))).await? {
        Deleted::Done => Ok(NoContent),
        Deleted::Stale => Err(Problem::precondition_failed()),
        Deleted::NotFound => Err(Problem::not_found("client")),
    }
}

/// How a secret is replaced; no body at all is as usual.
#[derive(Deserialize, garde::Validate, utoipa::ToSchema)]
pub(crate) struct SecretRotation {
    /// For how long the secret before stays good, seconds; a day unless said otherwise, 0 to cut it off now.
    #[garde(range(min = 0, max = LONGEST_OVERLAP))]
    overlap_seconds: Option<i64>,
}

/// A new secret.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct NewSecret {
    client_id: String,
    /// Shown once.
    client_secret: String,
    /// When the one before stops being good; null if there was none.
    previous_expires_at: Option<String>,
}

/// Gives a client another secret; the one before stays good for a while, so that nothing stops.
///
/// Permissions: `clients.manage`, and every permission that is among the client's scopes: who has its secret can do what it can.
#[utoipa::path(
    post,
    path = "/api/v1/admin/oauth-clients/{id}/rotate-secret",
    tag = "admin",
    params(
        ("id" = String, Path, description = "Client id"),
        ("If-Match" = Option<String>, Header, description = "Only if the client is still this version"),
    ),
    request_body = Option<SecretRotation>,
    security(("bearer" = ["clients.manage"])),
    responses(
        (status = 200, description = "The new secret", body = NewSecret),
        (status = 401, description = "No or bad credential", body = kit::problem::ProblemDocument),
        (status = 403, description = "A permission is missing", body = kit::problem::ProblemDocument),
        (status = 404, description = "No such client", body = kit::problem::ProblemDocument),
        (status = 409, description = "The client has no secret", body = kit::problem::ProblemDocument),
        (status = 412, description = "The client has changed", body = kit::problem::ProblemDocument),
        (status = 422, description = "A field is not valid", body = kit::problem::ProblemDocument),
    ),
)]
pub(crate) async fn rotate_secret(
    State(app): State<App>,
    principal: Principal,
    context: Context,
    Path(id): Path<String>,
    guard: IfMatch,
    rotation: Option<Json<SecretRotation>>,
) -> Result<Json<NewSecret>, Problem> {
    principal.require_permission(Permission::ClientsManage)?;
    let secret = random::token(TokenKind::ClientSecret)?;
    let overlap = rotation
        .and_then(|Json(rotation)| rotation.overlap_seconds)
        .unwrap_or(OVERLAP);
    let context = context.for_principal(&principal);
    let version = guard.version(digits(&id));
    let rotated = client::rotate_secret(
        app.db(),
        &context,
        &id,
        version,
        &principal.permissions,
        &secret.hash(),
        overlap,
    )
    .await?;
    match rotated {
        RotatedSecret::Rotated { expires_at } => Ok(Json(NewSecret {
            client_id: id,
            client_secret: secret.as_str().to_owned(),
            previous_expires_at: expires_at,
        })),
        RotatedSecret::Stale => Err(Problem::precondition_failed()),
        RotatedSecret::NotFound => Err(Problem::not_found("client")),
        RotatedSecret::WithoutSecret => Err(Problem::conflict(
            "conflict",
            "The client proves who it is without a secret, or not at all.",
        )),
        RotatedSecret::TooMighty { permission } => Err(Problem::forbidden(format!(
            "The client has {permission}, a permission that you don't have yourself."
        ))),
    }
}
