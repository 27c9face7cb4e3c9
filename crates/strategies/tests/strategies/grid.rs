//! What a grid keeps to.

use rust_decimal::Decimal;
use serde_json::{Value, json};
use spindle_strategies::{Action, OrderView, Position, Side, Situation, decide};

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
