//! Market data, cached for all users.

use axum::extract::State;
use chrono::{DateTime, SecondsFormat};
use kit::problem::ProblemDocument;
use kit::{App, Context, Json, OptionalPrincipal, Problem, Query};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::domain::Pair;
use crate::market;

/// Pairs of one request.
const MOST_PAIRS: usize = 20;

/// A pair and the rules of its orders. Amounts are decimal strings.
#[derive(Serialize, ToSchema)]
pub(crate) struct PairRules {
    /// The name that orders take.
    #[schema(example = "XBTUSD")]
    name: String,
    /// With a slash.
    wsname: Option<String>,
    /// Code of the base asset.
    base: String,
    /// Code of the quote asset.
    quote: String,
    /// `online`, or why not.
    status: String,
    /// Least volume of an order.
    order_min: String,
    /// Least cost of an order.
    cost_min: String,
    /// Prices are multiples of it.
    tick_size: String,
    /// Decimals of a price.
    price_decimals: u32,
    /// Decimals of a volume.
    volume_decimals: u32,
    /// Fee of the lowest tier as a fraction of the cost.
    taker_fee: String,
    /// The same for orders that rested in the book.
    maker_fee: String,
}

impl From<&Pair> for PairRules {
    fn from(pair: &Pair) -> Self {
        Self {
            name: pair.name.clone(),
            wsname: pair.wsname.clone(),
            base: pair.base.clone(),
            quote: pair.quote.clone(),
            status: pair.status.clone(),
            order_min: pair.order_min.to_string(),
            cost_min: pair.cost_min.to_string(),
            tick_size: pair.tick_size.to_string(),
            price_decimals: pair.price_decimals,
            volume_decimals: pair.volume_decimals,
            taker_fee: pair.taker_fee.to_string(),
            maker_fee: pair.maker_fee.to_string(),
        }
    }
}

/// Pairs that can be traded.
#[derive(Serialize, ToSchema)]
pub(crate) struct PairList {
    items: Vec<PairRules>,
}

/// The latest prices of a pair.
#[derive(Serialize, ToSchema)]
pub(crate) struct TickerView {
    pair: String,
    bid: String,
    ask: String,
    last: String,
    volume_24h: String,
    /// When the exchange was asked, RFC 3339; at most five seconds ago.
    at: String,
}

/// Prices.
#[derive(Serialize, ToSchema)]
pub(crate) struct TickerList {
    items: Vec<TickerView>,
}

/// One candle. Amounts are decimal strings.
#[derive(Serialize, ToSchema)]
pub(crate) struct CandleView {
    /// RFC 3339.
    start: String,
    open: String,
    high: String,
    low: String,
    close: String,
    vwap: String,
    volume: String,
    count: u64,
}

/// Candles, oldest first.
#[derive(Serialize, ToSchema)]
pub(crate) struct CandleList {
    pair: String,
    /// Minutes.
    interval: u32,
    /// Candles that are over.
    items: Vec<CandleView>,
    /// The one that still runs: its prices may change.
    running: Option<CandleView>,
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct WantedTickers {
    /// Up to 20 pairs, with commas between them.
    pair: String,
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct WantedCandles {
    /// One pair.
    pair: String,
    /// Minutes: 1, 5, 15, 30, 60, 240, 1440, 10080 or 21600.
    #[serde(default = "an_hour")]
    #[param(default = 60)]
    interval: u32,
}

const fn an_hour() -> u32 {
    60
}

/// RFC 3339 in UTC with milliseconds.
pub(super) fn rfc3339(millis: i64) -> String {
    DateTime::from_timestamp_millis(millis)
        .unwrap_or_default()
        .to_rfc3339_opts(SecondsFormat::Millis, true)
}

/// Lists the pairs that can be traded.
#[utoipa::path(
    get,
    path = "/api/v1/trading/market/pairs",
    tag = "trading",
    responses(
        (status = 200, description = "All of them", body = PairList),
        (status = 401, description = "A bad credential", body = ProblemDocument),
        (status = 429, description = "The exchange wants fewer requests", body = ProblemDocument),
        (status = 503, description = "The exchange cannot be reached", body = ProblemDocument),
    ),
    security((), ("bearer" = []))
)]
pub(crate) async fn pairs(
    State(app): State<App>,
    _: OptionalPrincipal,
    context: Context,
) -> Result<Json<PairList>, Problem> {
    let pairs = market::pairs(&app, &context).await?;
    Ok(Json(PairList {
        items: pairs.all().iter().map(PairRules::from).collect(),
    }))
}

/// Reads the latest prices of pairs.
#[utoipa::path(
    get,
    path = "/api/v1/trading/market/ticker",
    tag = "trading",
    params(WantedTickers),
    responses(
        (status = 200, description = "In the order in which they were asked for", body = TickerList),
        (status = 401, description = "A bad credential", body = ProblemDocument),
        (status = 422, description = "No such pair", body = ProblemDocument),
        (status = 429, description = "The exchange wants fewer requests", body = ProblemDocument),
        (status = 503, description = "The exchange cannot be reached", body = ProblemDocument),
    ),
    security((), ("bearer" = []))
)]
pub(crate) async fn ticker(
    State(app): State<App>,
    _: OptionalPrincipal,
    context: Context,
    Query(wanted): Query<WantedTickers>,
) -> Result<Json<TickerList>, Problem> {
    let names = market::distinct(&wanted.pair);
    if names.is_empty() || names.len() > MOST_PAIRS {
        return Err(Problem::invalid_field(
            "pair",
            format!("must name 1 to {MOST_PAIRS} pairs"),
        ));
    }
    let mut items = Vec::new();
    for name in names {
        let pair = market::pair(&app, &context, name, "pair").await?;
        let quote = market::quote(&app, &context, &pair).await?;
        items.push(TickerView {
            pair: pair.name,
            bid: quote.ticker.bid.to_string(),
            ask: quote.ticker.ask.to_string(),
            last: quote.ticker.last.to_string(),
            volume_24h: quote.ticker.volume_24h.to_string(),
            at: rfc3339(quote.at),
        });
    }
    Ok(Json(TickerList { items }))
}

/// Reads the last candles of a pair, up to 720.
#[utoipa::path(
    get,
    path = "/api/v1/trading/market/ohlc",
    tag = "trading",
    params(WantedCandles),
    responses(
        (status = 200, description = "Oldest first", body = CandleList),
        (status = 401, description = "A bad credential", body = ProblemDocument),
        (status = 422, description = "No such pair or interval", body = ProblemDocument),
        (status = 429, description = "The exchange wants fewer requests", body = ProblemDocument),
        (status = 503, description = "The exchange cannot be reached", body = ProblemDocument),
    ),
    security((), ("bearer" = []))
)]
pub(crate) async fn ohlc(
    State(app): State<App>,
    _: OptionalPrincipal,
    context: Context,
    Query(wanted): Query<WantedCandles>,
) -> Result<Json<CandleList>, Problem> {
    market::check_interval(wanted.interval)?;
    let pair = market::pair(&app, &context, &wanted.pair, "pair").await?;
    let mut items: Vec<CandleView> = market::candles(&app, &context, &pair, wanted.interval)
        .await?
        .into_iter()
        .map(|candle| CandleView {
            start: rfc3339(candle.start.saturating_mul(1000)),
            open: candle.open,
            high: candle.high,
            low: candle.low,
            close: candle.close,
            vwap: candle.vwap,
            volume: candle.volume,
            count: candle.count,
        })
        .collect();
    let running = items.pop();
    Ok(Json(CandleList {
        pair: pair.name,
        interval: wanted.interval,
        items,
        running,
    }))
}
