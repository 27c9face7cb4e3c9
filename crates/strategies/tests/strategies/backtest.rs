//! Backtests of every strategy, on many random candles.

use rust_decimal::Decimal;
use serde_json::json;
use spindle_strategies::{
    Part, Paused, Report, Side, Trial, backtest, backtest_part, check, decide,
};

use crate::trial::{DCA, GRID, Numbers, SMA, d, params, rules, situation, trial, wanted};

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

/// The same trial, of so many candles at a time; what goes from one part to the next is a document.
fn in_parts(whole: &Trial, length: usize) -> Report {
    let (mut book, mut trades) = (None, Vec::new());
    let mut parts = whole.candles.chunks(length).peekable();
    while let Some(candles) = parts.next() {
        let more = parts.peek().is_some();
        let of = whole.candles.len();
        let trial = Trial {
            candles: candles.to_vec(),
            part: Some(Part { book, of, more }),
            ..whole.clone()
        };
        if !more {
            let mut report = backtest(&trial).unwrap();
            trades.append(&mut report.trades);
            return Report { trades, ..report };
        }
        let document = serde_json::to_string(&backtest_part(&trial).unwrap()).unwrap();
        let paused: Paused = serde_json::from_str(&document).unwrap();
        trades.extend(paused.trades);
        book = Some(paused.book);
    }
    panic!("there are no candles");
}

#[test]
fn a_trial_in_parts_has_the_report_of_the_whole() {
    const LEAVING: &str =
        r#"{"lower":"80","upper":"120","levels":8,"quote_per_level":"200","on_exit":"close"}"#;
    const RESTING: &str =
        r#"{"quote_amount":"50","every":7200,"order":"limit","limit_offset_bps":100}"#;
    for (strategy, text) in [
        ("grid", GRID),
        ("grid", LEAVING),
        ("sma-crossover", SMA),
        ("dca", DCA),
        ("dca", RESTING),
    ] {
        // More candles than a report has points.
        let whole = wanted(strategy, params(text), Numbers(2).candles(701));
        let expected = backtest(&whole).unwrap();
        assert!(!expected.trades.is_empty(), "{text}");
        for length in [2, 7, 100, 700, 701] {
            let found = in_parts(&whole, length);
            let apart = found.sharpe.unwrap() - expected.sharpe.unwrap();
            assert!(apart.abs() < 1e-9, "{text} by {length}: {apart}");
            let sharpe = expected.sharpe;
            assert_eq!(Report { sharpe, ..found }, expected, "{text} by {length}");
        }
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
            part: None,
        };
        backtest(&trial).unwrap();
    }
}
