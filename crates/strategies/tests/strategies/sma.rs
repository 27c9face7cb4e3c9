//! Crossing averages, on fixed candles.

use rust_decimal::Decimal;
use spindle_strategies::{Candle, Side, Situation, Skip, decide};

use crate::trial::{SMA, params, situation, trial};

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
