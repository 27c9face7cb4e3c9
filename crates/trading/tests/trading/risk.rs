//! What a bot may risk, and who else stops it.

use serde_json::json;

use crate::owner::{Owner, dca, grid};
use crate::stage::TRADING;

#[tokio::test]
async fn limits_of_a_bot_hold_and_a_loss_stops_it_and_tells() {
    let owner = Owner::new().await;
    let mut body = dca();
    body["risk"] = json!({"max_order_value": "50"});
    let id = owner.create(body).await;
    owner.tell(&id, "start").await;
    owner.stage.work().await;
    let order = "select count(*) from trading.orders where reason = 'risk_limit:max_order_value'";
    assert_eq!(owner.stage.count(order).await, 1);
    let skipped = "select count(*) from platform.outbox where type = 'bot.trade.skipped'";
    assert_eq!(owner.stage.count(skipped).await, 1);

    let mut body = dca();
    body["risk"] = json!({"max_daily_loss": "5"});
    let id = owner.create(body).await;
    owner.tell(&id, "start").await;
    owner.stage.work().await;
    owner.stage.price("XBTUSD", "25000", "25010");
    let mut now = 0;
    owner.pass(70, &mut now).await;
    let bot = owner.read(&id, "").await;
    // The slot of this hour is taken; the loss shows at the next purchase.
    if bot["state"] == "running" {
        owner.pass(3600, &mut now).await;
    }
    let bot = owner.read(&id, "").await;
    assert_eq!(
        (&bot["state"], &bot["stopped_by"]),
        (&json!("stopped"), &json!("risk")),
        "{bot}"
    );
    let told = "select count(*) from platform.tasks where kind = 'notify' and payload ->> 'type' = 'bot_stopped'";
    assert_eq!(owner.stage.count(told).await, 1);
    owner.rows_are_folds().await;
}

#[tokio::test]
async fn drift_of_a_key_stops_its_bots_and_no_others() {
    let owner = Owner::new().await;
    let key = owner.stage.key(&TRADING);
    let key_id = owner.stage.connected(owner.user, &key).await;
    let mut live = dca();
    live["mode"] = json!("live");
    live["key_id"] = json!(key_id);
    let live = owner.create(live).await;
    let paper = owner.create(dca()).await;
    for id in [&live, &paper] {
        assert_eq!(owner.tell(id, "start").await.0, 202);
    }
    owner.stage.work().await;
    let edit = kraken_simulator::KeyEdit {
        api_key: key.api_key.clone(),
        permissions: Some(vec!["query-funds".to_owned(), "withdraw-funds".to_owned()]),
        ..Default::default()
    };
    owner.stage.simulator.edit_key(edit).unwrap();
    let checked = owner
        .stage
        .task("check_key", "x", json!({"key_id": key_id}))
        .await;
    assert_eq!(checked.json()["status"], "drift", "{}", checked.text);
    let bot = owner.read(&live, "").await;
    assert_eq!(
        (&bot["state"], &bot["stopped_by"]),
        (&json!("stopped"), &json!("key"))
    );
    assert_eq!(owner.read(&paper, "").await["state"], "running");
    assert_eq!(owner.tell(&live, "start").await.0, 409);
    owner.rows_are_folds().await;
}

#[tokio::test]
async fn the_kill_switch_stops_all_bots_until_it_is_released() {
    let owner = Owner::new().await;
    let id = owner.create(grid()).await;
    owner.tell(&id, "start").await;
    owner.stage.work().await;
    let engage = "select trading.engage_kill_switch('{\"actor\": \"admin\"}', 'global', 'exchange trouble') ->> 'stopped'";
    let stopped: String = owner.stage.sql.query_one(engage, &[]).await.unwrap().get(0);
    assert_eq!(stopped, "1");
    owner.stage.work().await;
    let open = "select count(*) from trading.orders where finished_at is null";
    assert_eq!(owner.stage.count(open).await, 0);
    assert_eq!(owner.tell(&id, "start").await.0, 409);
    let release = "select trading.release_kill_switch('{}', 'global')::text";
    owner.stage.sql.query_one(release, &[]).await.unwrap();
    assert_eq!(owner.tell(&id, "start").await.0, 202);
}
