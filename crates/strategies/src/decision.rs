//! What a strategy wants.

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::Side;

/// An order to be placed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Placement {
    /// Which way.
    pub side: Side,
    /// How much of the base asset.
    pub volume: Decimal,
    /// None is a market order.
    pub price: Option<Decimal>,
    /// Refused rather than taking from the book.
    pub post_only: bool,
    /// What the strategy calls it: unique among all orders of the bot.
    pub tag: Option<String>,
}

/// One thing to do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// Place an order.
    Place(Placement),
    /// Take back the order of this id.
    Cancel(String),
}

/// Why nothing is done: a closed set, together with those of whoever carries decisions out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Skip {
    /// There is no reason to act.
    NoSignal,
    /// There was one, but too long ago.
    StaleSignal,
    /// Too little money.
    InsufficientFunds,
    /// The order would be smaller than the exchange takes.
    BelowMinimum,
    /// The price is beyond what the parameters allow.
    PriceGuard,
    /// No entries at the moment.
    Paused,
    /// The total that may be spent is spent.
    RiskLimit,
}

/// What to do in a slot, or why nothing.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Decision {
    /// The same slot is carried out once.
    pub slot: String,
    /// In this order.
    pub actions: Vec<Action>,
    /// Why nothing is placed.
    pub skip: Option<Skip>,
    /// What led to the decision, for people.
    pub signal: Value,
    /// What the strategy wants to know the next time.
    pub memory: Value,
    /// Nothing more to do: why the bot is to be stopped.
    pub stop: Option<String>,
}

impl Decision {
    pub(crate) fn skip(slot: String, skip: Skip, signal: Value, memory: Value) -> Self {
        Self {
            slot,
            actions: Vec::new(),
            skip: Some(skip),
            signal,
            memory,
            stop: None,
        }
    }

    pub(crate) fn act(slot: String, actions: Vec<Action>, signal: Value, memory: Value) -> Self {
        Self {
            slot,
            skip: actions.is_empty().then_some(Skip::NoSignal),
            actions,
            signal,
            memory,
            stop: None,
        }
    }
}
