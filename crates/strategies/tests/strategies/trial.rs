//! Random candles, parameters that work, and what is tried with both.

use rust_decimal::Decimal;
use serde_json::Value;
use spindle_strategies::{Candle, Position, Report, Rules, Situation, Trial, backtest};

pub(crate) fn d(text: &str) -> Decimal {
    text.parse().unwrap()
}

/// A linear congruential generator (Knuth's MMIX): the same candles on every machine.
pub(crate) struct Numbers(pub(crate) u64);

impl Numbers {
    pub(crate) fn below(&mut self, bound: u64) -> u64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % bound
    }

    /// A walk of prices around 100, never below 20.
    pub(crate) fn candles(&mut self, count: i64) -> Vec<Candle> {
        let mut price = 10_000_i64;
        (0..count)
            .map(|n| {
                let open = price;
                price = (price + i64::try_from(self.below(401)).unwrap() - 200).max(2_000);
                let reach = i64::try_from(self.below(100)).unwrap();
                let (top, bottom) = (open.max(price) + reach, open.min(price) - reach);
                let money = |cents| Decimal::new(cents, 2);
                Candle {
                    start: n * 3600,
                    open: money(open),
                    high: money(top),
                    low: money(bottom),
                    close: money(price),
                }
            })
            .collect()
    }
}

pub(crate) fn rules() -> Rules {
    Rules {
        tick_size: Decimal::new(1, 2),
        ..Rules::default()
    }
}

pub(crate) fn situation(params: Value) -> Situation {
    Situation {
        params,
        rules: rules(),
        bid: d("100"),
        ask: d("100.1"),
        candles: Vec::new(),
        position: Position::default(),
        funds: Some(d("1000")),
        orders: Vec::new(),
        memory: Value::Null,
        now: 1_000_000_000_000,
        started_at: 1_000_000_000_000,
        generation: 3,
        every: 60,
        manual: false,
        paused: false,
    }
}

pub(crate) fn trial(strategy: &str, params: Value, candles: Vec<Candle>) -> Report {
    backtest(&wanted(strategy, params, candles)).unwrap()
}

pub(crate) fn wanted(strategy: &str, params: Value, candles: Vec<Candle>) -> Trial {
    Trial {
        strategy: strategy.to_owned(),
        params,
        rules: rules(),
        candles,
        funds: d("10000"),
        part: None,
    }
}

pub(crate) const GRID: &str = r#"{"lower":"60","upper":"140","levels":16,"quote_per_level":"200"}"#;
pub(crate) const SMA: &str = r#"{"interval":60,"fast":5,"slow":20,"quote_amount":"5000"}"#;
pub(crate) const DCA: &str = r#"{"quote_amount":"50","every":86400}"#;

pub(crate) fn params(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}
