//! How fast a backtest is; strategies are optimised in tests too.

use std::time::{Duration, Instant};

use rust_decimal::Decimal;
use serde_json::json;
use spindle_harness::size;
use strategies::{Candle, Rules, Trial, backtest};

/// A tenth of them, unless all are asked for.
#[test]
fn a_hundred_thousand_candles_take_less_than_two_seconds() {
    let count = i64::try_from(size(10_000, 100_000)).unwrap();
    let candles: Vec<Candle> = (0..count)
        .map(|n| {
            Candle::flat(
                n * 3600,
                Decimal::new(10_000 + 40 * ((n % 120) - 60).abs() + n % 7, 2),
            )
        })
        .collect();
    let cases = [
        (
            "sma-crossover",
            json!({"interval": 60, "fast": 20, "slow": 100, "quote_amount": "5000"}),
        ),
        ("dca", json!({"quote_amount": "1", "every": 3600})),
        (
            "grid",
            json!({"lower": "95", "upper": "125", "levels": 20, "quote_per_level": "300"}),
        ),
        (
            "grid",
            json!({"lower": "80", "upper": "160", "levels": 50, "spacing": "geometric", "quote_per_level": "150"}),
        ),
        (
            "sma-crossover",
            json!({"interval": 60, "fast": 200, "slow": 700, "quote_amount": "5000"}),
        ),
    ];
    for (strategy, params) in cases {
        let trial = Trial {
            strategy: strategy.to_owned(),
            params,
            rules: Rules::default(),
            candles: candles.clone(),
            funds: Decimal::from(10_000),
            part: None,
        };
        let begun = Instant::now();
        let report = backtest(&trial).unwrap();
        let took = begun.elapsed();
        assert!(!report.trades.is_empty());
        assert!(took < Duration::from_secs(2), "{strategy}: {took:?}");
    }
}
