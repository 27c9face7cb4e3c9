//! Backtests: accepted, run by a task, and kept for their owner.

use http::Method;
use serde_json::json;
use uuid::Uuid;

use crate::owner::Owner;

#[tokio::test]
async fn a_backtest_runs_over_stored_candles_and_is_kept() {
    let owner = Owner::new().await;
    let body = json!({"strategy": "sma-crossover", "pair": "XBTUSD", "funds": "10000",
        "params": {"interval": 60, "fast": 5, "slow": 20, "quote_amount": "5000"}});
    let asked = owner
        .stage
        .call(
            owner.user,
            Method::POST,
            "/api/v1/trading/backtests",
            Some(body),
        )
        .await;
    assert_eq!(asked.status, 202, "{}", asked.text);
    let path = format!(
        "/api/v1/trading/backtests/{}",
        asked.body["id"].as_str().unwrap()
    );
    let read = async || {
        let answer = owner.stage.call(owner.user, Method::GET, &path, None).await;
        answer.body
    };
    assert_eq!(read().await["state"], "queued");
    // An attempt that dies after its beginning is done again.
    let start = "select trading.start_backtest(t.id, 1)::text from trading.backtests t";
    owner.stage.sql.query_one(start, &[]).await.unwrap();
    let running = read().await;
    assert_eq!(
        (&running["state"], &running["candles"]),
        (&json!("running"), &json!(1))
    );
    assert!(running["started_at"].is_string());

    owner.stage.work().await;
    let done = read().await;
    assert_eq!(done["state"], "done", "{done}");
    assert_eq!(done["candles"], 719);
    assert_eq!(done["report"]["candles"], 719);
    assert!(done["report"]["trades"].as_array().unwrap().len() > 5);
    let foreign = owner
        .stage
        .call(Uuid::now_v7(), Method::GET, &path, None)
        .await;
    assert_eq!(foreign.status, 404);

    let kept = "select count(*) from trading.backtests";
    assert_eq!(owner.stage.count(kept).await, 1);
    owner.stage.user_event("user.deleted", owner.user).await;
    assert_eq!(owner.stage.count(kept).await, 0);
}
