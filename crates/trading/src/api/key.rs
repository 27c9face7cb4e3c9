//! Connected keys: listed, read, limited, disconnected.

use axum::extract::State;
use axum::response::Response;
use garde::Validate;
use kit::problem::ProblemDocument;
use kit::{
    App, Context, IfMatch, IfNoneMatch, Json, NoContent, Page, Path, Principal, Problem, Scope,
    WithEtag, etag,
};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::domain::{Amount, Key, Label, Tier};
use crate::store::key::{self as store, BeginDisconnect, DisconnectKey, UpdateKey};
use crate::{disconnection, market};

const LIST: &str = "trading.keys";
/// Pairs of an allow-list.
const MOST_PAIRS: usize = 100;

/// Changes of a key. What is absent stays; null lifts a limit.
#[derive(Debug, Deserialize, ToSchema, Validate)]
#[garde(allow_unvalidated)]
pub(crate) struct UpdateKeyRequest {
    /// Another label.
    #[serde(default)]
    #[schema(value_type = Option<String>, min_length = 1, max_length = 64)]
    label: Option<Label>,
    /// Pairs that may be traded with it; null is all.
    #[serde(default, deserialize_with = "kit::extract::present")]
    #[schema(value_type = Option<Vec<String>>, max_items = 100)]
    pairs: Option<Option<Vec<String>>>,
    /// Most that one order may be worth, in units of the pair's quote asset.
    #[serde(default, deserialize_with = "kit::extract::present")]
    #[schema(value_type = Option<String>, example = "250")]
    max_order_value: Option<Option<Amount>>,
    /// Most that the orders of 24 hours may be worth, for each quote asset.
    #[serde(default, deserialize_with = "kit::extract::present")]
    #[schema(value_type = Option<String>, example = "1000")]
    max_daily_value: Option<Option<Amount>>,
    /// The currency that limits of value are in, `USD`: orders in pairs of another quote asset are refused while there is such a
    /// limit. Null counts each order in its pair's quote asset.
    #[serde(default, deserialize_with = "kit::extract::present")]
    #[schema(value_type = Option<String>, example = "USD")]
    limits_quote: Option<Option<String>>,
    /// Most orders within an hour.
    #[serde(default, deserialize_with = "kit::extract::present")]
    #[schema(value_type = Option<i32>, minimum = 1, maximum = 10_000)]
    #[garde(inner(inner(range(min = 1, max = 10_000))))]
    max_orders_per_hour: Option<Option<i32>>,
    /// The account's tier at the exchange.
    #[serde(default)]
    tier: Option<Tier>,
}

/// Connected keys, newest first.
#[derive(Serialize, ToSchema)]
pub(crate) struct KeyList {
    items: Vec<Key>,
    /// Where the next page begins; null at the end.
    next_cursor: Option<String>,
}

pub(super) fn location(key: Uuid) -> String {
    format!("/api/v1/trading/keys/{key}")
}

pub(super) fn with_etag(key: Key) -> WithEtag<Json<Key>> {
    WithEtag(etag(key.version, key.id), Json(key))
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
    let next_cursor = page.cut(&app, LIST, &mut items, |last| &last.id)?;
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
    Ok(known.answer(tag, Json(key)))
}

/// Changes a key's label, and what may be done with it here.
///
/// Limits are checked before each order, together with all other orders of the key.
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
        (status = 422, description = "A field is not valid", body = ProblemDocument),
        (status = 429, description = "The exchange wants fewer requests", body = ProblemDocument),
        (status = 503, description = "The exchange cannot be reached, so that pairs cannot be told", body = ProblemDocument),
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
    let wanted = wanted(&app, &context, request).await?;
    match store::update_key(app.db(), &context, owner, id, guard.version(id), wanted).await? {
        UpdateKey::Updated { key } => Ok(with_etag(*key)),
        UpdateKey::Stale => Err(Problem::precondition_failed()),
        UpdateKey::NotFound => Err(Problem::not_found("key")),
    }
}

/// What is named, under the names of `trading.update_key`, pairs by their short names.
async fn wanted(app: &App, context: &Context, request: UpdateKeyRequest) -> Result<Value, Problem> {
    let mut wanted = Map::new();
    if let Some(label) = request.label {
        wanted.insert("label".to_owned(), json!(label));
    }
    if let Some(tier) = request.tier {
        wanted.insert("tier".to_owned(), json!(tier));
    }
    if let Some(pairs) = request.pairs {
        let names = match pairs {
            None => Value::Null,
            Some(pairs) => json!(named(app, context, &pairs).await?),
        };
        wanted.insert("pairs".to_owned(), names);
    }
    if let Some(value) = request.max_order_value {
        wanted.insert("max_order_value".to_owned(), json!(value));
    }
    if let Some(value) = request.max_daily_value {
        wanted.insert("max_daily_value".to_owned(), json!(value));
    }
    if let Some(quote) = request.limits_quote {
        let code = match quote {
            None => Value::Null,
            Some(name) => json!(currency(app, context, &name).await?),
        };
        wanted.insert("limits_quote".to_owned(), code);
    }
    if let Some(count) = request.max_orders_per_hour {
        wanted.insert("max_orders_per_hour".to_owned(), json!(count));
    }
    Ok(Value::Object(wanted))
}

/// The exchange's code of a currency.
async fn currency(app: &App, context: &Context, name: &str) -> Result<String, Problem> {
    market::pairs(app, context)
        .await?
        .currency(name)
        .map(str::to_owned)
        .ok_or_else(|| {
            Problem::invalid_field("limits_quote", "is no currency that pairs are quoted in")
        })
}

async fn named(app: &App, context: &Context, pairs: &[String]) -> Result<Vec<String>, Problem> {
    if pairs.len() > MOST_PAIRS {
        return Err(Problem::invalid_field(
            "pairs",
            format!("may hold {MOST_PAIRS} at most"),
        ));
    }
    let mut names = Vec::new();
    for (index, name) in pairs.iter().enumerate() {
        let pair = market::pair(app, context, name, &format!("pairs[{index}]")).await?;
        names.push(pair.name);
    }
    names.sort();
    names.dedup();
    Ok(names)
}

/// Disconnects a key: its bots stop, its open orders are taken back, and its sealed secret is destroyed.
///
/// Orders that the exchange did not take back within ten seconds stay there, out of reach: a notification says how many. Delete the
/// key at the exchange too.
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
    let expected = guard.version(id);
    let orders = match store::begin_disconnect(app.db(), &context, owner, id, expected).await? {
        BeginDisconnect::Begun { orders } => orders,
        BeginDisconnect::Stale => return Err(Problem::precondition_failed()),
        BeginDisconnect::NotFound => return Err(Problem::not_found("key")),
    };
    disconnection::take_back(&app, &context, &orders).await;
    match store::disconnect_key(app.db(), &context, owner, id).await? {
        DisconnectKey::Disconnected => Ok(NoContent),
        DisconnectKey::NotFound => Err(Problem::not_found("key")),
    }
}
