//! Crossing averages, on fixed candles.

use rust_decimal::Decimal;
use serde_json::{Value, json};
use spindle_strategies::{Action, Candle, Position, Side, Situation, Skip, decide};

use crate::trial::{SMA, d, params, situation, trial};

#[test]
fn averages_cross_where_they_are_known_to() {
    // Down for 30 candles, then up: the fast average crosses exactly once upwards, and back after the crest.
    let candles: Vec<Candle> = (0..120)
        .map(|n: i64| Candle::flat(n * 3600, Decimal::from(100 + (n.rem_euclid(60) - 30).abs())))
        .collect();
    let report = trial("sma-crossover", params(SMA), candles);
    let sides: Vec<(i64, Side)> = report
        .trades
        .iter()
        .map(|trade| (trade.at / 3600, trade.side))
        .collect();
    assert_eq!(
        sides,
        [(39, Side::Buy), (69, Side::Sell), (99, Side::Buy)],
        "one opening after the candle that crossed"
    );
}

#[test]
fn a_cross_that_is_long_over_is_stale() {
    let mut candles: Vec<Candle> = (0..30)
        .map(|n| Candle::flat(n * 3600, Decimal::from(200 - n)))
        .collect();
    candles.push(Candle::flat(30 * 3600, Decimal::from(400)));
    let over = 31 * 3600 * 1000;
    let at = |now| Situation {
        candles: candles.clone(),
        now,
        ..situation(params(SMA))
    };
    let fresh = Situation {
        funds: None,
        ..at(over + 1000)
    };
    assert_eq!(decide("sma-crossover", &fresh).unwrap().actions.len(), 1);
    let late = decide("sma-crossover", &at(over + 1_801_000)).unwrap();
    assert_eq!(late.skip, Some(Skip::StaleSignal));
    let paused = Situation {
        paused: true,
        ..fresh
    };
    assert_eq!(
        decide("sma-crossover", &paused).unwrap().skip,
        Some(Skip::Paused)
    );
}

const HOUR: i64 = 3600;

/// Averages of one candle and of two, right after the last of these closes; `base` is held.
fn crossing(closes: &[u32], base: &str, change: &Value) -> Situation {
    let mut wanted = json!({"interval": 60, "fast": 1, "slow": 2, "quote_amount": "50"});
    for (name, value) in change.as_object().unwrap() {
        wanted[name] = value.clone();
    }
    let candles: Vec<Candle> = (0..)
        .zip(closes)
        .map(|(n, close)| Candle::flat(n * HOUR, Decimal::from(*close)))
        .collect();
    Situation {
        now: (i64::try_from(candles.len()).unwrap() * HOUR + 1) * 1000,
        candles,
        position: Position {
            base: d(base),
            cost: Decimal::ZERO,
        },
        ..situation(wanted)
    }
}

#[test]
fn a_cross_begins_at_or_beyond_the_other_side_and_ends_strictly_beyond_this_one() {
    const BOUGHT: Option<(Side, &str)> = Some((Side::Buy, "0.49751045"));
    const SOLD: Option<(Side, &str)> = Some((Side::Sell, "1.23456789"));
    for (closes, base, expected) in [
        // The fast one is below or on the slow one before, and above it now.
        ([10, 9, 10], "0", BOUGHT),
        ([10, 10, 11], "0", BOUGHT),
        ([9, 10, 11], "0", None),
        ([10, 9, 9], "0", None),
        // And the other way round, for all that is held.
        ([9, 10, 9], "1.234567891", SOLD),
        ([10, 10, 9], "1.234567891", SOLD),
        ([10, 9, 8], "1.234567891", None),
        ([9, 10, 10], "1.234567891", None),
        // Nothing is bought twice, nor sold that is not there.
        ([10, 9, 10], "1", None),
        ([9, 10, 9], "0", None),
    ] {
        let decision = decide("sma-crossover", &crossing(&closes, base, &json!({}))).unwrap();
        assert_eq!(decision.slot, "sma:60:7200");
        let found: Vec<(Side, Decimal)> = decision
            .actions
            .iter()
            .filter_map(|action| match action {
                Action::Place(placement) => Some((placement.side, placement.volume)),
                Action::Cancel(_) => None,
            })
            .collect();
        let expected: Vec<(Side, Decimal)> = expected
            .into_iter()
            .map(|(side, volume)| (side, d(volume)))
            .collect();
        assert_eq!(found, expected, "{closes:?} with {base}");
        assert_eq!(decision.skip, found.is_empty().then_some(Skip::NoSignal));
    }
}

#[test]
fn averages_are_means_of_closes_and_need_one_candle_more_than_the_slow_one() {
    let told = |closes: &[u32]| {
        let now = crossing(closes, "0", &json!({"fast": 2, "slow": 3}));
        decide("sma-crossover", &now).unwrap().signal
    };
    let signal = told(&[90, 10, 20, 40]);
    assert_eq!(signal["fast"], json!("30"));
    assert_eq!(signal["slow"], json!("23.33333333"));
    assert_eq!(signal["cross"], json!("up"));
    assert_eq!(told(&[10, 20, 40]), json!({"candles": 3, "needed": 4}));
}

#[test]
fn a_cross_that_cannot_be_followed_says_why() {
    let (up, down) = ([10, 9, 10], [9, 10, 9]);
    let poor = Situation {
        funds: Some(d("49.99")),
        ..crossing(&up, "0", &json!({}))
    };
    let small = crossing(&up, "0", &json!({"quote_amount": "0.5"}));
    for (now, reason) in [
        (poor, Skip::InsufficientFunds),
        (small, Skip::BelowMinimum),
        (crossing(&down, "0.00009", &json!({})), Skip::BelowMinimum),
    ] {
        let decision = decide("sma-crossover", &now).unwrap();
        assert_eq!(decision.skip, Some(reason), "{now:?}");
        assert!(decision.actions.is_empty());
    }
}

#[test]
fn after_a_sale_nothing_is_bought_for_as_many_candles_as_the_cooldown_has() {
    for (sold_at, buys) in [(2, false), (1, false), (0, false), (-1, true)] {
        let now = Situation {
            memory: json!({"sold_at": sold_at * HOUR}),
            ..crossing(&[10, 9, 10], "0", &json!({"cooldown": 2}))
        };
        let decision = decide("sma-crossover", &now).unwrap();
        assert_eq!(decision.actions.len() == 1, buys, "sold at {sold_at}");
    }
}
