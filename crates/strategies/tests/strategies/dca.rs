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
        let decision = decide("dca", &situation(changed(&change))).unwrap();
        assert_eq!(decision.skip, Some(reason), "{change}");
        assert!(decision.actions.is_empty());
    }
}

#[test]
fn an_order_of_dca_has_its_period_and_no_more() {
    let open = |change: Value| {
        let mut wanted = changed(&change);
        wanted["order"] = json!("limit");
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

/// The parameters with one or more of them changed.
fn changed(change: &Value) -> Value {
    let mut wanted = params(DCA);
    for (name, value) in change.as_object().unwrap() {
        wanted[name] = value.clone();
    }
    wanted
}

#[test]
fn a_purchase_of_dca_has_the_volume_that_its_amount_pays_and_the_slot_of_its_period() {
    let two_days_ago = 1_000_000_000 - 2 * 86_400;
    let cases = [
        // 50 / 1.004 / 100.1
        (json!({}), "dca:3:0", None, "0.49751045"),
        (
            json!({"start_at": two_days_ago}),
            "dca:2",
            None,
            "0.49751045",
        ),
        // 1 % below the bid: 50 / 1.004 / 99
        (
            json!({"order": "limit", "limit_offset_bps": 100}),
            "dca:3:0",
            Some("99"),
            "0.50303835",
        ),
    ];
    for (change, slot, price, volume) in cases {
        let decision = decide("dca", &situation(changed(&change))).unwrap();
        assert_eq!(decision.slot, slot, "{change}");
        let [Action::Place(placement)] = decision.actions.as_slice() else {
            panic!("{decision:?}");
        };
        let expected = (Side::Buy, price.map(d), d(volume));
        let found = (placement.side, placement.price, placement.volume);
        assert_eq!(found, expected, "{change}");
    }
}

#[test]
fn a_period_in_which_dca_buys_nothing_says_why() {
    let usual = |change: Value| situation(changed(&change));
    let paused = Situation {
        paused: true,
        ..usual(json!({}))
    };
    let cases = [
        (usual(json!({"start_at": 1_000_000_001})), Skip::NoSignal),
        // With its fee it is worth less than the exchange takes.
        (usual(json!({"quote_amount": "0.5"})), Skip::BelowMinimum),
        (paused, Skip::Paused),
    ];
    for (now, reason) in cases {
        let decision = decide("dca", &now).unwrap();
        assert_eq!(decision.skip, Some(reason));
        assert!(decision.actions.is_empty(), "{reason:?}");
    }
}
