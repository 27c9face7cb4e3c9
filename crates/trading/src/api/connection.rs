//! Connecting a key, and putting another key of the same account in its place.

use axum::extract::State;
use contracts::exchange::exchange as wire;
use garde::Validate;
use http::header;
use kit::problem::ProblemDocument;
use kit::{
    App, Context, Created, Idempotency, IfMatch, Json, Path, Principal, Problem, Scope, Value,
    WithEtag, etag, id,
};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use utoipa::ToSchema;
use uuid::Uuid;

use super::key::{location, with_etag};
use crate::domain::{Entered, Exchange, Key, Label, Lane, Mode};
use crate::exchange::{self, ExchangeError};
use crate::store::key::{self as store, BeginConnect, ConnectKey, Lease, NewKey, ReplaceKey};

const ROUTE: &str = "POST /api/v1/trading/keys";

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

/// Another key of the same account.
#[derive(Debug, Deserialize, ToSchema, Validate)]
#[garde(allow_unvalidated)]
pub(crate) struct ReplaceKeyRequest {
    /// The public part.
    #[schema(value_type = String, min_length = 8, max_length = 512)]
    api_key: Entered,
    /// The private part. It is sealed and never comes back.
    #[schema(value_type = String, format = Password, min_length = 8, max_length = 512, write_only)]
    api_secret: Entered,
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
    params(("Idempotency-Key" = Option<String>, Header, description = "1 to 255 characters")),
    request_body = ConnectKeyRequest,
    responses(
        (status = 201, description = "Verified and connected", body = Key),
        (status = 401, description = "No credential, or a bad one", body = ProblemDocument),
        (status = 403, description = "The scope is missing", body = ProblemDocument),
        (status = 409, description = "The key or its account is connected already, or the request was answered before", body = ProblemDocument),
        (status = 422, description = "A field is not valid, or the key may not be connected: `forbidden`, `missing`, `unknown` and `advice` say why", body = ProblemDocument),
        (status = 429, description = "The exchange wants fewer requests, or has locked the key out; it is asked again after `Retry-After`", body = ProblemDocument),
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

    let nonce = match store::begin_connect(app.db(), claim.clone(), lease, None).await? {
        BeginConnect::Begun { nonce } => nonce,
        BeginConnect::AlreadyConnected => return Err(already_connected()),
        BeginConnect::Busy => {
            return Err(Problem::conflict(
                "key-already-connected",
                "This key is in use here at this moment.",
            ));
        }
        BeginConnect::Limited { retry_ms } => return Err(exchange::limited(retry_ms)),
        BeginConnect::Replayed { key_id } => return Err(replayed(key_id)),
        BeginConnect::Mismatch => return Err(Idempotency::mismatch()),
    };
    let id = id::new();
    let entered = (&request.api_key, &request.api_secret);
    let connected = verify(
        &app,
        &context,
        lease,
        binding(owner, id),
        nonce,
        entered,
        request.mode,
    )
    .await?;
    let new = NewKey {
        id,
        owner,
        label: &request.label,
        mode: request.mode,
    };
    let stored = store::connect_key(app.db(), &context, claim, lease, new, connected).await;
    if stored.is_err() {
        let _ = store::leave_lane(app.db(), lease).await;
    }
    match stored? {
        ConnectKey::Connected { key } => Ok(Created {
            location: location(key.id),
            etag: Some(etag(key.version, key.id)),
            replayed: false,
            body: Json(*key),
        }),
        ConnectKey::AlreadyConnected => Err(already_connected()),
        ConnectKey::Replayed { key_id } => Err(replayed(key_id)),
        ConnectKey::Mismatch => Err(Idempotency::mismatch()),
    }
}

/// Hands the plain key over, to be assessed and sealed. Where that fails the lane is given back, and the key left alone for as long as
/// the exchange wants.
async fn verify(
    app: &App,
    context: &Context,
    lease: Lease,
    binding: wire::KeyBinding,
    nonce: u64,
    (api_key, api_secret): (&Entered, &Entered),
    mode: Mode,
) -> Result<serde_json::Value, Problem> {
    let connect = wire::Request::Connect(wire::Connect {
        binding,
        credentials: wire::Credentials {
            api_key: api_key.expose().to_owned(),
            api_secret: api_secret.expose().to_owned(),
        },
        mode: mode.into(),
        nonce,
    });
    let (pause, problem) = match exchange::call(app, context, &connect).await {
        Ok(wire::Response::Connected(connected)) => {
            return serde_json::to_value(connected).map_err(Problem::internal);
        }
        Ok(_) => (None, exchange::unexpected()),
        Err(ExchangeError::Failed(failure)) => (
            exchange::retry_after(&failure),
            Problem::from(ExchangeError::Failed(failure)),
        ),
        Err(error) => (None, Problem::from(error)),
    };
    // The lease would end by itself; the answer is the problem, whether or not it can be given back.
    let _ = match pause {
        Some(seconds) => store::pause_lane(app.db(), lease, seconds).await,
        None => store::leave_lane(app.db(), lease).await,
    };
    Err(problem)
}

fn binding(owner: Uuid, id: Uuid) -> wire::KeyBinding {
    wire::KeyBinding {
        owner: owner.to_string(),
        key_id: id.to_string(),
    }
}

fn already_connected() -> Problem {
    Problem::conflict(
        "key-already-connected",
        "This key, or another one of the same account, is connected already. Disconnect that one first.",
    )
}

fn replayed(key: Uuid) -> Problem {
    Problem::conflict(
        "secret-shown-once",
        "This request was answered before; the key that it connected is at Location.",
    )
    .header(header::LOCATION, &location(key))
}

/// Puts another key of the same account in a key's place.
///
/// The new key is assessed as at its connection; bots, limits and history stay. A new key must be of the same account, which the
/// exchange tells us by its account number.
///
/// Permissions: `trading.trade`.
#[utoipa::path(
    post,
    path = "/api/v1/trading/keys/{id}/replace",
    tag = "trading",
    params(("id" = Uuid, Path)),
    request_body = ReplaceKeyRequest,
    responses(
        (status = 200, description = "The key, working with its new secret", body = Key),
        (status = 401, description = "No credential, or a bad one", body = ProblemDocument),
        (status = 403, description = "The scope is missing", body = ProblemDocument),
        (status = 404, description = "No such key of yours", body = ProblemDocument),
        (status = 409, description = "The new key is connected elsewhere, or in use at this moment", body = ProblemDocument),
        (status = 412, description = "Changed since the version in If-Match", body = ProblemDocument),
        (status = 422, description = "The new key may not be connected, or is of another account", body = ProblemDocument),
        (status = 429, description = "The exchange wants fewer requests, or has locked the key out; it is asked again after `Retry-After`", body = ProblemDocument),
        (status = 503, description = "The exchange cannot be reached; nothing was changed", body = ProblemDocument),
    ),
    security(("bearer" = ["trading.trade"]))
)]
pub(crate) async fn replace(
    State(app): State<App>,
    principal: Principal,
    context: Context,
    Path(id): Path<Uuid>,
    guard: IfMatch,
    Json(request): Json<ReplaceKeyRequest>,
) -> Result<WithEtag<Json<Key>>, Problem> {
    principal.require(Scope::TradingTrade)?;
    let owner = principal.user_id()?;
    let context = context.for_principal(&principal);
    let key = store::get_key(app.db(), owner, id)
        .await?
        .ok_or_else(|| Problem::not_found("key"))?;
    let lease = Lease {
        lane: Lane::of(&request.api_key),
        holder: id::new(),
    };
    // Repeating it does no harm, so there is no Idempotency-Key to look for.
    let nothing = [Value::Null, Value::Null, Value::Null, Value::Null];
    let nonce = match store::begin_connect(app.db(), nothing, lease, Some(id)).await? {
        BeginConnect::Begun { nonce } => nonce,
        BeginConnect::AlreadyConnected => return Err(taken()),
        BeginConnect::Limited { retry_ms } => return Err(exchange::limited(retry_ms)),
        BeginConnect::Busy | BeginConnect::Replayed { .. } | BeginConnect::Mismatch => {
            return Err(exchange::busy());
        }
    };
    let entered = (&request.api_key, &request.api_secret);
    let connected = verify(
        &app,
        &context,
        lease,
        binding(owner, id),
        nonce,
        entered,
        key.mode,
    )
    .await?;
    let expected = guard.version(id);
    let stored =
        store::replace_key(app.db(), &context, owner, id, expected, lease, connected).await;
    if stored.is_err() {
        let _ = store::leave_lane(app.db(), lease).await;
    }
    match stored? {
        ReplaceKey::Replaced { key } => Ok(with_etag(*key)),
        ReplaceKey::AnotherAccount => Err(Problem::invalid_field(
            "api_key",
            "belongs to another account, or its account cannot be told; connect it as a key of its own",
        )),
        ReplaceKey::AlreadyConnected => Err(taken()),
        ReplaceKey::Stale => Err(Problem::precondition_failed()),
        ReplaceKey::NotFound => Err(Problem::not_found("key")),
    }
}

fn taken() -> Problem {
    Problem::conflict("key-already-connected", "This key is connected already.")
}
