//! Trading keys, from connected to gone.

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use contracts::exchange::exchange as wire;
use garde::Validate;
use http::{StatusCode, header};
use kit::problem::ProblemDocument;
use kit::{
    App, Context, Created, Idempotency, IfMatch, IfNoneMatch, Json, NoContent, Page, Path,
    Principal, Problem, Scope, WithEtag, etag, id, page,
};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::domain::{Entered, Exchange, Key, KeyStatus, Label, Lane, Mode};
use crate::exchange::{self, ExchangeError};
use crate::store::{
    self, BeginCheck, BeginConnect, ConnectKey, DisconnectKey, Finding, Lease, NewKey, RecordCheck,
    RenameKey,
};

const ROUTE: &str = "POST /api/v1/trading/keys";
const LIST: &str = "trading.keys";

/// A key to connect. Create one at the exchange for Spindle alone, without any withdrawal permission.
#[derive(Debug, Deserialize, ToSchema, Validate)]
#[garde(allow_unvalidated)]
pub(crate) struct ConnectKeyRequest {
    /// Where it is a key of.
    exchange: Exchange,
    /// What you call it: 1 to 64 characters.
    #[schema(value_type = String, min_length = 1, max_length = 64, example = "Main account")]
    label: Label,
    /// The public part.
    #[schema(value_type = String, min_length = 8, max_length = 512)]
    api_key: Entered,
    /// The private part. It is sealed and never comes back.
    #[schema(value_type = String, format = Password, min_length = 8, max_length = 512, write_only)]
    api_secret: Entered,
    /// What the key is for.
    mode: Mode,
}

/// What tells two requests apart that come with the same `Idempotency-Key`; the secret as its hash.
#[derive(Serialize)]
struct Told<'a> {
    exchange: Exchange,
    label: &'a Label,
    mode: Mode,
    lane: Vec<u8>,
    secret: Vec<u8>,
}

/// Changes of a key.
#[derive(Debug, Deserialize, ToSchema, Validate)]
#[garde(allow_unvalidated)]
pub(crate) struct UpdateKeyRequest {
    /// Another label; absent keeps it.
    #[serde(default)]
    #[schema(value_type = Option<String>, min_length = 1, max_length = 64)]
    label: Option<Label>,
}

/// Connected keys, newest first.
#[derive(Serialize, ToSchema)]
pub(crate) struct KeyList {
    items: Vec<Key>,
    /// Where the next page begins; null at the end.
    next_cursor: Option<String>,
}

fn location(key: Uuid) -> String {
    format!("/api/v1/trading/keys/{key}")
}

fn with_etag(key: Key) -> WithEtag<Json<Key>> {
    WithEtag(etag(key.version, key.id), Json(key))
}

/// Connects a key.
///
/// The exchange is asked what the key may do. It is stored, sealed, only if it can do what the mode needs, cannot move
/// funds out and has no permission that Spindle doesn't know. With an `Idempotency-Key`, a repetition answers 409 with the
/// `Location` of the key that the first request connected.
///
/// Permissions: `trading.trade`.
#[utoipa::path(
    post,
    path = "/api/v1/trading/keys",
    tag = "trading",
    request_body = ConnectKeyRequest,
    responses(
        (status = 201, description = "Verified and connected", body = Key),
        (status = 401, description = "No credential, or a bad one", body = ProblemDocument),
        (status = 403, description = "The scope is missing", body = ProblemDocument),
        (status = 409, description = "The key or its account is connected already, or the request was answered before", body = ProblemDocument),
        (status = 422, description = "A field is not valid, or the key may not be connected: `forbidden`, `missing`, `unknown` and `advice` say why", body = ProblemDocument),
        (status = 429, description = "The exchange wants fewer requests", body = ProblemDocument),
        (status = 503, description = "The exchange cannot be reached; nothing was stored", body = ProblemDocument),
    ),
    security(("bearer" = ["trading.trade"]))
)]
pub(crate) async fn connect(
    State(app): State<App>,
    principal: Principal,
    context: Context,
    idempotency: Idempotency,
    Json(request): Json<ConnectKeyRequest>,
) -> Result<Created<Json<Key>>, Problem> {
    principal.require(Scope::TradingTrade)?;
    let owner = principal.user_id()?;
    let context = context.for_principal(&principal);
    let lane = Lane::of(&request.api_key);
    let told = Told {
        exchange: request.exchange,
        label: &request.label,
        mode: request.mode,
        lane: lane.to_vec(),
        secret: Sha256::digest(request.api_secret.expose().as_bytes()).to_vec(),
    };
    let claim = idempotency.params(&principal, ROUTE, &told)?;
    let lease = Lease {
        lane,
        holder: id::new(),
    };

    let nonce = match store::begin_connect(app.db(), claim.clone(), lease).await? {
        BeginConnect::Begun { nonce } => nonce,
        BeginConnect::Busy => {
            return Err(Problem::conflict(
                "key-already-connected",
                "This key is in use here at this moment.",
            ));
        }
        BeginConnect::Replayed { key_id } => return Err(replayed(key_id)),
        BeginConnect::Mismatch => return Err(Idempotency::mismatch()),
    };
    let id = id::new();
    let verified = verify(&app, &context, owner, id, nonce, &request).await;
    let connected = match verified {
        Ok(connected) => connected,
        Err(problem) => {
            // The lease would end by itself; the answer is the problem, whether or not it can be given back.
            let _ = store::leave_lane(app.db(), lease).await;
            return Err(problem);
        }
    };
    let connected = serde_json::to_value(connected).map_err(Problem::internal)?;
    let new = NewKey {
        id,
        owner,
        label: &request.label,
        mode: request.mode,
    };
    match store::connect_key(app.db(), &context, claim, lease, new, connected).await? {
        ConnectKey::Connected { key } => Ok(Created {
            location: location(key.id),
            etag: Some(etag(key.version, key.id)),
            replayed: false,
            body: Json(*key),
        }),
        ConnectKey::AlreadyConnected => Err(Problem::conflict(
            "key-already-connected",
            "This key, or another one of the same account, is connected already. Disconnect that one first.",
        )),
        ConnectKey::Replayed { key_id } => Err(replayed(key_id)),
        ConnectKey::Mismatch => Err(Idempotency::mismatch()),
    }
}

/// Hands the plain key over, to be assessed and sealed.
async fn verify(
    app: &App,
    context: &Context,
    owner: Uuid,
    id: Uuid,
    nonce: u64,
    request: &ConnectKeyRequest,
) -> Result<wire::Connected, Problem> {
    let connect = wire::Request::Connect(wire::Connect {
        binding: binding(owner, id),
        credentials: wire::Credentials {
            api_key: request.api_key.expose().to_owned(),
            api_secret: request.api_secret.expose().to_owned(),
        },
        mode: request.mode.into(),
        nonce,
    });
    match exchange::call(app, context, &connect).await? {
        wire::Response::Connected(connected) => Ok(connected),
        _ => Err(exchange::unexpected()),
    }
}

fn binding(owner: Uuid, id: Uuid) -> wire::KeyBinding {
    wire::KeyBinding {
        owner: owner.to_string(),
        key_id: id.to_string(),
    }
}

fn replayed(key: Uuid) -> Problem {
    Problem::conflict(
        "secret-shown-once",
        "This request was answered before; the key that it connected is at Location.",
    )
    .header(header::LOCATION, &location(key))
}

/// Lists the connected keys.
///
/// Permissions: `trading.read`.
#[utoipa::path(
    get,
    path = "/api/v1/trading/keys",
    tag = "trading",
    params(
        ("limit" = Option<i64>, Query, description = "1 to 100, else 20", minimum = 1, maximum = 100),
        ("cursor" = Option<String>, Query, description = "`next_cursor` of the page before"),
    ),
    responses(
        (status = 200, description = "Newest first", body = KeyList),
        (status = 401, description = "No credential, or a bad one", body = ProblemDocument),
        (status = 403, description = "The scope is missing", body = ProblemDocument),
        (status = 422, description = "The limit or the cursor is not valid", body = ProblemDocument),
    ),
    security(("bearer" = ["trading.read"]))
)]
pub(crate) async fn list(
    State(app): State<App>,
    principal: Principal,
    page: Page,
) -> Result<Json<KeyList>, Problem> {
    principal.require(Scope::TradingRead)?;
    let before: Option<Uuid> = page.position(&app, LIST)?;
    let mut items = store::list_keys(app.db(), principal.user_id()?, before, page.limit).await?;
    let size = usize::try_from(page.limit).unwrap_or(usize::MAX);
    let more = items.len() > size;
    items.truncate(size);
    let next_cursor = match items.last() {
        Some(last) if more => Some(page::encode(&app, LIST, &last.id)?),
        _ => None,
    };
    Ok(Json(KeyList { items, next_cursor }))
}

/// Reads one key.
///
/// Permissions: `trading.read`.
#[utoipa::path(
    get,
    path = "/api/v1/trading/keys/{id}",
    tag = "trading",
    params(("id" = Uuid, Path)),
    responses(
        (status = 200, description = "The key, without its secret", body = Key),
        (status = 304, description = "As in If-None-Match"),
        (status = 401, description = "No credential, or a bad one", body = ProblemDocument),
        (status = 403, description = "The scope is missing", body = ProblemDocument),
        (status = 404, description = "No such key of yours", body = ProblemDocument),
    ),
    security(("bearer" = ["trading.read"]))
)]
pub(crate) async fn read(
    State(app): State<App>,
    principal: Principal,
    Path(id): Path<Uuid>,
    known: IfNoneMatch,
) -> Result<Response, Problem> {
    principal.require(Scope::TradingRead)?;
    let key = store::get_key(app.db(), principal.user_id()?, id)
        .await?
        .ok_or_else(|| Problem::not_found("key"))?;
    let tag = etag(key.version, key.id);
    if known.has(&tag) {
        return Ok((StatusCode::NOT_MODIFIED, [(header::ETAG, tag)]).into_response());
    }
    Ok(with_etag(key).into_response())
}

/// Changes a key's label.
///
/// Permissions: `trading.trade`.
#[utoipa::path(
    patch,
    path = "/api/v1/trading/keys/{id}",
    tag = "trading",
    params(("id" = Uuid, Path)),
    request_body = UpdateKeyRequest,
    responses(
        (status = 200, description = "The key", body = Key),
        (status = 401, description = "No credential, or a bad one", body = ProblemDocument),
        (status = 403, description = "The scope is missing", body = ProblemDocument),
        (status = 404, description = "No such key of yours", body = ProblemDocument),
        (status = 412, description = "Changed since the version in If-Match", body = ProblemDocument),
        (status = 422, description = "The label is not valid", body = ProblemDocument),
    ),
    security(("bearer" = ["trading.trade"]))
)]
pub(crate) async fn update(
    State(app): State<App>,
    principal: Principal,
    context: Context,
    Path(id): Path<Uuid>,
    guard: IfMatch,
    Json(request): Json<UpdateKeyRequest>,
) -> Result<WithEtag<Json<Key>>, Problem> {
    principal.require(Scope::TradingTrade)?;
    let owner = principal.user_id()?;
    let context = context.for_principal(&principal);
    match store::rename_key(
        app.db(),
        &context,
        owner,
        id,
        guard.version(id),
        request.label.as_ref(),
    )
    .await?
    {
        RenameKey::Renamed { key } => Ok(with_etag(*key)),
        RenameKey::Stale => Err(Problem::precondition_failed()),
        RenameKey::NotFound => Err(Problem::not_found("key")),
    }
}

/// Asks the exchange again what a key may do.
///
/// The answer is the key with its new status: `drift` if its permissions were changed so that it may not be used any more,
/// with `problem` saying what to do.
///
/// Permissions: `trading.trade`.
#[utoipa::path(
    post,
    path = "/api/v1/trading/keys/{id}/test",
    tag = "trading",
    params(("id" = Uuid, Path)),
    responses(
        (status = 200, description = "The key and its status", body = Key),
        (status = 401, description = "No credential, or a bad one", body = ProblemDocument),
        (status = 403, description = "The scope is missing", body = ProblemDocument),
        (status = 404, description = "No such key of yours", body = ProblemDocument),
        (status = 409, description = "The key is in use at this moment", body = ProblemDocument),
        (status = 429, description = "The exchange wants fewer requests", body = ProblemDocument),
        (status = 503, description = "The exchange cannot be reached; the key is as it was", body = ProblemDocument),
    ),
    security(("bearer" = ["trading.trade"]))
)]
pub(crate) async fn test(
    State(app): State<App>,
    principal: Principal,
    context: Context,
    Path(id): Path<Uuid>,
) -> Result<WithEtag<Json<Key>>, Problem> {
    principal.require(Scope::TradingTrade)?;
    let owner = principal.user_id()?;
    let context = context.for_principal(&principal);
    let holder = id::new();
    let check = match store::begin_check(app.db(), owner, id, holder).await? {
        BeginCheck::Begun {
            nonce,
            mode,
            sealed_key,
            sealed_secret,
        } => wire::Check {
            binding: binding(owner, id),
            sealed_key,
            sealed_secret,
            mode: mode.into(),
            nonce,
        },
        BeginCheck::Busy => {
            return Err(Problem::conflict(
                "conflict",
                "This key is in use at this moment; try again.",
            )
            .header(header::RETRY_AFTER, "1"));
        }
        BeginCheck::NotFound => return Err(Problem::not_found("key")),
    };
    let (finding, problem) =
        match exchange::call(&app, &context, &wire::Request::Check(check)).await {
            Ok(wire::Response::Checked(report)) => (
                Finding {
                    status: Some(KeyStatus::Active),
                    problem: None,
                    report: Some(report),
                },
                None,
            ),
            Ok(_) => (nothing_learnt(), Some(exchange::unexpected())),
            Err(ExchangeError::Failed(failure)) => match KeyStatus::after(&failure) {
                Some(status) => (
                    Finding {
                        status: Some(status),
                        problem: Some(exchange::advice(&failure)),
                        report: None,
                    },
                    None,
                ),
                None => (
                    nothing_learnt(),
                    Some(ExchangeError::Failed(failure).into()),
                ),
            },
            Err(error) => (nothing_learnt(), Some(error.into())),
        };
    let recorded = store::record_check(app.db(), &context, owner, id, holder, finding).await?;
    match (problem, recorded) {
        (Some(problem), _) => Err(problem),
        (None, RecordCheck::Recorded { key }) => Ok(with_etag(*key)),
        (None, RecordCheck::NotFound) => Err(Problem::not_found("key")),
    }
}

const fn nothing_learnt() -> Finding {
    Finding {
        status: None,
        problem: None,
        report: None,
    }
}

/// Disconnects a key: its sealed secret is destroyed. Delete the key at the exchange too.
///
/// Permissions: `trading.trade`.
#[utoipa::path(
    delete,
    path = "/api/v1/trading/keys/{id}",
    tag = "trading",
    params(("id" = Uuid, Path)),
    responses(
        (status = 204, description = "Gone"),
        (status = 401, description = "No credential, or a bad one", body = ProblemDocument),
        (status = 403, description = "The scope is missing", body = ProblemDocument),
        (status = 404, description = "No such key of yours", body = ProblemDocument),
        (status = 412, description = "Changed since the version in If-Match", body = ProblemDocument),
    ),
    security(("bearer" = ["trading.trade"]))
)]
pub(crate) async fn disconnect(
    State(app): State<App>,
    principal: Principal,
    context: Context,
    Path(id): Path<Uuid>,
    guard: IfMatch,
) -> Result<NoContent, Problem> {
    principal.require(Scope::TradingTrade)?;
    let owner = principal.user_id()?;
    let context = context.for_principal(&principal);
    match store::disconnect_key(app.db(), &context, owner, id, guard.version(id)).await? {
        DisconnectKey::Disconnected => Ok(NoContent),
        DisconnectKey::Stale => Err(Problem::precondition_failed()),
        DisconnectKey::NotFound => Err(Problem::not_found("key")),
    }
}
