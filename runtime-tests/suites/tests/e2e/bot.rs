//! Bots, from made to deleted: a trigger becomes an execution, an order, a fill.

use serde_json::json;
use spindle_harness::{Account, App};

use crate::order::{get, pair, until};

const BOTS: &str = "/api/v1/trading/bots";

#[tokio::test]
async fn a_paper_bot_is_triggered_and_its_execution_order_and_fill_are_seen() {
    let app = App::shared();
    let Some(pair) = pair(app).await else { return };
    let account = Account::new(app).await;
    let bot = json!({"name": "Savings", "strategy": "dca", "params": {"quote_amount": "100", "every": 86400},
        "pair": pair, "mode": "paper", "every": 86400});
    let made = app
        .call("POST", BOTS)
        .bearer(&account.token)
        .json(bot)
        .await
        .expect(201);
    let path = format!("{BOTS}/{}", made.text_at("/id"));
    let tell = async |command: &str, status| {
        app.call("POST", &format!("{path}/{command}"))
            .bearer(&account.token)
            .header("idempotency-key", "one")
            .send()
            .await
            .expect(status)
    };
    let _ = tell("trigger", 409).await;
    let _ = tell("start", 202).await;
    // The first look at the market comes with the start.
    until(app, &account, &path, |bot| bot["position"]["trades"] == 1).await;
    for _ in 0..3 {
        let _ = tell("trigger", 202).await;
    }
    until(app, &account, &path, |bot| bot["position"]["trades"] == 2).await;
    let executions = get(app, &account, &format!("{path}/executions")).await;
    let triggered = executions["items"].as_array().map(|items| {
        items
            .iter()
            .filter(|item| item["trigger"] == "manual")
            .count()
    });
    assert_eq!(triggered, Some(1), "{executions}");
    let status = get(app, &account, &format!("{path}/status")).await;
    assert_eq!(status["health"], "ok");
    let _ = tell("stop", 202).await;
    let _ = app
        .call("DELETE", &path)
        .bearer(&account.token)
        .send()
        .await
        .expect(204);
    let dashboard = get(app, &account, "/api/v1/trading/dashboard").await;
    // Both of them, though midnight may lie between.
    let days = dashboard["series"].as_array().unwrap();
    let trades = days.iter().filter_map(|day| day["trades"].as_i64());
    assert_eq!(trades.sum::<i64>(), 2, "{dashboard}");
}
