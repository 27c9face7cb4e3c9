//! Two moving averages: buys when the fast one crosses the slow one upwards and nothing is held, sells all when it crosses back.
//! Only candles that are over count.

use rust_decimal::Decimal;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::catalogue::{Fault, beyond_reason};
use crate::{Action, Candle, Decision, Placement, Rules, Side, Situation, Skip};

/// Minutes of the candles that there are.
pub const INTERVALS: [u32; 9] = [1, 5, 15, 30, 60, 240, 1440, 10_080, 21_600];

#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Params {
    /// Minutes.
    pub(crate) interval: u32,
    pub(crate) fast: usize,
    pub(crate) slow: usize,
    quote_amount: Decimal,
    #[serde(default)]
    cooldown: i64,
}

pub(crate) fn schema() -> Value {
    json!({
        "type": "object",
        "required": ["interval", "fast", "slow", "quote_amount"],
        "properties": {
            "interval": {"enum": INTERVALS, "description": "Minutes of a candle"},
            "fast": {"type": "integer", "minimum": 1, "maximum": 699, "description": "Candles of the fast average"},
            "slow": {"type": "integer", "minimum": 2, "maximum": 700, "description": "Candles of the slow average, more than the fast one's"},
            "quote_amount": {"type": "string", "format": "decimal", "description": "What a purchase may cost, fee included"},
            "cooldown": {"type": "integer", "minimum": 0, "maximum": 1000, "default": 0,
                "description": "Candles after a sale without a purchase"}
        }
    })
}

pub(crate) fn faults(params: &Params, rules: &Rules) -> Vec<Fault> {
    let mut faults = beyond_reason([("quote_amount", params.quote_amount)]);
    if !INTERVALS.contains(&params.interval) {
        faults.push(Fault::new(
            "interval",
            "must be 1, 5, 15, 30, 60, 240, 1440, 10080 or 21600",
        ));
    }
    if params.fast == 0 || params.fast >= params.slow {
        faults.push(Fault::new("fast", "must be at least 1 and less than slow"));
    }
    if !(2..=700).contains(&params.slow) {
        faults.push(Fault::new("slow", "must be 2 to 700"));
    }
    if params.quote_amount < rules.cost_min || params.quote_amount <= Decimal::ZERO {
        faults.push(Fault::new(
            "quote_amount",
            format!("must be at least {}", rules.cost_min),
        ));
    }
    if !(0..=1000).contains(&params.cooldown) {
        faults.push(Fault::new("cooldown", "must be 0 to 1000"));
    }
    faults
}

/// Both averages at the last candle and at the one before.
struct Averages {
    fast: (Decimal, Decimal),
    slow: (Decimal, Decimal),
}

/// Mean of the last `n` closes, and of the `n` before the last one; each close is added once.
fn mean(candles: &[Candle], n: usize) -> Option<(Decimal, Decimal)> {
    let window = candles.get(candles.len().checked_sub(n.checked_add(1)?)?..)?;
    let (first, last) = (window.first()?.close, window.last()?.close);
    let sum: Decimal = window.iter().skip(1).map(|candle| candle.close).sum();
    let count = Decimal::from(n);
    Some((sum / count, (sum - last + first) / count))
}

fn averages(candles: &[Candle], params: &Params) -> Option<Averages> {
    Some(Averages {
        fast: mean(candles, params.fast)?,
        slow: mean(candles, params.slow)?,
    })
}

pub(crate) fn decide(params: &Params, now: &Situation, candles: &[Candle]) -> Decision {
    let length = i64::from(params.interval) * 60;
    let last = candles.last().map_or(0, |candle| candle.start);
    let slot = format!("sma:{}:{last}", params.interval);
    let Some(averages) = averages(candles, params) else {
        let signal = json!({"candles": candles.len(), "needed": params.slow + 1});
        return Decision::skip(slot, Skip::NoSignal, signal, now.memory.clone());
    };
    let up = averages.fast.1 <= averages.slow.1 && averages.fast.0 > averages.slow.0;
    let down = averages.fast.1 >= averages.slow.1 && averages.fast.0 < averages.slow.0;
    let signal = json!({
        "candle": last, "fast": averages.fast.0.round_dp(8), "slow": averages.slow.0.round_dp(8),
        "cross": if up { "up" } else if down { "down" } else { "none" },
    });
    let skip = |reason| Decision::skip(slot.clone(), reason, signal.clone(), now.memory.clone());

    let holding = now.position.base > Decimal::ZERO;
    let sold_at = now.memory.get("sold_at").and_then(Value::as_i64);
    let cooling =
        sold_at.is_some_and(|at| last < at + (params.cooldown + 1) * length) && params.cooldown > 0;
    if !(up && !holding && !cooling || down && holding) {
        return skip(Skip::NoSignal);
    }
    let age = now.now.div_euclid(1000) - (last + length);
    if age > length / 2 {
        return skip(Skip::StaleSignal);
    }
    if down {
        let volume = now.rules.floor_volume(now.position.base);
        if !now.rules.is_enough(volume, now.bid) {
            return skip(Skip::BelowMinimum);
        }
        let sell = market(Side::Sell, volume);
        return Decision::act(slot, vec![sell], signal, json!({"sold_at": last}));
    }
    if now.paused {
        return skip(Skip::Paused);
    }
    if now.funds.is_some_and(|funds| funds < params.quote_amount) {
        return skip(Skip::InsufficientFunds);
    }
    let volume = now
        .rules
        .volume_for(params.quote_amount, now.ask, now.rules.taker_fee);
    if !now.rules.is_enough(volume, now.ask) {
        return skip(Skip::BelowMinimum);
    }
    Decision::act(
        slot,
        vec![market(Side::Buy, volume)],
        signal,
        now.memory.clone(),
    )
}

fn market(side: Side, volume: Decimal) -> Action {
    Action::Place(Placement {
        side,
        volume,
        price: None,
        post_only: false,
        tag: None,
    })
}
