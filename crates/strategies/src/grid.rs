//! A grid: a buy at each level below the price; what was bought at a level is sold one level higher, and then the level buys
//! again. One live order a level; the name of an order tells run, level, cycle and try, so none is ever placed twice.

use std::collections::BTreeMap;

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::catalogue::{Fault, beyond_reason};
use crate::{Action, Decision, OrderView, Placement, Rules, Side, Situation, Skip};

#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Params {
    lower: Decimal,
    upper: Decimal,
    levels: usize,
    #[serde(default)]
    spacing: Spacing,
    quote_per_level: Decimal,
    #[serde(default)]
    on_exit: OnExit,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Spacing {
    #[default]
    Arithmetic,
    Geometric,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum OnExit {
    #[default]
    Hold,
    Stop,
    Close,
}

pub(crate) fn schema() -> Value {
    json!({
        "type": "object",
        "required": ["lower", "upper", "levels", "quote_per_level"],
        "properties": {
            "lower": {"type": "string", "format": "decimal", "description": "Lowest level"},
            "upper": {"type": "string", "format": "decimal", "description": "Highest level"},
            "levels": {"type": "integer", "minimum": 2, "maximum": 50, "description": "Steps between the two"},
            "spacing": {"enum": ["arithmetic", "geometric"], "default": "arithmetic"},
            "quote_per_level": {"type": "string", "format": "decimal", "description": "What each level may cost"},
            "on_exit": {"enum": ["hold", "stop", "close"], "default": "hold",
                "description": "When the price leaves the grid: wait, stop with what is held, or sell it and stop"}
        }
    })
}

pub(crate) fn faults(params: &Params, rules: &Rules) -> Vec<Fault> {
    let mut faults = beyond_reason([
        ("lower", params.lower),
        ("upper", params.upper),
        ("quote_per_level", params.quote_per_level),
    ]);
    if !faults.is_empty() {
        return faults;
    }
    if params.lower <= Decimal::ZERO || params.lower >= params.upper {
        faults.push(Fault::new("lower", "must be positive and less than upper"));
        return faults;
    }
    if !(2..=50).contains(&params.levels) {
        faults.push(Fault::new("levels", "must be 2 to 50"));
        return faults;
    }
    let prices = levels(params, rules);
    let least = rules.maker_fee * Decimal::TWO + Decimal::new(1, 3);
    let narrow = prices.windows(2).any(|pair| match pair {
        [low, high] => *low <= Decimal::ZERO || *high / *low - Decimal::ONE <= least,
        _ => true,
    });
    if narrow {
        faults.push(Fault::new(
            "levels",
            format!(
                "are so close that fees eat the gain: neighbours must differ by more than {least}"
            ),
        ));
    }
    let small = prices
        .iter()
        .any(|price| !rules.is_enough(volume(params, rules, *price), *price));
    if small {
        faults.push(Fault::new(
            "quote_per_level",
            format!(
                "is less than the exchange takes: at least {} and {} of the base asset",
                rules.cost_min, rules.order_min
            ),
        ));
    }
    faults
}

/// The prices, lowest first: one more than there are steps.
fn levels(params: &Params, rules: &Rules) -> Vec<Decimal> {
    let steps = Decimal::from(params.levels);
    let ratio = match params.spacing {
        Spacing::Arithmetic => Decimal::ZERO,
        Spacing::Geometric => root(params.upper / params.lower, params.levels),
    };
    let mut factor = Decimal::ONE;
    (0..=params.levels)
        .map(|index| {
            let price = match params.spacing {
                Spacing::Arithmetic => {
                    params.lower + (params.upper - params.lower) * Decimal::from(index) / steps
                }
                Spacing::Geometric => params.lower * factor,
            };
            factor = factor.saturating_mul(ratio).round_dp(20);
            // A root is a little too low, and would be rounded down to the tick below.
            rules.floor_price(price.round_dp(10))
        })
        .collect()
}

/// The positive n-th root, by bisection: decimals have no power to fractions, and floats would round differently elsewhere.
fn root(value: Decimal, n: usize) -> Decimal {
    let (mut low, mut high) = (Decimal::ONE, value.max(Decimal::ONE));
    for _ in 0..80 {
        let middle = ((low + high) / Decimal::TWO).round_dp(18);
        let mut power = Decimal::ONE;
        for _ in 0..n {
            power = power
                .checked_mul(middle)
                .map_or(Decimal::MAX, |power| power.round_dp(18));
            if power > value {
                break;
            }
        }
        if power > value {
            high = middle;
        } else {
            low = middle;
        }
    }
    low
}

fn volume(params: &Params, rules: &Rules, price: Decimal) -> Decimal {
    rules.volume_for(params.quote_per_level, price, rules.maker_fee)
}

/// What a level is doing.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
struct Level {
    /// How often it has bought and sold.
    cycle: u64,
    /// Orders of this cycle so far; part of their names.
    tries: u64,
    /// The name of its order, if it has one.
    order: Option<String>,
    /// Bought and not sold yet.
    held: Decimal,
    /// How much of its order is counted in `held` already.
    counted: Decimal,
}

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
struct Memory {
    levels: Vec<Level>,
}

/// Where the levels are, and what each of them is doing.
pub(crate) struct Grid {
    prices: Vec<Decimal>,
    memory: Memory,
}

impl Grid {
    /// As the last decision has left it; new where that has left nothing.
    pub(crate) fn new(params: &Params, rules: &Rules, memory: &Value) -> Self {
        let mut memory = Memory::deserialize(memory).unwrap_or_default();
        memory.levels.resize(params.levels, Level::default());
        Self {
            prices: levels(params, rules),
            memory,
        }
    }

    /// What the next decision wants to know.
    pub(crate) fn memory(&self) -> Value {
        serde_json::to_value(&self.memory).unwrap_or(Value::Null)
    }
}

pub(crate) fn decide(params: &Params, now: &Situation) -> Decision {
    let mut grid = Grid::new(params, &now.rules, &now.memory);
    let decision = decide_with(&mut grid, params, now);
    Decision {
        memory: grid.memory(),
        ..decision
    }
}

/// The same; what is remembered stays in `grid`, not in the decision.
pub(crate) fn decide_with(grid: &mut Grid, params: &Params, now: &Situation) -> Decision {
    let Grid { prices, memory } = grid;
    let tick = now
        .now
        .div_euclid(i64::try_from(now.every.max(1) * 1000).unwrap_or(i64::MAX));
    let slot = format!("grid:{}:{tick}", now.generation);
    let gone = now.bid < params.lower || now.ask > params.upper;
    if gone && params.on_exit != OnExit::Hold {
        return leave(params, now, slot);
    }
    let placed: BTreeMap<&str, &OrderView> = now
        .orders
        .iter()
        .filter_map(|order| Some((order.tag.as_deref()?, order)))
        .collect();
    let nearest = nearest(prices, now.bid);
    let mut actions = Vec::new();
    // A level's own gain must not be spent by another: what all of them hold is never more than what the bot owns.
    for (index, level) in memory.levels.iter_mut().enumerate() {
        let (Some(low), Some(high)) = (prices.get(index), prices.get(index + 1)) else {
            continue;
        };
        let own = level.order.as_deref().and_then(|tag| placed.get(tag));
        if let Some(order) = own {
            let news = (order.executed - level.counted).max(Decimal::ZERO);
            match order.side {
                Side::Buy => level.held += news,
                Side::Sell => level.held = (level.held - news).max(Decimal::ZERO),
            }
            level.counted = order.executed;
            if order.open {
                continue;
            }
            if order.side == Side::Sell && level.held.is_zero() {
                level.cycle += 1;
                level.tries = 0;
            }
        } else if level.order.is_some() {
            // Named, and not there yet: never placed a second time under another name.
            continue;
        }
        level.order = None;
        level.counted = Decimal::ZERO;
        // A new grid leaves out the level nearest to the price.
        let waits = nearest == Some(index) && level.cycle == 0 && level.tries == 0;
        let placement = if level.held > Decimal::ZERO {
            sell_at(*high, level.held, now)
        } else if !now.paused && *low < now.bid && !gone && !waits {
            buy_at(*low, volume(params, &now.rules, *low), now)
        } else {
            None
        };
        let Some(mut placement) = placement else {
            continue;
        };
        let tag = format!(
            "g{}:{index}:{}:{}",
            now.generation, level.cycle, level.tries
        );
        level.tries += 1;
        level.order = Some(tag.clone());
        placement.tag = Some(tag);
        actions.push(Action::Place(placement));
    }
    let signal = json!({"bid": now.bid, "ask": now.ask, "inside": !gone,
        "held": memory.levels.iter().map(|level| level.held).sum::<Decimal>()});
    if gone && actions.is_empty() {
        return Decision::skip(slot, Skip::PriceGuard, signal, Value::Null);
    }
    Decision::act(slot, actions, signal, Value::Null)
}

fn nearest(prices: &[Decimal], bid: Decimal) -> Option<usize> {
    (0..prices.len()).min_by_key(|index| prices.get(*index).map(|price| (*price - bid).abs()))
}

fn buy_at(price: Decimal, volume: Decimal, now: &Situation) -> Option<Placement> {
    now.rules
        .is_enough(volume, price)
        .then(|| resting(Side::Buy, volume, price))
}

/// One that would cross the book waits until it does not: sells rest too.
fn sell_at(price: Decimal, volume: Decimal, now: &Situation) -> Option<Placement> {
    let price = if price <= now.bid {
        now.rules.floor_price(now.ask)
    } else {
        price
    };
    let volume = now.rules.floor_volume(volume);
    now.rules
        .is_enough(volume, price)
        .then(|| resting(Side::Sell, volume, price))
}

const fn resting(side: Side, volume: Decimal, price: Decimal) -> Placement {
    Placement {
        side,
        volume,
        price: Some(price),
        post_only: true,
        tag: None,
    }
}

/// The price has left the grid: orders are taken back, and what is held is kept or sold.
fn leave(params: &Params, now: &Situation, slot: String) -> Decision {
    let mut actions: Vec<Action> = now
        .orders
        .iter()
        .filter(|order| order.open)
        .map(|order| Action::Cancel(order.id.clone()))
        .collect();
    let signal = json!({"bid": now.bid, "ask": now.ask, "inside": false});
    let volume = now.rules.floor_volume(now.position.base);
    if params.on_exit == OnExit::Close && now.rules.is_enough(volume, now.bid) {
        if actions.is_empty() {
            actions.push(Action::Place(Placement {
                side: Side::Sell,
                volume,
                price: None,
                post_only: false,
                tag: Some(format!("g{}:close:{}", now.generation, slot)),
            }));
        }
        // The sale comes after the orders are gone, the stop after the sale.
        return Decision::act(slot, actions, signal, Value::Null);
    }
    Decision {
        stop: Some("the price has left the grid".to_owned()),
        ..Decision::act(slot, actions, signal, Value::Null)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Position, decide as decide_by_name};

    /// The prices of what a new grid of 100, 110, 120, 130, 140 buys at.
    fn bought_at(bid: u32) -> Vec<Decimal> {
        let now = Situation {
            params: json!({"lower": "100", "upper": "140", "levels": 4, "quote_per_level": "50"}),
            rules: Rules::default(),
            bid: bid.into(),
            ask: (bid + 1).into(),
            candles: Vec::new(),
            position: Position::default(),
            funds: None,
            orders: Vec::new(),
            memory: Value::Null,
            now: 0,
            started_at: 0,
            generation: 1,
            every: 60,
            manual: false,
            paused: false,
        };
        let decision = decide_by_name("grid", &now).unwrap();
        let price = |action| match action {
            Action::Place(placement) => placement.price,
            Action::Cancel(_) => None,
        };
        decision.actions.into_iter().filter_map(price).collect()
    }

    #[test]
    fn a_new_grid_buys_below_the_price_but_not_at_the_level_where_it_is() {
        for (bid, expected) in [
            (131, vec![100, 110, 120]),
            (130, vec![100, 110, 120]),
            (129, vec![100, 110, 120]),
            (124, vec![100, 110]),
            (101, vec![]),
        ] {
            let expected: Vec<Decimal> = expected.into_iter().map(Decimal::from).collect();
            assert_eq!(bought_at(bid), expected, "{bid}");
        }
    }
}
