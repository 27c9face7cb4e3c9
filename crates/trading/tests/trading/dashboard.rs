//! The dashboard: every figure can be computed from balances, fills and prices.

use http::Method;
use rust_decimal::Decimal;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::owner::{Owner, dca};
use crate::stage::Stage;

const DASHBOARD: &str = "/api/v1/trading/dashboard";

fn decimal(value: &Value) -> Decimal {
    value.as_str().unwrap().parse().unwrap()
}

async fn dashboard(stage: &Stage, user: Uuid, query: &str) -> Value {
    let path = format!("{DASHBOARD}{query}");
    let answer = stage.call(user, Method::GET, &path, None).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    answer.json()
}

/// A bot that has bought for a hundred dollars, and a purchase by hand.
async fn traded() -> (Stage, Uuid) {
    let owner = Owner::new().await;
    let id = owner.create(dca()).await;
    assert_eq!(owner.tell(&id, "start").await.0, 202);
    let body = json!({"mode": "paper", "pair": "XBTUSD", "side": "buy", "type": "market", "volume": "0.1"});
    owner.stage.order(owner.user, body).await;
    owner.stage.work().await;
    (owner.stage, owner.user)
}

#[tokio::test]
async fn balances_and_positions_are_worth_what_fills_and_the_bid_say() {
    let (stage, user) = traded().await;
    stage.price("XBTUSD", "31000", "31010");
    let told = dashboard(&stage, user, "").await;
    let row = stage
        .sql
        .query_one(
            "select (10000 - sum(f.cost + f.fee))::text, sum(f.volume)::text,
                (sum(f.volume) filter (where f.bot_id is not null))::text,
                (sum(f.cost + f.fee) filter (where f.bot_id is not null))::text
             from trading.fills f",
            &[],
        )
        .await
        .unwrap();
    let figure = |index: usize| -> Decimal { row.get::<_, String>(index).parse().unwrap() };
    let bid = Decimal::from(31_000);
    assert_eq!(told["worth"]["quote"], "ZUSD");
    assert_eq!(
        decimal(&told["worth"]["paper_balances"]),
        figure(0) + figure(1) * bid
    );
    assert_eq!(told["worth"]["unpriced"], json!([]));
    let position = &told["positions"][0];
    assert_eq!(decimal(&position["value"]), figure(2) * bid);
    assert_eq!(
        decimal(&position["unrealized_pnl"]),
        figure(2) * bid - figure(3)
    );
    let sum: Decimal = told["paper_balances"]
        .as_array()
        .unwrap()
        .iter()
        .map(|balance| decimal(&balance["value"]))
        .sum();
    assert_eq!(sum, decimal(&told["worth"]["paper_balances"]));
}

#[tokio::test]
async fn the_currency_may_be_another_and_must_be_one() {
    let (stage, user) = traded().await;
    let told = dashboard(&stage, user, "?quote=eur").await;
    assert_eq!(told["worth"]["quote"], "ZEUR");
    let bitcoin = told["paper_balances"]
        .as_array()
        .unwrap()
        .iter()
        .find(|balance| balance["asset"] == "XXBT")
        .unwrap();
    assert!(decimal(&bitcoin["value"]) > Decimal::ZERO, "{told}");
    let wrong = format!("{DASHBOARD}?quote=CHEESE");
    let answer = stage.call(user, Method::GET, &wrong, None).await;
    assert_eq!(answer.status, 422, "{}", answer.text);
    assert_eq!(answer.json()["errors"][0]["field"], "quote");
}

#[tokio::test]
async fn without_the_exchange_the_rest_is_told() {
    let (stage, user) = (Stage::without_exchange().await, Uuid::now_v7());
    let told = dashboard(&stage, user, "").await;
    assert_eq!(
        (&told["bots"], told.get("worth")),
        (&json!([]), None),
        "{told}"
    );
}
