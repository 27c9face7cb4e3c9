//! Purchases at regular times.

use rust_decimal::Decimal;
use serde_json::{Value, json};
use spindle_strategies::{Action, OrderView, Side, Situation, Skip, decide};

use crate::trial::{DCA, d, params, situation};

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
