//! The strategies by name.

use rust_decimal::Decimal;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{Candle, Decision, Rules, Situation, dca, grid, sma};

/// A strategy that can be chosen.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Strategy {
    /// Its name.
    pub name: String,
    /// The name for people.
    pub title: String,
    /// What it does.
    pub summary: String,
    /// JSON Schema of its parameters.
    pub schema: Value,
}

/// What is wrong with one parameter.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fault {
    /// `params.fast`
    pub field: String,
    /// What would be allowed.
    pub message: String,
}

/// Amounts and prices below it are sums, products and quotients of each other without an overflow, whatever they are.
const MOST: u64 = 1_000_000_000_000;
/// Digits behind the point.
const SCALE: u32 = 12;

/// Faults of amounts and prices that no market has.
pub(crate) fn beyond_reason<const N: usize>(amounts: [(&str, Decimal); N]) -> Vec<Fault> {
    amounts
        .into_iter()
        .filter(|(_, amount)| *amount > Decimal::from(MOST) || amount.normalize().scale() > SCALE)
        .map(|(parameter, _)| {
            Fault::new(
                parameter,
                format!("must be at most {MOST}, with {SCALE} decimals at most"),
            )
        })
        .collect()
}

impl Fault {
    pub(crate) fn new(parameter: &str, message: impl Into<String>) -> Self {
        Self {
            field: format!("params.{parameter}"),
            message: message.into(),
        }
    }
}

/// All of them.
#[must_use]
pub fn catalogue() -> Vec<Strategy> {
    let strategy = |name: &str, title: &str, summary: &str, schema| Strategy {
        name: name.to_owned(),
        title: title.to_owned(),
        summary: summary.to_owned(),
        schema,
    };
    vec![
        strategy(
            "dca",
            "Dollar-cost averaging",
            "Buys for a fixed amount, once in each period, whatever the price. Missed periods are not made up for.",
            dca::schema(),
        ),
        strategy(
            "sma-crossover",
            "Moving averages",
            "Buys when the fast average crosses the slow one upwards, sells all of it when it crosses back.",
            sma::schema(),
        ),
        strategy(
            "grid",
            "Grid",
            "Buys at each level below the price and sells one level higher, again and again, between two bounds.",
            grid::schema(),
        ),
    ]
}

/// Parameters that were read, of one of the strategies.
pub(crate) enum Params {
    Dca(dca::Params),
    Sma(sma::Params),
    Grid(grid::Params),
}

impl Params {
    pub(crate) fn read(strategy: &str, params: &Value) -> Result<Self, Fault> {
        match strategy {
            "dca" => parse(params).map(Self::Dca),
            "sma-crossover" => parse(params).map(Self::Sma),
            "grid" => parse(params).map(Self::Grid),
            other => Err(Fault {
                field: "strategy".to_owned(),
                message: format!(
                    "there is no strategy {other}; GET /api/v1/trading/strategies lists them"
                ),
            }),
        }
    }

    pub(crate) fn decide(&self, now: &Situation, candles: &[Candle]) -> Decision {
        match self {
            Self::Dca(params) => dca::decide(params, now),
            Self::Sma(params) => sma::decide(params, now, candles),
            Self::Grid(params) => grid::decide(params, now),
        }
    }

    /// How many of the last candles a decision looks at.
    pub(crate) const fn window(&self) -> usize {
        match self {
            Self::Sma(params) => params.slow + 1,
            Self::Dca(_) | Self::Grid(_) => 1,
        }
    }
}

/// A strategy that decides again and again on a pair of the same rules: what it would work out or write down anew for each decision
/// is kept.
pub(crate) enum Run<'a> {
    Grid(&'a grid::Params, Box<grid::Grid>),
    Other(&'a Params),
}

impl<'a> Run<'a> {
    /// Goes on from what the last decision has remembered.
    pub(crate) fn new(params: &'a Params, rules: &Rules, memory: &Value) -> Self {
        match params {
            Params::Grid(params) => {
                let grid = grid::Grid::new(params, rules, memory);
                Self::Grid(params, Box::new(grid))
            }
            Params::Dca(_) | Params::Sma(_) => Self::Other(params),
        }
    }

    pub(crate) fn decide(&mut self, now: &Situation, candles: &[Candle]) -> Decision {
        match self {
            Self::Grid(params, grid) => grid::decide_with(grid, params, now),
            Self::Other(params) => params.decide(now, candles),
        }
    }

    /// What is remembered, where decisions do not say it.
    pub(crate) fn memory(&self) -> Option<Value> {
        match self {
            Self::Grid(_, grid) => Some(grid.memory()),
            Self::Other(_) => None,
        }
    }
}

/// serde's message names the field.
fn parse<T: DeserializeOwned>(params: &Value) -> Result<T, Fault> {
    // serde would read the members of an array in their order.
    if !params.is_object() {
        return Err(Fault {
            field: "params".to_owned(),
            message: "must be an object".to_owned(),
        });
    }
    // Amounts are strings; a float would have lost digits before it came here.
    if let Some(name) = float_in(params) {
        return Err(Fault::new(&name, "must be a decimal in a string"));
    }
    T::deserialize(params).map_err(|error| {
        let text = error.to_string();
        let named = text
            .split('`')
            .nth(1)
            .filter(|name| text.starts_with("missing field") || params.get(*name).is_some());
        match named {
            Some(name) if text.starts_with("missing field") => Fault::new(name, "is required"),
            Some(name) => Fault::new(name, text.clone()),
            None => Fault {
                field: "params".to_owned(),
                message: text,
            },
        }
    })
}

fn float_in(params: &Value) -> Option<String> {
    params
        .as_object()?
        .iter()
        .find(|(_, value)| value.as_number().is_some_and(serde_json::Number::is_f64))
        .map(|(name, _)| name.clone())
}

/// What is wrong with the parameters of a strategy; nothing if it can run on a pair of these rules.
#[must_use]
pub fn check(strategy: &str, params: &Value, rules: &Rules) -> Vec<Fault> {
    match Params::read(strategy, params) {
        Err(fault) => vec![fault],
        Ok(Params::Dca(params)) => dca::faults(&params, rules),
        Ok(Params::Sma(params)) => sma::faults(&params, rules),
        Ok(Params::Grid(params)) => grid::faults(&params, rules),
    }
}

/// Minutes of the candles that a strategy looks at.
#[must_use]
pub fn interval(strategy: &str, params: &Value) -> Option<u32> {
    match Params::read(strategy, params) {
        Ok(Params::Sma(params)) => Some(params.interval),
        _ => None,
    }
}

/// What to do now.
///
/// # Errors
/// Parameters that cannot be read, in words.
pub fn decide(strategy: &str, now: &Situation) -> Result<Decision, String> {
    Params::read(strategy, &now.params)
        .map(|params| params.decide(now, &now.candles))
        .map_err(|fault| format!("{}: {}", fault.field, fault.message))
}
