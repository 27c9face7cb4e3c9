//! A bot that nobody could look after for hours goes on where it is, and says what it missed.

use http::Method;
use serde_json::json;
use uuid::Uuid;

use crate::stage::Stage;

const BOTS: &str = "/api/v1/trading/bots";

#[tokio::test]
async fn missed_periods_are_told_once_and_not_made_up_for() {
    let (stage, user) = (Stage::new().await, Uuid::now_v7());
    stage.price("XBTUSD", "30000", "30010");
    let body = json!({"name": "Savings", "strategy": "dca", "pair": "XBTUSD", "mode": "paper", "every": 60,
        "params": {"quote_amount": "100", "every": 3600}});
    let made = stage.call(user, Method::POST, BOTS, Some(body)).await;
    let path = format!("{BOTS}/{}/start", made.json()["id"].as_str().unwrap());
    assert_eq!(
        stage.call(user, Method::POST, &path, None).await.status,
        202
    );
    stage.work().await;
    for ahead in [4 * 3600 + 60, 4 * 3600 + 180] {
        stage.advance(ahead).await;
        let _ = stage.task("tick_bots", "tick", json!({})).await;
        stage.work().await;
    }
    assert_eq!(stage.count("select count(*) from trading.orders").await, 2);
    let told = "select count(*) from platform.outbox where type = 'bot.trade.skipped'
        and payload::text like '%missed_slot%' and payload::text ~ '\"missed\": ?3'";
    assert_eq!(stage.count(told).await, 1, "three hours between the two");
}
