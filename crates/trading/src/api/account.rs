//! What an account has at the exchange, as it is now: nothing of it is stored here.

use std::str::FromStr;

use axum::extract::State;
use contracts::exchange::exchange as wire;
use kit::problem::ProblemDocument;
use kit::{App, Context, Json, Principal, Problem, Query, Scope};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::market::rfc3339;
use crate::domain::{Pairs, Side};
use crate::{exchange, market};

/// The last second of 32 bits, in the year 2106.
const LATEST: i64 = 4_294_967_295;

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct WantedAccount {
    /// Id of a connected key.
    key: Uuid,
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct WantedHistory {
    /// Id of a connected key.
    key: Uuid,
    /// Only what is later, seconds since the Unix epoch, 0 to 4294967295.
    since: Option<i64>,
    /// How many of the newest to leave out; the exchange answers 50 at once.
    #[serde(default)]
    #[param(maximum = 10_000)]
    offset: u32,
}

/// What an account has of an asset. Amounts are decimal strings in units of the asset.
#[derive(Serialize, ToSchema)]
pub(crate) struct BalanceView {
    /// The exchange's code, for example `XXBT`.
    asset: String,
    /// All of it.
    total: String,
    /// Held by open orders.
    held: String,
    /// What a new order may use.
    available: String,
}

/// Balances.
#[derive(Serialize, ToSchema)]
pub(crate) struct BalanceList {
    items: Vec<BalanceView>,
}

/// An order at the exchange, placed here or elsewhere.
#[derive(Serialize, ToSchema)]
pub(crate) struct ExchangeOrderView {
    txid: String,
    /// Our id of it, if it was placed here.
    order_id: Option<String>,
    /// `pending`, `open`, `closed` (carried out), `canceled` or `expired`.
    status: String,
    pair: String,
    side: Side,
    r#type: String,
    volume: String,
    limit_price: Option<String>,
    volume_executed: String,
    cost: String,
    fee: String,
    average_price: Option<String>,
    reason: Option<String>,
    /// RFC 3339.
    opened_at: String,
    /// RFC 3339.
    closed_at: Option<String>,
}

/// Orders at the exchange, newest first.
#[derive(Serialize, ToSchema)]
pub(crate) struct ExchangeOrderList {
    items: Vec<ExchangeOrderView>,
}

/// One execution at the exchange.
#[derive(Serialize, ToSchema)]
pub(crate) struct TradeView {
    txid: String,
    order_txid: String,
    pair: String,
    side: Side,
    price: String,
    volume: String,
    cost: String,
    fee: String,
    maker: Option<bool>,
    /// RFC 3339.
    executed_at: String,
}

/// Executions, newest first.
#[derive(Serialize, ToSchema)]
pub(crate) struct TradeList {
    items: Vec<TradeView>,
}

/// Reads an account's balances.
///
/// Permissions: `trading.read`.
#[utoipa::path(
    get,
    path = "/api/v1/trading/account/balances",
    tag = "trading",
    params(WantedAccount),
    responses(
        (status = 200, description = "By asset; what is nothing is left out", body = BalanceList),
        (status = 401, description = "No credential, or a bad one", body = ProblemDocument),
        (status = 403, description = "The scope is missing", body = ProblemDocument),
        (status = 404, description = "No such key of yours", body = ProblemDocument),
        (status = 409, description = "The key is in use at this moment", body = ProblemDocument),
        (status = 422, description = "A parameter is not valid, or the exchange does not accept the key", body = ProblemDocument),
        (status = 429, description = "The exchange wants fewer requests", body = ProblemDocument),
        (status = 503, description = "The exchange cannot be reached", body = ProblemDocument),
    ),
    security(("bearer" = ["trading.read"]))
)]
pub(crate) async fn balances(
    State(app): State<App>,
    principal: Principal,
    context: Context,
    Query(wanted): Query<WantedAccount>,
) -> Result<Json<BalanceList>, Problem> {
    principal.require(Scope::TradingRead)?;
    let owner = principal.user_id()?;
    let context = context.for_principal(&principal);
    let answer = exchange::read(
        &app,
        &context,
        owner,
        wanted.key,
        1,
        wire::Request::Balances,
    )
    .await?;
    let wire::Response::Balances(balances) = answer else {
        return Err(exchange::unexpected());
    };
    Ok(Json(BalanceList {
        items: balances.into_iter().filter_map(balance).collect(),
    }))
}

fn balance(balance: wire::Balance) -> Option<BalanceView> {
    let total = Decimal::from_str(&balance.total).ok()?;
    let held = Decimal::from_str(&balance.held).ok()?;
    (!total.is_zero()).then(|| BalanceView {
        asset: balance.asset,
        available: total.saturating_sub(held).normalize().to_string(),
        total: total.normalize().to_string(),
        held: held.normalize().to_string(),
    })
}

/// Reads an account's open orders.
///
/// Permissions: `trading.read`.
#[utoipa::path(
    get,
    path = "/api/v1/trading/account/open-orders",
    tag = "trading",
    params(WantedAccount),
    responses(
        (status = 200, description = "Placed here or elsewhere, newest first", body = ExchangeOrderList),
        (status = 401, description = "No credential, or a bad one", body = ProblemDocument),
        (status = 403, description = "The scope is missing", body = ProblemDocument),
        (status = 404, description = "No such key of yours", body = ProblemDocument),
        (status = 409, description = "The key is in use at this moment", body = ProblemDocument),
        (status = 422, description = "A parameter is not valid, or the exchange does not accept the key", body = ProblemDocument),
        (status = 429, description = "The exchange wants fewer requests", body = ProblemDocument),
        (status = 503, description = "The exchange cannot be reached", body = ProblemDocument),
    ),
    security(("bearer" = ["trading.read"]))
)]
pub(crate) async fn open_orders(
    State(app): State<App>,
    principal: Principal,
    context: Context,
    Query(wanted): Query<WantedAccount>,
) -> Result<Json<ExchangeOrderList>, Problem> {
    principal.require(Scope::TradingRead)?;
    let owner = principal.user_id()?;
    let context = context.for_principal(&principal);
    let answer = exchange::read(
        &app,
        &context,
        owner,
        wanted.key,
        1,
        wire::Request::OpenOrders,
    )
    .await?;
    orders(&app, &context, answer).await
}

/// Reads an account's orders that ended.
///
/// Permissions: `trading.read`.
#[utoipa::path(
    get,
    path = "/api/v1/trading/account/closed-orders",
    tag = "trading",
    params(WantedHistory),
    responses(
        (status = 200, description = "Newest first, 50 at most", body = ExchangeOrderList),
        (status = 401, description = "No credential, or a bad one", body = ProblemDocument),
        (status = 403, description = "The scope is missing", body = ProblemDocument),
        (status = 404, description = "No such key of yours", body = ProblemDocument),
        (status = 409, description = "The key is in use at this moment", body = ProblemDocument),
        (status = 422, description = "A parameter is not valid, or the exchange does not accept the key", body = ProblemDocument),
        (status = 429, description = "The exchange wants fewer requests", body = ProblemDocument),
        (status = 503, description = "The exchange cannot be reached", body = ProblemDocument),
    ),
    security(("bearer" = ["trading.read"]))
)]
pub(crate) async fn closed_orders(
    State(app): State<App>,
    principal: Principal,
    context: Context,
    Query(wanted): Query<WantedHistory>,
) -> Result<Json<ExchangeOrderList>, Problem> {
    principal.require(Scope::TradingRead)?;
    let owner = principal.user_id()?;
    let context = context.for_principal(&principal);
    let key = wanted.key;
    let part = bounded(wanted)?;
    let answer = exchange::read(&app, &context, owner, key, 1, |authority| {
        wire::Request::ClosedOrders(part(authority))
    })
    .await?;
    orders(&app, &context, answer).await
}

/// Reads an account's executions.
///
/// Permissions: `trading.read`.
#[utoipa::path(
    get,
    path = "/api/v1/trading/account/trades",
    tag = "trading",
    params(WantedHistory),
    responses(
        (status = 200, description = "Newest first, 50 at most", body = TradeList),
        (status = 401, description = "No credential, or a bad one", body = ProblemDocument),
        (status = 403, description = "The scope is missing", body = ProblemDocument),
        (status = 404, description = "No such key of yours", body = ProblemDocument),
        (status = 409, description = "The key is in use at this moment", body = ProblemDocument),
        (status = 422, description = "A parameter is not valid, or the exchange does not accept the key", body = ProblemDocument),
        (status = 429, description = "The exchange wants fewer requests", body = ProblemDocument),
        (status = 503, description = "The exchange cannot be reached", body = ProblemDocument),
    ),
    security(("bearer" = ["trading.read"]))
)]
pub(crate) async fn trades(
    State(app): State<App>,
    principal: Principal,
    context: Context,
    Query(wanted): Query<WantedHistory>,
) -> Result<Json<TradeList>, Problem> {
    principal.require(Scope::TradingRead)?;
    let owner = principal.user_id()?;
    let context = context.for_principal(&principal);
    let key = wanted.key;
    let part = bounded(wanted)?;
    let answer = exchange::read(&app, &context, owner, key, 2, |authority| {
        wire::Request::Trades(part(authority))
    })
    .await?;
    let wire::Response::Trades(trades) = answer else {
        return Err(exchange::unexpected());
    };
    let pairs = market::pairs(&app, &context).await?;
    let items = trades
        .into_iter()
        .map(|trade| TradeView {
            txid: trade.txid,
            order_txid: trade.order_txid,
            pair: short(&pairs, trade.pair),
            side: trade.side.into(),
            price: plain(&trade.price),
            volume: plain(&trade.volume),
            cost: plain(&trade.cost),
            fee: plain(&trade.fee),
            maker: trade.maker,
            executed_at: rfc3339(trade.at),
        })
        .collect();
    Ok(Json(TradeList { items }))
}

/// Which part of the history, as the contract says it.
fn bounded(
    wanted: WantedHistory,
) -> Result<impl FnOnce(wire::Authority) -> wire::History, Problem> {
    if wanted.offset > 10_000 {
        return Err(Problem::invalid_field("offset", "must be 0 to 10000"));
    }
    // The exchange reads no later time, and would say so as if it were the key's fault.
    if wanted
        .since
        .is_some_and(|since| !(0..=LATEST).contains(&since))
    {
        return Err(Problem::invalid_field(
            "since",
            format!("must be 0 to {LATEST}"),
        ));
    }
    Ok(move |authority| wire::History {
        authority,
        start: wanted.since,
        end: None,
        offset: wanted.offset,
    })
}

async fn orders(
    app: &App,
    context: &Context,
    answer: wire::Response,
) -> Result<Json<ExchangeOrderList>, Problem> {
    let wire::Response::Orders(orders) = answer else {
        return Err(exchange::unexpected());
    };
    let pairs = market::pairs(app, context).await?;
    let items = orders
        .into_iter()
        .map(|order| ExchangeOrderView {
            txid: order.txid,
            order_id: order.client_id,
            status: match order.status {
                wire::OrderStatus::Pending => "pending",
                wire::OrderStatus::Open => "open",
                wire::OrderStatus::Closed => "closed",
                wire::OrderStatus::Canceled => "canceled",
                wire::OrderStatus::Expired => "expired",
            }
            .to_owned(),
            pair: short(&pairs, order.pair),
            side: order.side.into(),
            r#type: order.order_type,
            volume: plain(&order.volume),
            limit_price: order.limit_price.as_deref().map(plain),
            volume_executed: plain(&order.executed),
            cost: plain(&order.cost),
            fee: plain(&order.fee),
            average_price: order.average_price.as_deref().map(plain),
            reason: order.reason,
            opened_at: rfc3339(order.opened_at),
            closed_at: order.closed_at.map(rfc3339),
        })
        .collect();
    Ok(Json(ExchangeOrderList { items }))
}

/// The name that orders take, whatever the exchange calls the pair here.
fn short(pairs: &Pairs, name: String) -> String {
    pairs.find(&name).map_or(name, |pair| pair.name.clone())
}

/// Without zeros at the end.
fn plain(amount: &str) -> String {
    Decimal::from_str(amount).map_or_else(
        |_| amount.to_owned(),
        |amount| amount.normalize().to_string(),
    )
}
