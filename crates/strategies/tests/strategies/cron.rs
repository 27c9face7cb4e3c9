//! `dca` by a cron line: the same rules as by seconds, at times of the calendar.

use rust_decimal::Decimal;
use serde_json::{Value, json};
use spindle_strategies::{Action, Candle, Rules, Situation, Skip, Trial, backtest, check, decide};

/// 2026-11-16 00:00:00 UTC, a Monday.
const MONDAY: i64 = 1_794_787_200;
const HOUR: i64 = 3600;

fn params() -> Value {
    json!({"quote_amount": "50", "cron": "0 9 * * 1-5"})
}

fn situation(now: i64, memory: Value) -> Situation {
    Situation {
        params: params(),
        rules: Rules::default(),
        bid: Decimal::from(100),
        ask: Decimal::from(100),
        candles: Vec::new(),
        position: spindle_strategies::Position::default(),
        funds: None,
        orders: Vec::new(),
        memory,
        now: now * 1000,
        started_at: MONDAY * 1000,
        generation: 1,
        every: 60,
        manual: false,
        paused: false,
    }
}

#[test]
fn a_purchase_belongs_to_its_time_and_what_was_missed_is_not_made_up_for() {
    let early = decide("dca", &situation(MONDAY + 8 * HOUR, Value::Null)).unwrap();
    assert_eq!(early.skip, Some(Skip::NoSignal), "nine is the first time");
    let first = decide("dca", &situation(MONDAY + 9 * HOUR, early.memory)).unwrap();
    assert!(matches!(first.actions[..], [Action::Place(_)]));
    let again = decide("dca", &situation(MONDAY + 20 * HOUR, first.memory.clone())).unwrap();
    assert_eq!(again.slot, first.slot, "the same until the next");
    let late = decide("dca", &situation(MONDAY + 81 * HOUR, first.memory)).unwrap();
    assert_ne!(late.slot, first.slot);
    assert_eq!(late.signal["missed"], 2, "Tuesday and Wednesday");
    assert_eq!(late.actions.len(), 1);
}

#[test]
fn a_week_has_five_purchases() {
    let candles = (0..7 * 24)
        .map(|hour| Candle::flat(MONDAY + hour * HOUR, Decimal::from(100)))
        .collect();
    let trial = Trial {
        strategy: "dca".to_owned(),
        params: params(),
        rules: Rules::default(),
        candles,
        funds: Decimal::from(1000),
        part: None,
    };
    let report = backtest(&trial).unwrap();
    let at: Vec<i64> = report
        .trades
        .iter()
        .map(|trade| (trade.at - MONDAY) / HOUR)
        .collect();
    assert_eq!(at, [9, 33, 57, 81, 105]);
}

#[test]
fn what_is_no_cron_line_is_the_parameters_fault() {
    let wrong = json!({"quote_amount": "50", "cron": "* * * * *"});
    let faults = check("dca", &wrong, &Rules::default());
    assert_eq!(faults.len(), 1);
    assert_eq!(faults[0].field, "params.cron");
    assert!(check("dca", &params(), &Rules::default()).is_empty());
}
