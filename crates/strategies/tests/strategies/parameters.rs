//! Parameters that cannot work are told apart from those that can.

use rust_decimal::Decimal;
use serde_json::json;
use spindle_strategies::check;

use crate::trial::{DCA, GRID, SMA, params, rules};

#[test]
fn parameters_that_cannot_work_are_named() {
    let cases = [
        ("nope", json!({}), "strategy"),
        ("dca", json!({}), "params.quote_amount"),
        ("dca", json!({"quote_amount": 1.5}), "params.quote_amount"),
        (
            "dca",
            json!({"quote_amount": "50", "every": 60}),
            "params.every",
        ),
        ("dca", json!(null), "params"),
        (
            "dca",
            json!(["50", 86400, null, null, "market", 0, null, null]),
            "params",
        ),
        (
            "dca",
            json!({"quote_amount": "50", "max_price": "-1"}),
            "params.max_price",
        ),
        (
            "dca",
            json!({"quote_amount": "50", "max_total_quote": "0"}),
            "params.max_total_quote",
        ),
        (
            "sma-crossover",
            json!({"interval": 7, "fast": 5, "slow": 20, "quote_amount": "50"}),
            "params.interval",
        ),
        (
            "sma-crossover",
            json!({"interval": 60, "fast": 20, "slow": 20, "quote_amount": "50"}),
            "params.fast",
        ),
        (
            "grid",
            json!({"lower": "100", "upper": "90", "levels": 4, "quote_per_level": "50"}),
            "params.lower",
        ),
        (
            "grid",
            json!({"lower": "100", "upper": "101", "levels": 50, "quote_per_level": "50"}),
            "params.levels",
        ),
        (
            "grid",
            json!({"lower": "60", "upper": "140", "levels": 8, "quote_per_level": "0.001"}),
            "params.quote_per_level",
        ),
        (
            "grid",
            json!({"lower": "60", "upper": Decimal::MAX, "levels": 8, "quote_per_level": "50"}),
            "params.upper",
        ),
        (
            "grid",
            json!({"lower": "0.0000000000000000000000000001", "upper": "140", "levels": 8, "spacing": "geometric", "quote_per_level": "50"}),
            "params.lower",
        ),
        (
            "grid",
            json!({"lower": "60", "upper": "140", "levels": 8, "quote_per_level": Decimal::MAX}),
            "params.quote_per_level",
        ),
        (
            "dca",
            json!({"quote_amount": Decimal::MAX}),
            "params.quote_amount",
        ),
        (
            "sma-crossover",
            json!({"interval": 60, "fast": 5, "slow": 20, "quote_amount": Decimal::MAX}),
            "params.quote_amount",
        ),
    ];
    for (strategy, params, field) in cases {
        let faults = check(strategy, &params, &rules());
        assert_eq!(
            faults.first().map(|fault| fault.field.as_str()),
            Some(field),
            "{strategy} {params}: {faults:?}"
        );
    }
    for (strategy, text) in [("grid", GRID), ("sma-crossover", SMA), ("dca", DCA)] {
        assert_eq!(check(strategy, &params(text), &rules()), []);
    }
}
