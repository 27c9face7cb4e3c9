//! `/api-keys`: credentials for programs of one's own.

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use chrono::Datelike;
use http::{StatusCode, header};
use kit::{
    App, Context, Created, Idempotency, Json, NoContent, Page, Path, Permission, Principal,
    Problem, Scope, id,
};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::confirmation;
use crate::domain::TokenKind;
use crate::policy::{Policy, has_second_factor};
use crate::random;
use crate::store::api_key::{self, ApiKey, CreatedApiKey, NewApiKey, RevokedApiKey};

const LIST: &str = "auth.api_keys";
const ROUTE: &str = "POST /api/v1/auth/api-keys";
const LOCATION: &str = "/api/v1/auth/api-keys";

/// Scopes that a key may be granted.
const SCOPES: &[&str] = &[
    Scope::AccountManage.name(),
    Scope::ProfileRead.name(),
    Scope::ProfileWrite.name(),
    Scope::PostsRead.name(),
    Scope::PostsWrite.name(),
    Scope::TradingRead.name(),
    Scope::TradingTrade.name(),
];

/// Permissions that a key may be granted, in force as far as its owner has them.
const PERMISSIONS: &[&str] = &[
    Permission::PostsModerate.name(),
    Permission::CommentsModerate.name(),
    Permission::UsersRead.name(),
    Permission::UsersManage.name(),
    Permission::RolesManage.name(),
    Permission::ClientsManage.name(),
    Permission::AuditRead.name(),
    Permission::TasksManage.name(),
    Permission::SupportManage.name(),
    Permission::KeysRotate.name(),
    Permission::BotsRun.name(),
    Permission::BotsKill.name(),
];

/// A key to create.
#[derive(Serialize, Deserialize, garde::Validate, utoipa::ToSchema)]
pub(crate) struct ApiKeyRequest {
    /// For its owner to tell it by.
    #[garde(length(chars, min = 1, max = 100), custom(kit::is_one_line))]
    #[schema(example = "nightly backup")]
    name: String,
    /// What it is good for: scopes and permissions.
    #[garde(length(min = 1, max = 19), inner(custom(grantable)))]
    #[schema(example = json!(["posts.read"]))]
    scopes: Vec<String>,
    /// RFC 3339; absent for a key that lives until it is revoked.
    #[garde(custom(in_the_future))]
    #[schema(value_type = Option<String>, format = DateTime)]
    expires_at: Option<chrono::DateTime<chrono::Utc>>,
}

fn grantable(scope: &str, (): &()) -> garde::Result {
    if SCOPES.contains(&scope) || PERMISSIONS.contains(&scope) {
        return Ok(());
    }
    Err(garde::Error::new("is no scope that a key can have"))
}

fn in_the_future(at: &Option<chrono::DateTime<chrono::Utc>>, (): &()) -> garde::Result {
    match at {
        Some(at) if at.timestamp_millis() <= kit::clock::now_ms() => {
            Err(garde::Error::new("must be in the future"))
        }
        // RFC 3339 has four digits for it, and so has whoever reads the answer.
        Some(at) if at.year() > 9999 => Err(garde::Error::new("must be before the year 10000")),
        _ => Ok(()),
    }
}

/// A new key, with the secret that is shown once.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct NewApiKeyAnswer {
    /// `spk_…`, to be sent as a bearer token. Nobody can show it again.
    key: String,
    #[serde(flatten)]
    details: ApiKey,
}

/// A page of keys, newest first.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct ApiKeys {
    items: Vec<ApiKey>,
    /// For the next page; null on the last.
    next_cursor: Option<String>,
}

/// Creates an API key.
///
/// Permissions: `account.manage`, first party.
#[utoipa::path(
    post,
    path = "/api/v1/auth/api-keys",
    tag = "auth",
    params(("Idempotency-Key" = Option<String>, Header, description = "The same key again creates nothing: 409")),
    request_body = ApiKeyRequest,
    security(("bearer" = ["account.manage"])),
    responses(
        (status = 201, description = "Created; the key is shown this once", body = NewApiKeyAnswer),
        (status = 401, description = "No or bad credential", body = kit::problem::ProblemDocument),
        (status = 403, description = "Not a first-party session, or one without the second factor that permissions need", body = kit::problem::ProblemDocument),
        (status = 409, description = "Created before with this Idempotency-Key, or fifty keys live", body = kit::problem::ProblemDocument),
        (status = 422, description = "A field is not valid", body = kit::problem::ProblemDocument),
    ),
)]
pub(crate) async fn create(
    State(app): State<App>,
    principal: Principal,
    policy: Policy,
    context: Context,
    idempotency: Idempotency,
    Json(request): Json<ApiKeyRequest>,
) -> Result<Response, Problem> {
    principal.require(Scope::AccountManage)?;
    principal.require_first_party()?;
    // A key shows no factor when it is used, so its owner shows it now, also for a role that is yet to come.
    if policy.role_second_factor
        && !has_second_factor(&principal.amr)
        && let Some(permission) = request
            .scopes
            .iter()
            .find(|scope| PERMISSIONS.contains(&scope.as_str()))
    {
        return Err(Problem::second_factor_required(permission));
    }
    let claim = idempotency.params(&principal, ROUTE, &request)?;
    let mut scopes = request.scopes;
    scopes.sort();
    scopes.dedup();
    let new = NewApiKey {
        id: id::new(),
        name: request.name.trim().to_owned(),
        key: random::token(TokenKind::ApiKey)?,
        scopes,
        expires_at: request.expires_at.map(|at| at.timestamp_millis()),
    };
    let (account, session) = (principal.user_id()?, principal.session_id()?);
    let context = context.for_principal(&principal);
    match api_key::create_api_key(app.db(), &context, account, session, &new, claim).await? {
        CreatedApiKey::Created { api_key } => Ok(Created {
            location: format!("{LOCATION}/{}", new.id),
            etag: None,
            replayed: false,
            body: Json(NewApiKeyAnswer {
                key: new.key.as_str().to_owned(),
                details: api_key,
            }),
        }
        .into_response()),
        CreatedApiKey::Replayed { id } => Err(Problem::new(
            StatusCode::CONFLICT,
            "secret-shown-once",
            "The secret was shown before",
        )
        .detail("The key was created with this Idempotency-Key; its secret is not shown again.")
        .header(header::LOCATION, &format!("{LOCATION}/{id}"))),
        CreatedApiKey::Mismatch => Err(Idempotency::mismatch()),
        CreatedApiKey::TooMany => Err(Problem::conflict(
            "conflict",
            "Fifty API keys live; revoke one first.",
        )),
        CreatedApiKey::Ended => Err(confirmation::ended()),
    }
}

/// Lists the account's live API keys: those neither revoked nor expired.
///
/// Permissions: `account.manage`, first party.
#[utoipa::path(
    get,
    path = "/api/v1/auth/api-keys",
    tag = "auth",
    params(
        ("limit" = Option<i64>, Query, description = "1 to 100, 20 if absent"),
        ("cursor" = Option<String>, Query, description = "`next_cursor` of the page before"),
    ),
    security(("bearer" = ["account.manage"])),
    responses(
        (status = 200, description = "A page", body = ApiKeys),
        (status = 401, description = "No or bad credential", body = kit::problem::ProblemDocument),
        (status = 403, description = "Not a first-party session", body = kit::problem::ProblemDocument),
        (status = 422, description = "The limit or the cursor is not valid", body = kit::problem::ProblemDocument),
    ),
)]
pub(crate) async fn list(
    State(app): State<App>,
    principal: Principal,
    page: Page,
) -> Result<Json<ApiKeys>, Problem> {
    principal.require(Scope::AccountManage)?;
    principal.require_first_party()?;
    let before = page.position::<Uuid>(&app, LIST)?;
    let mut items =
        api_key::list_api_keys(app.db(), principal.user_id()?, before, page.limit).await?;
    let next_cursor = page.cut(&app, LIST, &mut items, |last| &last.id)?;
    Ok(Json(ApiKeys { items, next_cursor }))
}

/// Revokes an API key, at once.
///
/// Permissions: `account.manage`, first party.
#[utoipa::path(
    delete,
    path = "/api/v1/auth/api-keys/{id}",
    tag = "auth",
    params(("id" = Uuid, Path, description = "Id of the key")),
    security(("bearer" = ["account.manage"])),
    responses(
        (status = 204, description = "Revoked"),
        (status = 401, description = "No or bad credential", body = kit::problem::ProblemDocument),
        (status = 403, description = "Not a first-party session", body = kit::problem::ProblemDocument),
        (status = 404, description = "The account has no such live key", body = kit::problem::ProblemDocument),
    ),
)]
pub(crate) async fn delete(
    State(app): State<App>,
    principal: Principal,
    context: Context,
    Path(id): Path<Uuid>,
) -> Result<NoContent, Problem> {
    principal.require(Scope::AccountManage)?;
    principal.require_first_party()?;
    let context = context.for_principal(&principal);
    match api_key::revoke_api_key(app.db(), &context, principal.user_id()?, id).await? {
        RevokedApiKey::Revoked => Ok(NoContent),
        RevokedApiKey::NotFound => Err(Problem::not_found("API key")),
    }
}
