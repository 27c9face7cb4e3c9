//! Orders: accepted, listed, read, taken back.

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use garde::Validate;
use http::header;
use kit::problem::ProblemDocument;
use kit::{
    Accepted, App, Context, FieldError, Idempotency, IfMatch, IfNoneMatch, Json, Page, Path,
    Principal, Problem, Query, Scope, etag, id,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::domain::{Amount, Order, OrderHistory, OrderMode, OrderType, Pair, Side, Ticker};
use crate::market;
use crate::store::order::{
    self as store, CancelOrder, ClaimedOrder, CreateOrder, Filter, NewOrder,
};

const ROUTE: &str = "POST /api/v1/trading/orders";
const LIST: &str = "trading.orders";

/// An order to be placed.
#[derive(Debug, Serialize, Deserialize, ToSchema, Validate)]
#[garde(allow_unvalidated)]
pub(crate) struct CreateOrderRequest {
    /// The key to place it with, for `live`; none for `paper`.
    #[serde(default)]
    key_id: Option<Uuid>,
    /// With play money, or with a key.
    mode: OrderMode,
    /// Any name of the pair.
    #[schema(example = "XBTUSD", max_length = 32)]
    #[garde(length(chars, max = 32))]
    pair: String,
    /// Which way.
    side: Side,
    /// At which price.
    r#type: OrderType,
    /// How much of the base asset.
    #[schema(value_type = String, example = "0.01")]
    volume: Amount,
    /// The worst price, for limit orders.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    limit_price: Option<Amount>,
    /// Refused rather than taking from the book; for limit orders.
    #[serde(default)]
    post_only: bool,
}

/// Orders, newest first.
#[derive(Serialize, ToSchema)]
pub(crate) struct OrderList {
    items: Vec<Order>,
    /// Where the next page begins; null at the end.
    next_cursor: Option<String>,
}

#[derive(Deserialize)]
pub(crate) struct Wanted {
    bot: Option<Uuid>,
    mode: Option<OrderMode>,
    open: Option<bool>,
}

fn location(order: Uuid) -> String {
    format!("/api/v1/trading/orders/{order}")
}

/// 202 with the order as it is now.
fn accepted(order: Order, replayed: bool) -> Response {
    Accepted {
        location: location(order.id),
        etag: etag(order.version, order.id),
        replayed,
        body: axum::Json(order),
    }
    .into_response()
}

/// Accepts an order.
///
/// The order is written down and carried out by a task: limits are checked, it is sent once, and what became of it is looked up,
/// never guessed. Read it at `Location`. With an `Idempotency-Key`, a repetition answers the same order.
///
/// Permissions: `trading.trade`.
#[utoipa::path(
    post,
    path = "/api/v1/trading/orders",
    tag = "trading",
    params(("Idempotency-Key" = Option<String>, Header, description = "1 to 255 characters")),
    request_body = CreateOrderRequest,
    responses(
        (status = 202, description = "Written down; it will be carried out", body = Order),
        (status = 401, description = "No credential, or a bad one", body = ProblemDocument),
        (status = 403, description = "The scope is missing", body = ProblemDocument),
        (status = 409, description = "The key cannot be used now", body = ProblemDocument),
        (status = 422, description = "A field is not valid, or the exchange would refuse the order", body = ProblemDocument),
        (status = 429, description = "The exchange wants fewer requests", body = ProblemDocument),
        (status = 503, description = "The exchange cannot be reached; nothing was written down", body = ProblemDocument),
    ),
    security(("bearer" = ["trading.trade"]))
)]
pub(crate) async fn create(
    State(app): State<App>,
    principal: Principal,
    context: Context,
    idempotency: Idempotency,
    Json(request): Json<CreateOrderRequest>,
) -> Result<Response, Problem> {
    principal.require(Scope::TradingTrade)?;
    let owner = principal.user_id()?;
    let context = context.for_principal(&principal);
    let faults = contradictions(&request);
    if !faults.is_empty() {
        return Err(Problem::validation(faults));
    }
    let claim = idempotency.params(&principal, ROUTE, &request)?;
    // What was accepted once is answered so again, whatever the market is like by now.
    if idempotency.key().is_some() {
        match store::claimed(app.db(), claim.clone()).await? {
            ClaimedOrder::Fresh => {}
            ClaimedOrder::Replayed { order_id } => return again(&app, owner, order_id).await,
            ClaimedOrder::Mismatch => return Err(Idempotency::mismatch()),
        }
    }
    let pair = market::pair(&app, &context, &request.pair, "pair").await?;
    let quote = market::quote(&app, &context, &pair).await?;
    let order = described(&request, &pair, &quote.ticker)?;
    match store::create(app.db(), &context, owner, claim, &order).await? {
        CreateOrder::Created { order } => Ok(accepted(*order, false)),
        CreateOrder::Replayed { order_id } => again(&app, owner, order_id).await,
        CreateOrder::Mismatch => Err(Idempotency::mismatch()),
        CreateOrder::NoKey => Err(Problem::invalid_field("key_id", "is no key of yours")),
        CreateOrder::KeyUnfit => Err(Problem::conflict(
            "conflict",
            "This key cannot trade: it is connected for reading alone, or its status is not active.",
        )),
    }
}

/// The order that an earlier request with the same Idempotency-Key has made.
async fn again(app: &App, owner: Uuid, order: Uuid) -> Result<Response, Problem> {
    let found = store::get(app.db(), owner, order).await?;
    let order = found.ok_or_else(|| Problem::not_found("order"))?.order;
    Ok(accepted(order, true))
}

/// Fields that say different things.
fn contradictions(request: &CreateOrderRequest) -> Vec<FieldError> {
    let mut faults = Vec::new();
    let mut fault = |field: &str, message: &str| faults.push(FieldError::new(field, message));
    match (request.mode, request.key_id) {
        (OrderMode::Live, None) => fault("key_id", "is required for a live order"),
        (OrderMode::Paper, Some(_)) => fault("key_id", "must be absent: a paper order has no key"),
        _ => {}
    }
    match (request.r#type, request.limit_price) {
        (OrderType::Limit, None) => fault("limit_price", "is required for a limit order"),
        (OrderType::Market, Some(_)) => fault("limit_price", "must be absent for a market order"),
        _ => {}
    }
    if request.post_only && request.r#type == OrderType::Market {
        fault("post_only", "is for limit orders");
    }
    faults
}

/// The order, if the exchange would take it.
fn described(
    request: &CreateOrderRequest,
    pair: &Pair,
    ticker: &Ticker,
) -> Result<NewOrder, Problem> {
    let volume = request.volume.get();
    let limit_price = request.limit_price.map(Amount::get);
    let market = match request.side {
        Side::Buy => ticker.ask,
        Side::Sell => ticker.bid,
    };
    let faults = pair.faults(request.r#type, volume, limit_price, market);
    if !faults.is_empty() {
        return Err(Problem::validation(faults));
    }
    let value = volume
        .checked_mul(limit_price.unwrap_or(market))
        .ok_or_else(|| Problem::invalid_field("volume", "is too large"))?;
    Ok(NewOrder {
        id: id::new(),
        key_id: request.key_id,
        mode: request.mode.name(),
        pair: pair.name.clone(),
        base: pair.base.clone(),
        quote: pair.quote.clone(),
        side: request.side.name(),
        r#type: request.r#type.name(),
        volume,
        limit_price,
        post_only: request.post_only,
        value,
        tag: None,
    })
}

/// Lists your orders.
///
/// Permissions: `trading.read`.
#[utoipa::path(
    get,
    path = "/api/v1/trading/orders",
    tag = "trading",
    params(
        ("bot" = Option<Uuid>, Query, description = "Only those of this bot"),
        ("mode" = Option<OrderMode>, Query, description = "Only those"),
        ("open" = Option<bool>, Query, description = "Only those that are (not) over"),
        ("limit" = Option<i64>, Query, description = "1 to 100, else 20", minimum = 1, maximum = 100),
        ("cursor" = Option<String>, Query, description = "`next_cursor` of the page before"),
    ),
    responses(
        (status = 200, description = "Newest first", body = OrderList),
        (status = 401, description = "No credential, or a bad one", body = ProblemDocument),
        (status = 403, description = "The scope is missing", body = ProblemDocument),
        (status = 422, description = "A parameter is not valid", body = ProblemDocument),
    ),
    security(("bearer" = ["trading.read"]))
)]
pub(crate) async fn list(
    State(app): State<App>,
    principal: Principal,
    page: Page,
    Query(wanted): Query<Wanted>,
) -> Result<Json<OrderList>, Problem> {
    principal.require(Scope::TradingRead)?;
    let before: Option<Uuid> = page.position(&app, LIST)?;
    let filter = Filter {
        bot: wanted.bot,
        mode: wanted.mode,
        open: wanted.open,
    };
    let owner = principal.user_id()?;
    let mut items = store::list(app.db(), owner, before, page.limit, filter).await?;
    let next_cursor = page.cut(&app, LIST, &mut items, |last| &last.id)?;
    Ok(Json(OrderList { items, next_cursor }))
}

/// Reads one order with all that happened to it.
///
/// Permissions: `trading.read`.
#[utoipa::path(
    get,
    path = "/api/v1/trading/orders/{id}",
    tag = "trading",
    params(("id" = Uuid, Path)),
    responses(
        (status = 200, description = "The order, its events and its fills", body = OrderHistory),
        (status = 304, description = "As in If-None-Match"),
        (status = 401, description = "No credential, or a bad one", body = ProblemDocument),
        (status = 403, description = "The scope is missing", body = ProblemDocument),
        (status = 404, description = "No such order of yours", body = ProblemDocument),
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
    let found = store::get(app.db(), principal.user_id()?, id)
        .await?
        .ok_or_else(|| Problem::not_found("order"))?;
    let tag = etag(found.order.version, id);
    Ok(known.answer(tag, axum::Json(found)))
}

/// Takes an order back.
///
/// What was not sent yet, and every paper order, is canceled at once (200). For an order at the exchange that is asked for (202):
/// it may still be filled before the exchange hears of it.
///
/// Permissions: `trading.trade`.
#[utoipa::path(
    delete,
    path = "/api/v1/trading/orders/{id}",
    tag = "trading",
    params(("id" = Uuid, Path)),
    responses(
        (status = 200, description = "Canceled", body = Order),
        (status = 202, description = "The exchange is asked to cancel it", body = Order),
        (status = 401, description = "No credential, or a bad one", body = ProblemDocument),
        (status = 403, description = "The scope is missing", body = ProblemDocument),
        (status = 404, description = "No such order of yours", body = ProblemDocument),
        (status = 409, description = "It is over already", body = ProblemDocument),
        (status = 412, description = "Changed since the version in If-Match", body = ProblemDocument),
    ),
    security(("bearer" = ["trading.trade"]))
)]
pub(crate) async fn cancel(
    State(app): State<App>,
    principal: Principal,
    context: Context,
    Path(id): Path<Uuid>,
    guard: IfMatch,
) -> Result<Response, Problem> {
    principal.require(Scope::TradingTrade)?;
    let owner = principal.user_id()?;
    let context = context.for_principal(&principal);
    match store::cancel(app.db(), &context, Some(owner), id, guard.version(id)).await? {
        CancelOrder::Canceled { order } => {
            let tag = etag(order.version, order.id);
            Ok(([(header::ETAG, tag)], axum::Json(*order)).into_response())
        }
        CancelOrder::Requested { order } => Ok(accepted(*order, false)),
        CancelOrder::Over { state } => Err(Problem::conflict(
            "conflict",
            format!("The order is over already: {state}."),
        )),
        CancelOrder::Stale => Err(Problem::precondition_failed()),
        CancelOrder::NotFound => Err(Problem::not_found("order")),
    }
}
