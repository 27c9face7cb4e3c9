//! What an account has at the exchange, live and normalised.

use http::Method;
use serde_json::json;
use uuid::Uuid;

use crate::stage::{Stage, TRADING};

const ACCOUNT: &str = "/api/v1/trading/account";

#[tokio::test]
async fn balances_orders_and_trades_are_read_with_the_pairs_short_names() {
    let (stage, user) = (Stage::new().await, Uuid::now_v7());
    let key = stage.key(&TRADING);
    let key_id = stage.connected(user, &key).await;
    stage.price("XBTUSD", "30000", "30010");
    for body in [
        json!({"type": "market"}),
        json!({"type": "limit", "limit_price": "20000"}),
    ] {
        let mut order = json!({"mode": "live", "key_id": key_id, "pair": "XBTUSD", "side": "buy", "volume": "0.01"});
        for (name, value) in body.as_object().unwrap() {
            order[name] = value.clone();
        }
        stage.order(user, order).await;
    }
    stage.work().await;
    stage.advance(60).await;

    let read = async |what: &str| {
        let path = format!("{ACCOUNT}/{what}?key={key_id}");
        let answer = stage.call(user, Method::GET, &path, None).await;
        assert_eq!(answer.status, 200, "{what}: {}", answer.text);
        answer.body["items"].clone()
    };
    let balances = read("balances").await;
    let dollars = balances
        .as_array()
        .unwrap()
        .iter()
        .find(|balance| balance["asset"] == "ZUSD")
        .unwrap();
    assert_ne!(dollars["held"], "0", "the resting order holds funds");
    let open = read("open-orders").await;
    assert_eq!(
        (
            &open[0]["pair"],
            &open[0]["status"],
            &open[0]["limit_price"]
        ),
        (&json!("XBTUSD"), &json!("open"), &json!("20000"))
    );
    assert_eq!(read("closed-orders").await[0]["status"], "closed");
    let trades = read("trades").await;
    assert_eq!(
        (&trades[0]["pair"], &trades[0]["price"]),
        (&json!("XBTUSD"), &json!("30010"))
    );

    let calls = stage.simulator.journal().len();
    for what in ["closed-orders", "trades"] {
        for (field, value) in [
            ("since", -1),
            ("since", i64::MAX),
            ("since", 1 << 32),
            ("offset", 10_001),
        ] {
            let path = format!("{ACCOUNT}/{what}?key={key_id}&{field}={value}");
            let answer = stage.call(user, Method::GET, &path, None).await;
            assert_eq!(answer.problem(), (422, "validation"), "{path}");
            assert_eq!(answer.fields(), [field], "{path}");
        }
    }
    assert_eq!(stage.simulator.journal().len(), calls);
    for what in ["balances", "open-orders", "closed-orders", "trades"] {
        let foreign = format!("{ACCOUNT}/{what}?key={key_id}");
        let answer = stage
            .call(Uuid::now_v7(), Method::GET, &foreign, None)
            .await;
        assert_eq!(answer.status, 404, "{what}");
        let bad = stage
            .call(user, Method::GET, &format!("{ACCOUNT}/{what}?key=x"), None)
            .await;
        assert_eq!(bad.status, 422, "{what}");
    }
}

#[tokio::test]
async fn calls_beyond_the_exchanges_limit_are_refused_here_and_not_there() {
    let (stage, user) = (Stage::new().await, Uuid::now_v7());
    let key = stage.key(&TRADING);
    let key_id = stage.connected(user, &key).await;
    let path = format!("{ACCOUNT}/balances?key={key_id}");
    let mut limited = 0;
    // One more is allowed every three seconds: on a slow machine it takes more of them.
    for _ in 0..200 {
        let answer = stage.call(user, Method::GET, &path, None).await;
        if answer.status == 429 {
            assert_eq!(answer.problem().1, "rate-limited");
            limited += 1;
        }
        if limited == 5 {
            break;
        }
    }
    assert!(limited > 0);
    assert!(
        stage
            .simulator
            .journal()
            .iter()
            .all(|entry| !entry.outcome.contains("Rate limit"))
    );
}
