//! Backtests of every strategy, on many random candles.

use rust_decimal::Decimal;
use serde_json::json;
use spindle_strategies::{Side, Trial, backtest, check, decide};

use crate::trial::{DCA, GRID, Numbers, SMA, d, params, rules, situation, trial};

#[test]
fn the_same_trial_has_the_same_report() {
    for (strategy, text) in [("grid", GRID), ("sma-crossover", SMA), ("dca", DCA)] {
        let candles = Numbers(1).candles(600);
        let first = trial(strategy, params(text), candles.clone());
        assert!(!first.trades.is_empty(), "{strategy}");
        let second = trial(strategy, params(text), candles);
        assert_eq!(first, second, "{strategy}");
    }
}

#[test]
fn no_strategy_sells_more_than_it_owns_and_the_books_balance_to_the_last_decimal() {
    for seed in 0..12 {
        let candles = Numbers(seed).candles(600);
        for (strategy, text) in [("grid", GRID), ("sma-crossover", SMA), ("dca", DCA)] {
            let report = trial(strategy, params(text), candles.clone());
            let (mut base, mut cash) = (Decimal::ZERO, d("10000"));
            for trade in &report.trades {
                match trade.side {
                    Side::Buy => {
                        base += trade.volume;
                        cash -= trade.cost + trade.fee;
                    }
                    Side::Sell => {
                        base -= trade.volume;
                        cash += trade.cost - trade.fee;
                    }
                }
                assert!(
                    base >= Decimal::ZERO,
                    "{strategy} {seed}: sold what it had not"
                );
                assert!(
                    cash >= Decimal::ZERO,
                    "{strategy} {seed}: spent what it had not"
                );
            }
            let worth = cash + base * candles.last().unwrap().close;
            assert_eq!(worth, report.final_equity, "{strategy} {seed}");
            let fees: Decimal = report.trades.iter().map(|trade| trade.fee).sum();
            assert_eq!(fees, report.fees);
        }
    }
}

#[test]
fn the_largest_parameters_that_are_taken_can_be_run_with() {
    let most = "1000000000000";
    for (strategy, wanted) in [
        (
            "grid",
            json!({"lower": "0.01", "upper": most, "levels": 2, "spacing": "geometric", "quote_per_level": most}),
        ),
        (
            "grid",
            json!({"lower": "0.01", "upper": most, "levels": 50, "quote_per_level": most}),
        ),
        (
            "dca",
            json!({"quote_amount": most, "max_total_quote": most, "order": "limit"}),
        ),
        (
            "sma-crossover",
            json!({"interval": 60, "fast": 1, "slow": 2, "quote_amount": most}),
        ),
    ] {
        assert_eq!(check(strategy, &wanted, &rules()), [], "{strategy}");
        decide(strategy, &situation(wanted.clone())).unwrap();
        let mut numbers = Numbers(5);
        let trial = Trial {
            strategy: strategy.to_owned(),
            params: wanted,
            rules: rules(),
            candles: numbers.candles(300),
            funds: d("999999999999999999"),
        };
        backtest(&trial).unwrap();
    }
}
