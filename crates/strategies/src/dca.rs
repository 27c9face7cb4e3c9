//! Dollar-cost averaging: buys for a fixed amount, once in each period, whatever the price. Missed periods are not made up for.

use rust_decimal::Decimal;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::catalogue::{Fault, beyond_reason};
use crate::cron::Cron;
use crate::{Action, Decision, Placement, Rules, Side, Situation, Skip};

#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Params {
    quote_amount: Decimal,
    /// Seconds.
    #[serde(default = "a_day")]
    every: u64,
    /// Times instead of seconds.
    cron: Option<String>,
    /// Seconds since the Unix epoch.
    start_at: Option<i64>,
    #[serde(default)]
    order: Kind,
    #[serde(default)]
    limit_offset_bps: u32,
    max_price: Option<Decimal>,
    max_total_quote: Option<Decimal>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Kind {
    #[default]
    Market,
    Limit,
}

const fn a_day() -> u64 {
    86_400
}

pub(crate) fn schema() -> Value {
    json!({
        "type": "object",
        "required": ["quote_amount"],
        "properties": {
            "quote_amount": {"type": "string", "format": "decimal", "description": "What each purchase may cost, fee included"},
            "every": {"type": "integer", "minimum": 3600, "maximum": 2_678_400, "default": 86_400, "description": "Seconds"},
            "cron": {"type": "string", "maxLength": 100, "examples": ["0 9 * * 1"],
                "description": "Instead of every: minute (one number), hour, day of the month, month, day of the week; UTC"},
            "start_at": {"type": "integer", "description": "When the first period begins, seconds since the Unix epoch"},
            "order": {"enum": ["market", "limit"], "default": "market"},
            "limit_offset_bps": {"type": "integer", "minimum": 0, "maximum": 5000, "default": 0,
                "description": "How far below the bid a limit order is placed"},
            "max_price": {"type": "string", "format": "decimal", "description": "Nothing is bought above it"},
            "max_total_quote": {"type": "string", "format": "decimal", "description": "What the bot may have invested at most"}
        }
    })
}

pub(crate) fn faults(params: &Params, rules: &Rules) -> Vec<Fault> {
    let mut faults = beyond_reason([
        ("quote_amount", params.quote_amount),
        ("max_price", params.max_price.unwrap_or_default()),
        (
            "max_total_quote",
            params.max_total_quote.unwrap_or_default(),
        ),
    ]);
    if params.quote_amount < rules.cost_min || params.quote_amount <= Decimal::ZERO {
        faults.push(Fault::new(
            "quote_amount",
            format!("must be at least {}", rules.cost_min),
        ));
    }
    for (name, most) in [
        ("max_price", params.max_price),
        ("max_total_quote", params.max_total_quote),
    ] {
        if most.is_some_and(|most| most <= Decimal::ZERO) {
            faults.push(Fault::new(name, "must be positive"));
        }
    }
    if !(3600..=2_678_400).contains(&params.every) {
        faults.push(Fault::new("every", "must be 3600 to 2678400 seconds"));
    }
    if let Some(text) = &params.cron {
        if text.len() > 100 {
            faults.push(Fault::new("cron", "must have 100 characters at most"));
        } else if let Err(message) = Cron::parse(text) {
            faults.push(Fault::new("cron", message));
        }
    }
    if params.limit_offset_bps > 5000 {
        faults.push(Fault::new("limit_offset_bps", "must be 0 to 5000"));
    }
    faults
}

/// Where in the schedule this moment is.
struct Period {
    /// Counts from the start; with cron, the time at which it began.
    number: i64,
    /// Periods since the last one that was seen.
    missed: i64,
    /// Not before the first.
    begun: bool,
}

fn period(params: &Params, now: &Situation) -> Period {
    let start = params
        .start_at
        .unwrap_or_else(|| now.started_at.div_euclid(1000));
    let moment = now.now.div_euclid(1000);
    let last = now.memory.get("last_period").and_then(Value::as_i64);
    if let Some(cron) = &params.cron {
        let cron = Cron::parse(cron).ok();
        let number = cron.and_then(|cron| cron.last(moment));
        let missed = match (cron, last, number) {
            (Some(cron), Some(last), Some(number)) => cron.between(last, number),
            _ => 0,
        };
        return Period {
            number: number.unwrap_or(-1),
            missed,
            begun: number.is_some_and(|number| number >= start),
        };
    }
    let every = i64::try_from(params.every).unwrap_or(86_400).max(1);
    let since = moment.saturating_sub(start);
    let number = since.div_euclid(every);
    Period {
        number,
        missed: last.map_or(0, |last| (number - last - 1).max(0)),
        begun: since >= 0,
    }
}

pub(crate) fn decide(params: &Params, now: &Situation) -> Decision {
    let Period {
        number: period,
        missed,
        begun,
    } = period(params, now);
    // A start of one's own counts on over restarts; else each run has periods of its own.
    let slot = match params.start_at {
        Some(_) => format!("dca:{period}"),
        None => format!("dca:{}:{period}", now.generation),
    };
    let memory = json!({"last_period": period});
    let signal =
        json!({"period": period, "missed": missed, "ask": now.ask, "invested": now.position.cost});
    if !begun && !now.manual {
        return Decision::skip(slot, Skip::NoSignal, signal, now.memory.clone());
    }
    // Cancelled first, whatever else happens: last period's order had its time.
    let mut actions: Vec<Action> = now
        .orders
        .iter()
        .filter(|order| order.open)
        .map(|order| Action::Cancel(order.id.clone()))
        .collect();
    let cancels = actions.clone();
    let skip = |reason| Decision {
        actions: cancels.clone(),
        ..Decision::skip(slot.clone(), reason, signal.clone(), memory.clone())
    };
    if now.paused {
        return skip(Skip::Paused);
    }
    if params.max_price.is_some_and(|most| now.ask > most) {
        return skip(Skip::PriceGuard);
    }
    if params
        .max_total_quote
        .is_some_and(|most| now.position.cost + params.quote_amount > most)
    {
        return skip(Skip::RiskLimit);
    }
    if now.funds.is_some_and(|funds| funds < params.quote_amount) {
        return skip(Skip::InsufficientFunds);
    }
    let price = match params.order {
        Kind::Market => None,
        Kind::Limit => {
            let offset = Decimal::new(i64::from(params.limit_offset_bps), 4);
            Some(now.rules.floor_price(now.bid * (Decimal::ONE - offset)))
        }
    };
    let at = price.unwrap_or(now.ask);
    let volume = now
        .rules
        .volume_for(params.quote_amount, at, now.rules.taker_fee);
    if !now.rules.is_enough(volume, at) {
        return skip(Skip::BelowMinimum);
    }
    actions.push(Action::Place(Placement {
        side: Side::Buy,
        volume,
        price,
        post_only: false,
        tag: None,
    }));
    Decision::act(slot, actions, signal, memory)
}
