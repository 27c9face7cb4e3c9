//! What every strategy keeps to, on fixed candles and on many random ones.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "what a test's helper trips over fails the test"
)]

use rust_decimal::Decimal;
use serde_json::{Value, json};
use spindle_strategies::{
    Action, Candle, OrderView, Position, Report, Rules, Side, Situation, Skip, Trial, backtest,
    check, decide,
};

fn d(text: &str) -> Decimal {
    text.parse().unwrap()
}

/// A linear congruential generator (Knuth's MMIX): the same candles on every machine.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % bound
    }

    /// A walk of prices around 100, never below 20.
    fn candles(&mut self, count: i64) -> Vec<Candle> {
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

fn rules() -> Rules {
    Rules {
        tick_size: Decimal::new(1, 2),
        ..Rules::default()
    }
}

fn situation(params: Value) -> Situation {
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

fn trial(strategy: &str, params: Value, candles: Vec<Candle>) -> Report {
    let trial = Trial {
        strategy: strategy.to_owned(),
        params,
        rules: rules(),
        candles,
        funds: d("10000"),
    };
    backtest(&trial).unwrap()
}

const GRID: &str = r#"{"lower":"60","upper":"140","levels":16,"quote_per_level":"200"}"#;
const SMA: &str = r#"{"interval":60,"fast":5,"slow":20,"quote_amount":"5000"}"#;
const DCA: &str = r#"{"quote_amount":"50","every":86400}"#;

fn params(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

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
fn a_grid_gains_on_every_sale_of_a_whole_cycle() {
    let mut sales = 0;
    for seed in 0..10 {
        let report = trial("grid", params(GRID), Numbers(seed).candles(600));
        // Levels are 5 apart and fees a quarter of a percent each way: each pair gains, whatever the average cost says.
        let bought: Vec<_> = report
            .trades
            .iter()
            .filter(|trade| trade.side == Side::Buy)
            .collect();
        for sale in report
            .trades
            .iter()
            .filter(|trade| trade.side == Side::Sell)
        {
            sales += 1;
            let pair = bought
                .iter()
                .find(|buy| buy.volume == sale.volume && buy.price + d("5") <= sale.price);
            assert!(
                pair.is_some(),
                "{seed}: {sale:?} has no purchase one level below"
            );
        }
    }
    assert!(sales > 10, "{sales} sales");
}

#[test]
fn a_grid_has_one_order_a_level_and_names_none_twice() {
    for seed in 0..20 {
        let mut numbers = Numbers(seed);
        let (mut memory, mut orders): (Value, Vec<OrderView>) = (Value::Null, Vec::new());
        let (mut names, mut base) = (std::collections::BTreeSet::new(), Decimal::ZERO);
        for step in 0..400 {
            let price = Decimal::from(70 + numbers.below(60));
            let now = Situation {
                bid: price,
                ask: price + d("0.1"),
                memory: memory.clone(),
                orders: orders.clone(),
                position: Position {
                    base,
                    cost: Decimal::ZERO,
                },
                now: 1_000_000_000_000 + step * 60_000,
                ..situation(params(GRID))
            };
            let decision = decide("grid", &now).unwrap();
            memory = decision.memory;
            // What has ended was seen by the decision.
            orders.retain(|order| order.open);
            for action in decision.actions {
                let Action::Place(placement) = action else {
                    continue;
                };
                let tag = placement.tag.clone().unwrap();
                assert!(names.insert(tag.clone()), "{tag} twice");
                orders.push(OrderView {
                    id: tag.clone(),
                    tag: Some(tag),
                    side: placement.side,
                    price: placement.price,
                    volume: placement.volume,
                    executed: Decimal::ZERO,
                    open: true,
                });
            }
            let open: Vec<&str> = orders
                .iter()
                .filter(|order| order.open)
                .map(|order| order.tag.as_deref().unwrap().split(':').nth(1).unwrap())
                .collect();
            let levels: std::collections::BTreeSet<&&str> = open.iter().collect();
            assert_eq!(levels.len(), open.len(), "{seed}: two orders at one level");
            let selling: Decimal = orders
                .iter()
                .filter(|order| order.open && order.side == Side::Sell)
                .map(|order| order.volume - order.executed)
                .sum();
            assert!(selling <= base, "{seed}: offers {selling} of {base}");
            // The market does what it likes: fills wholly, in part, refuses, or nothing.
            for order in orders.iter_mut().filter(|order| order.open) {
                let part = match numbers.below(8) {
                    0 | 1 => order.volume - order.executed,
                    2 => ((order.volume - order.executed) / Decimal::TWO).trunc_with_scale(8),
                    3 => {
                        order.open = false;
                        continue;
                    }
                    _ => continue,
                };
                order.executed += part;
                order.open = order.executed < order.volume;
                match order.side {
                    Side::Buy => base += part,
                    Side::Sell => base -= part,
                }
            }
        }
    }
}

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

#[test]
fn a_period_of_dca_is_one_slot_and_costs_what_it_may() {
    let first = decide("dca", &situation(params(DCA))).unwrap();
    let later = Situation {
        now: 1_000_000_000_000 + 86_399_000,
        ..situation(params(DCA))
    };
    assert_eq!(first.slot, decide("dca", &later).unwrap().slot);
    let next = Situation {
        now: 1_000_000_000_000 + 86_400_000,
        ..situation(params(DCA))
    };
    assert_ne!(first.slot, decide("dca", &next).unwrap().slot);
    let [Action::Place(placement)] = first.actions.as_slice() else {
        panic!("{first:?}");
    };
    let cost = placement.volume * d("100.1") * d("1.004");
    assert!(cost <= d("50") && cost > d("49.99"), "{cost}");

    let cases = [
        (json!({"max_price": "100"}), Skip::PriceGuard),
        (json!({"max_total_quote": "49"}), Skip::RiskLimit),
        (json!({"quote_amount": "2000"}), Skip::InsufficientFunds),
    ];
    for (change, reason) in cases {
        let mut wanted = params(DCA);
        for (name, value) in change.as_object().unwrap() {
            wanted[name] = value.clone();
        }
        let decision = decide("dca", &situation(wanted)).unwrap();
        assert_eq!(decision.skip, Some(reason), "{change}");
        assert!(decision.actions.is_empty());
    }
}

#[test]
fn an_order_of_dca_has_its_period_and_no_more() {
    let open = |change: Value| {
        let mut wanted = params(DCA);
        wanted["order"] = json!("limit");
        for (name, value) in change.as_object().unwrap() {
            wanted[name] = value.clone();
        }
        Situation {
            orders: vec![OrderView {
                id: "last".to_owned(),
                tag: None,
                side: Side::Buy,
                price: Some(d("99")),
                volume: d("0.5"),
                executed: Decimal::ZERO,
                open: true,
            }],
            ..situation(wanted)
        }
    };
    let cancelled = Action::Cancel("last".to_owned());
    let bought = decide("dca", &open(json!({}))).unwrap();
    assert_eq!(bought.actions.first(), Some(&cancelled));
    assert_eq!(bought.actions.len(), 2);
    let skipped = decide("dca", &open(json!({"max_price": "100"}))).unwrap();
    assert_eq!(skipped.skip, Some(Skip::PriceGuard));
    assert_eq!(skipped.actions, [cancelled]);
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

#[test]
fn geometric_levels_are_a_constant_ratio_apart() {
    let wanted = json!({"lower": "50", "upper": "200", "levels": 4, "spacing": "geometric", "quote_per_level": "50"});
    let now = Situation {
        bid: d("199"),
        ask: d("199.1"),
        ..situation(wanted)
    };
    let prices: Vec<Decimal> = decide("grid", &now)
        .unwrap()
        .actions
        .into_iter()
        .filter_map(|action| match action {
            Action::Place(placement) => placement.price,
            Action::Cancel(_) => None,
        })
        .collect();
    assert_eq!(
        prices,
        [d("50"), d("70.71"), d("100"), d("141.42")].map(|p| p - p % d("0.01"))
    );
}
