//! Market data, the same for all users: asked for once and kept for a while, because the exchange answers an address about one
//! public call a second.

use std::collections::HashSet;
use std::str::FromStr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use contracts::exchange::exchange as wire;
use kit::{App, Context, Problem};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::domain::{Pair, Pairs, Ticker};
use crate::exchange::{self, ExchangeError};

/// Pairs are added a few times a week.
const PAIRS_LIFE: Duration = Duration::from_secs(3600);
/// A name that is not among the pairs makes them be read again, if they are older than this.
const PAIRS_YOUNG_MS: i64 = 5_000;
/// What a paper order or a check of limits may be behind the market.
const TICKER_LIFE: Duration = Duration::from_secs(5);
const CANDLES_LIFE: Duration = Duration::from_secs(20);

const PAIRS: &str = "trading:pairs";

/// The pairs that an instance has read, so that a thousand of them are not decoded for every request.
#[derive(Default)]
pub(crate) struct Market(Mutex<Option<Known>>);

#[derive(Clone)]
struct Known {
    listing_at: i64,
    read_at: i64,
    pairs: Arc<Pairs>,
}

#[derive(Serialize, Deserialize)]
struct Listing {
    at: i64,
    pairs: Vec<wire::PairInfo>,
}

/// Prices, and when they were asked for.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Quote {
    /// Milliseconds since the Unix epoch.
    pub(crate) at: i64,
    #[serde(flatten)]
    pub(crate) ticker: Ticker,
}

/// All pairs.
pub(crate) async fn pairs(app: &App, context: &Context) -> Result<Arc<Pairs>, Problem> {
    let known = known(app);
    if let Some(known) = &known
        && app.now_ms().saturating_sub(known.read_at) < 60_000
    {
        return Ok(Arc::clone(&known.pairs));
    }
    match read_pairs(app, context).await {
        Ok(pairs) => Ok(pairs),
        // What was right an hour ago is better than nothing.
        Err(problem) => known.map(|known| known.pairs).ok_or(problem),
    }
}

/// The pair of this name.
///
/// # Errors
/// 422 for `field` if there is none; 503 while the exchange cannot be reached.
pub(crate) async fn pair(
    app: &App,
    context: &Context,
    name: &str,
    field: &str,
) -> Result<Pair, Problem> {
    let pairs = pairs(app, context).await?;
    if let Some(pair) = pairs.find(name) {
        return Ok(pair.clone());
    }
    // Another instance may have read a newer listing; else it may be new to all of us.
    if let Some(pair) = read_pairs(app, context).await?.find(name) {
        return Ok(pair.clone());
    }
    let old = known(app)
        .is_none_or(|known| app.now_ms().saturating_sub(known.listing_at) > PAIRS_YOUNG_MS);
    if old {
        app.forget(PAIRS).await;
        if let Some(pair) = read_pairs(app, context).await?.find(name) {
            return Ok(pair.clone());
        }
    }
    Err(Problem::invalid_field(
        field,
        "is no pair of the exchange; GET /api/v1/trading/market/pairs lists them",
    ))
}

async fn read_pairs(app: &App, context: &Context) -> Result<Arc<Pairs>, Problem> {
    let listing: Listing = app
        .cached(PAIRS, PAIRS_LIFE, || async {
            match exchange::call(app, context, &wire::Request::Pairs).await? {
                wire::Response::Pairs(pairs) => Ok(Listing {
                    at: app.now_ms(),
                    pairs,
                }),
                _ => Err(exchange::unexpected()),
            }
        })
        .await?;
    // A pair whose rules cannot be read is not offered.
    let pairs = listing
        .pairs
        .into_iter()
        .filter_map(|info| Pair::try_from(info).ok())
        .collect();
    let pairs = Arc::new(Pairs::new(pairs));
    if let Some(market) = app.extension::<Market>() {
        *market.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(Known {
            listing_at: listing.at,
            read_at: app.now_ms(),
            pairs: Arc::clone(&pairs),
        });
    }
    Ok(pairs)
}

fn known(app: &App) -> Option<Known> {
    app.extension::<Market>()?
        .0
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .clone()
}

/// The latest prices of a pair, at most five seconds old.
pub(crate) async fn quote(app: &App, context: &Context, pair: &Pair) -> Result<Quote, Problem> {
    let key = format!("trading:ticker:{}", pair.name);
    app.cached(&key, TICKER_LIFE, || async {
        let request = wire::Request::Tickers(vec![pair.name.clone()]);
        match ask(app, context, &request).await? {
            wire::Response::Tickers(tickers) => tickers
                .into_iter()
                .next()
                .and_then(|ticker| {
                    Some(Quote {
                        at: app.now_ms(),
                        ticker: read_ticker(&ticker)?,
                    })
                })
                .ok_or_else(exchange::unexpected),
            _ => Err(exchange::unexpected()),
        }
    })
    .await
}

fn read_ticker(ticker: &wire::Ticker) -> Option<Ticker> {
    let amount = |text: &str| Decimal::from_str(text).ok();
    Some(Ticker {
        bid: amount(&ticker.bid)?,
        ask: amount(&ticker.ask)?,
        last: amount(&ticker.last)?,
        volume_24h: amount(&ticker.volume_24h)?,
    })
}

/// Refuses candles of a length that the exchange does not have.
///
/// # Errors
/// 422.
pub(crate) fn check_interval(minutes: u32) -> Result<(), Problem> {
    if strategies::INTERVALS.contains(&minutes) {
        return Ok(());
    }
    Err(Problem::invalid_field(
        "interval",
        "must be 1, 5, 15, 30, 60, 240, 1440, 10080 or 21600 minutes",
    ))
}

/// The last candles of a pair, oldest first, the one that still runs at the end. `interval` is in minutes.
pub(crate) async fn candles(
    app: &App,
    context: &Context,
    pair: &Pair,
    interval: u32,
) -> Result<Vec<wire::Candle>, Problem> {
    let key = format!("trading:candles:{}:{interval}", pair.name);
    app.cached(&key, CANDLES_LIFE, || async {
        let query = wire::CandleQuery {
            pair: pair.name.clone(),
            interval,
            since: None,
        };
        match ask(app, context, &wire::Request::Candles(query)).await? {
            wire::Response::Candles(candles) => Ok(candles),
            _ => Err(exchange::unexpected()),
        }
    })
    .await
}

/// Asks about a pair. What the exchange refuses is the pair's fault: there is no key here that could be at fault.
async fn ask(
    app: &App,
    context: &Context,
    request: &wire::Request,
) -> Result<wire::Response, Problem> {
    match exchange::call(app, context, request).await {
        Err(ExchangeError::Failed(wire::Failure::Rejected(text))) => {
            Err(Problem::invalid_field("pair", text))
        }
        answer => answer.map_err(Problem::from),
    }
}

/// Names without repetitions, in their order.
pub(crate) fn distinct(names: &str) -> Vec<&str> {
    let mut seen = HashSet::new();
    names
        .split(',')
        .map(str::trim)
        .filter(|name| !name.is_empty() && seen.insert(*name))
        .collect()
}
