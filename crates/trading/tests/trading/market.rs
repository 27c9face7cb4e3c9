//! Market data: one question to the exchange for all who ask.

use futures::future::join_all;
use http::Method;
use kraken_simulator::{Fault, FaultKind};
use serde_json::json;
use uuid::Uuid;

use crate::stage::{KEYS, Stage};

const MARKET: &str = "/api/v1/trading/market";

#[tokio::test]
async fn prices_are_asked_for_once_for_all_users() {
    let stage = Stage::new().await;
    let users: Vec<Uuid> = (0..20).map(|_| Uuid::now_v7()).collect();
    // They sign in beforehand: a price is kept for five seconds.
    let keys = users
        .iter()
        .map(|user| stage.call(*user, Method::GET, KEYS, None));
    join_all(keys).await;
    let path = format!("{MARKET}/ticker?pair=BTC/USD");
    let answers = join_all(
        users
            .iter()
            .map(|user| stage.call(*user, Method::GET, &path, None)),
    )
    .await;
    for answer in &answers {
        assert_eq!(answer.status, 200, "{}", answer.text);
        assert_eq!(answer.body["items"][0]["pair"], "XBTUSD");
    }
    assert_eq!(stage.called("Ticker"), 1);
    assert_eq!(stage.called("AssetPairs"), 1);
}

#[tokio::test]
async fn candles_come_with_the_running_one_apart() {
    let (stage, user) = (Stage::new().await, Uuid::now_v7());
    let path = format!("{MARKET}/ohlc?pair=XBTUSD&interval=60");
    let answer = stage.call(user, Method::GET, &path, None).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    let json = answer.body;
    assert_eq!(json["items"].as_array().unwrap().len(), 719);
    assert!(json["running"]["start"].as_str() > json["items"][718]["start"].as_str());
    for bad in [
        "pair=NOPE&interval=60",
        "pair=XBTUSD&interval=7",
        "interval=60",
    ] {
        let answer = stage
            .call(user, Method::GET, &format!("{MARKET}/ohlc?{bad}"), None)
            .await;
        assert_eq!(answer.status, 422, "{bad}");
    }
}

#[tokio::test]
async fn pairs_tell_the_rules_of_their_orders_and_a_new_one_is_found() {
    let (stage, user) = (Stage::new().await, Uuid::now_v7());
    let answer = stage
        .call(user, Method::GET, &format!("{MARKET}/pairs"), None)
        .await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    let json = answer.body;
    let bitcoin = json["items"]
        .as_array()
        .unwrap()
        .iter()
        .find(|pair| pair["name"] == "XBTUSD")
        .unwrap();
    assert_eq!(
        (&bitcoin["tick_size"], &bitcoin["taker_fee"]),
        (&"0.1".into(), &"0.004".into())
    );
}

#[tokio::test]
async fn what_cannot_be_asked_is_a_503_that_says_so() {
    let stage = Stage::without_exchange().await;
    for path in ["pairs", "ticker?pair=XBTUSD", "ohlc?pair=XBTUSD"] {
        let answer = stage
            .call(
                Uuid::now_v7(),
                Method::GET,
                &format!("{MARKET}/{path}"),
                None,
            )
            .await;
        assert_eq!(answer.problem(), (503, "exchange-unreachable"), "{path}");
    }
}

#[tokio::test]
async fn a_pair_that_the_exchange_has_no_more_is_no_fault_of_a_key() {
    let (stage, user) = (Stage::new().await, Uuid::now_v7());
    for (endpoint, path) in [
        ("Ticker", "ticker?pair=XBTUSD"),
        ("OHLC", "ohlc?pair=XBTUSD"),
    ] {
        let gone = FaultKind::Error {
            error: "EQuery:Unknown asset pair".to_owned(),
        };
        stage.simulator.plan_fault(Fault::next(gone).on(endpoint));
        let answer = stage
            .call(user, Method::GET, &format!("{MARKET}/{path}"), None)
            .await;
        assert_eq!(answer.problem(), (422, "validation"), "{path}");
        assert_eq!(answer.fields(), ["pair"], "{path}");
    }
}

#[tokio::test]
async fn a_bot_places_nothing_in_a_market_that_takes_no_orders_and_says_so() {
    let (stage, user) = (Stage::new().await, Uuid::now_v7());
    let url = format!("{}/__sim/status", stage.simulator.base_url());
    let closed = json!({"pair": "XBTUSD", "status": "cancel_only"});
    let set = reqwest::Client::new()
        .post(url)
        .body(closed.to_string())
        .send()
        .await
        .unwrap();
    assert!(set.status().is_success(), "{set:?}");
    let bots = "/api/v1/trading/bots";
    let body = json!({"name": "Savings", "strategy": "dca", "pair": "XBTUSD", "mode": "paper", "every": 60,
        "params": {"quote_amount": "100", "every": 3600}});
    let made = stage.call(user, Method::POST, bots, Some(body)).await;
    assert_eq!(made.status, 201, "{}", made.text);
    let path = format!("{bots}/{}", made.body["id"].as_str().unwrap());
    let start = format!("{path}/start");
    assert_eq!(
        stage.call(user, Method::POST, &start, None).await.status,
        202
    );
    stage.work().await;
    let told = stage
        .call(user, Method::GET, &format!("{path}/executions"), None)
        .await
        .body;
    assert_eq!(
        (&told["items"][0]["outcome"], &told["items"][0]["reason"]),
        (&json!("skipped"), &json!("market_not_online")),
        "{told}"
    );
    assert_eq!(stage.count("select count(*) from trading.orders").await, 0);
}
