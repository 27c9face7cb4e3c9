//! What a grid keeps to.

use rust_decimal::Decimal;
use serde_json::{Value, json};
use spindle_strategies::{Action, Candle, OrderView, Position, Side, Situation, Skip, decide};

use crate::trial::{GRID, Numbers, d, params, situation, trial};

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

/// 90, 95, 100, 105, 110.
fn five_levels(on_exit: &str) -> Value {
    json!({"lower": "90", "upper": "110", "levels": 4, "quote_per_level": "50", "on_exit": on_exit})
}

/// What is placed: side, price, volume and name.
fn placed(actions: &[Action]) -> Vec<(Side, String, String, String)> {
    actions
        .iter()
        .map(|action| match action {
            Action::Place(order) => (
                order.side,
                order.price.unwrap().normalize().to_string(),
                order.volume.to_string(),
                order.tag.clone().unwrap(),
            ),
            Action::Cancel(id) => panic!("takes {id} back"),
        })
        .collect()
}

fn order(tag: &str, side: Side, price: &str, volume: &str, open: bool) -> OrderView {
    OrderView {
        id: tag.to_owned(),
        tag: Some(tag.to_owned()),
        side,
        price: Some(d(price)),
        volume: d(volume),
        executed: if open { Decimal::ZERO } else { d(volume) },
        open,
    }
}

#[test]
fn what_a_level_has_bought_is_sold_one_higher_and_then_it_buys_again() {
    let low = order("g3:0:0:0", Side::Buy, "90", "0.55417013", true);
    let bought = order("g3:1:0:0", Side::Buy, "95", "0.52500328", false);
    let sold = order("g3:1:0:1", Side::Sell, "100", "0.52500328", false);
    let held = "0.52500328";
    let expected = |side, price: &str, volume: &str, tag: &str| {
        (side, price.to_owned(), volume.to_owned(), tag.to_owned())
    };
    let steps = [
        // All levels below the bid but the nearest, 100: 50 / 1.0025 / 90, and so on.
        (
            ("102", "0", vec![]),
            vec![
                expected(Side::Buy, "90", "0.55417013", "g3:0:0:0"),
                expected(Side::Buy, "95", "0.52500328", "g3:1:0:0"),
            ],
        ),
        (
            ("96", held, vec![low.clone(), bought]),
            vec![expected(Side::Sell, "100", held, "g3:1:0:1")],
        ),
        (
            ("101", "0", vec![low, sold]),
            vec![expected(Side::Buy, "95", held, "g3:1:1:0")],
        ),
    ];
    let mut memory = Value::Null;
    for ((bid, base, orders), expected) in steps {
        let now = Situation {
            bid: d(bid),
            ask: d(bid) + d("0.1"),
            orders,
            memory,
            position: Position {
                base: d(base),
                cost: Decimal::ZERO,
            },
            ..situation(five_levels("hold"))
        };
        let decision = decide("grid", &now).unwrap();
        assert_eq!(placed(&decision.actions), expected, "at {bid}");
        memory = decision.memory;
    }
}

#[test]
fn a_cycle_gains_the_step_less_both_fees() {
    let candle = |n: i64, low: &str, high: &str, close: &str| Candle {
        start: n * 3600,
        open: d(close),
        high: d(high),
        low: d(low),
        close: d(close),
    };
    let candles = vec![
        candle(0, "102", "102", "102"),
        candle(1, "94", "96", "96"),
        candle(2, "96", "101", "101"),
    ];
    let report = trial("grid", five_levels("hold"), candles);
    let trades: Vec<(Side, Decimal, Decimal)> = report
        .trades
        .iter()
        .map(|trade| (trade.side, trade.price, trade.volume))
        .collect();
    let volume = d("0.52500328");
    let bought = (Side::Buy, d("95"), volume);
    assert_eq!(trades, [bought, (Side::Sell, d("100"), volume)]);
    assert_eq!(report.realized, volume * d("5") - report.fees);
    assert_eq!(report.realized, d("2.369077301"));
}

#[test]
fn outside_of_its_levels_a_grid_waits_stops_or_sells_and_stops() {
    let open = order("g3:0:0:0", Side::Buy, "90", "0.5", true);
    let back = Action::Cancel("g3:0:0:0".to_owned());
    for bid in ["89.9", "110.1"] {
        let out = |on_exit: &str, base: &str, orders: Vec<OrderView>| {
            let now = Situation {
                bid: d(bid),
                ask: d(bid) + d("0.1"),
                orders,
                position: Position {
                    base: d(base),
                    cost: Decimal::ZERO,
                },
                ..situation(five_levels(on_exit))
            };
            decide("grid", &now).unwrap()
        };
        let waits = out("hold", "1", Vec::new());
        assert_eq!(waits.skip, Some(Skip::PriceGuard), "{bid}");
        assert!(waits.stop.is_none() && waits.actions.is_empty());

        let stops = out("stop", "1", vec![open.clone()]);
        assert!(stops.stop.is_some(), "{bid}");
        assert_eq!(
            stops.actions,
            std::slice::from_ref(&back),
            "and keeps what it holds"
        );

        // First its orders, then what it holds, then the end.
        let takes_back = out("close", "1", vec![open.clone()]);
        assert_eq!(
            (takes_back.actions, takes_back.stop),
            (vec![back.clone()], None)
        );
        let sells = out("close", "1", Vec::new());
        assert_eq!(sells.stop, None);
        assert!(
            matches!(
                sells.actions.as_slice(),
                [Action::Place(sale)] if sale.side == Side::Sell && sale.volume == d("1") && sale.price.is_none()
            ),
            "{sells:?}"
        );
        let ends = out("close", "0", Vec::new());
        assert!(ends.stop.is_some() && ends.actions.is_empty(), "{ends:?}");
    }
}
