//! Market data: one question to the exchange for all who ask.

use futures::future::join_all;
use http::Method;
use uuid::Uuid;

use crate::stage::Stage;

const MARKET: &str = "/api/v1/trading/market";

#[tokio::test]
async fn prices_are_asked_for_once_for_all_users() {
    let stage = Stage::new().await;
    let users: Vec<Uuid> = (0..20).map(|_| Uuid::now_v7()).collect();
    let path = format!("{MARKET}/ticker?pair=BTC/USD");
    let answers = join_all(
        users
            .iter()
            .map(|user| stage.call(*user, Method::GET, &path, None)),
    )
    .await;
    for answer in &answers {
        assert_eq!(answer.status, 200, "{}", answer.text);
        assert_eq!(answer.json()["items"][0]["pair"], "XBTUSD");
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
    let json = answer.json();
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
    let json = answer.json();
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
        assert_eq!(
            answer.problem(),
            (503, "exchange-unreachable".to_owned()),
            "{path}"
        );
    }
}
