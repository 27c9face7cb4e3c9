//! What a strategy knows when it decides.

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::Rules;

/// Which way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Side {
    /// Base for quote.
    Buy,
    /// Quote for base.
    Sell,
}

/// A candle that is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Candle {
    /// Seconds since the Unix epoch.
    pub start: i64,
    /// First price.
    pub open: Decimal,
    /// Highest price.
    pub high: Decimal,
    /// Lowest price.
    pub low: Decimal,
    /// Last price.
    pub close: Decimal,
}

impl Candle {
    /// One whose price did not move.
    #[must_use]
    pub const fn flat(start: i64, price: Decimal) -> Self {
        Self {
            start,
            open: price,
            high: price,
            low: price,
            close: price,
        }
    }
}

/// What the bot itself owns.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Position {
    /// Of the base asset.
    pub base: Decimal,
    /// What that has cost, fees included, in units of the quote asset.
    pub cost: Decimal,
}

/// An order of the bot's present run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderView {
    /// Its id.
    pub id: String,
    /// What the strategy called it.
    pub tag: Option<String>,
    /// Which way.
    pub side: Side,
    /// None is a market order.
    pub price: Option<Decimal>,
    /// How much.
    pub volume: Decimal,
    /// How much of it is carried out.
    pub executed: Decimal,
    /// Whether more may be carried out.
    pub open: bool,
}

/// All that a decision depends on.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Situation {
    /// Parameters of the strategy.
    pub params: Value,
    /// Rules of the pair.
    pub rules: Rules,
    /// Best bid.
    pub bid: Decimal,
    /// Best ask.
    pub ask: Decimal,
    /// Oldest first, without the one that still runs.
    pub candles: Vec<Candle>,
    /// What the bot owns.
    pub position: Position,
    /// Quote assets that may be spent, if that is known.
    pub funds: Option<Decimal>,
    /// Orders of this run that the strategy named, the last one of each name.
    pub orders: Vec<OrderView>,
    /// What the strategy kept the last time.
    pub memory: Value,
    /// Milliseconds since the Unix epoch.
    pub now: i64,
    /// When this run began, milliseconds since the Unix epoch.
    pub started_at: i64,
    /// Counts the bot's runs.
    pub generation: u64,
    /// Seconds between two looks.
    pub every: u64,
    /// Somebody wants a decision now, whatever the schedule says.
    pub manual: bool,
    /// No entries; exits go on.
    pub paused: bool,
}
