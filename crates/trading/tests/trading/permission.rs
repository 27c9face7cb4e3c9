//! Bots act by their owner's permission to run them, and stop where it is taken back.

use http::Method;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::owner::{Owner, dca, grid};
use crate::stage::{ORDERS, TRADING};

impl Owner {
    /// A grid that runs, whose orders rest.
    async fn resting_grid(&self, key: Option<&str>) -> String {
        let mut body = grid();
        body["key_id"] = json!(key);
        body["mode"] = json!(if key.is_some() { "live" } else { "paper" });
        body["params"]["levels"] = json!(4);
        let id = self.create(body).await;
        assert_eq!(self.tell(&id, "start").await.0, 202);
        self.stage.work().await;
        id
    }

    async fn run(&self, sql: &str) {
        self.stage.sql.batch_execute(sql).await.unwrap();
    }

    async fn lose_the_role(&self) {
        let user = self.user;
        self.run(&format!(
            "delete from identity.account_roles where account_id = '{user}' and role = 'trader'"
        ))
        .await;
    }

    async fn open_orders(&self) -> i64 {
        let open = "select count(*) from trading.orders where finished_at is null";
        self.stage.count(open).await
    }
}

#[tokio::test]
async fn who_loses_the_role_or_is_disabled_has_their_bots_stopped_and_orders_taken_back() {
    let user_is_disabled = |user: Uuid| {
        format!("update identity.accounts set disabled_at = platform.now() where id = '{user}'")
    };
    for disabled in [false, true] {
        let owner = Owner::new().await;
        let (user, stage) = (owner.user, &owner.stage);
        let key = stage.connected(user, &stage.key(&TRADING)).await;
        let (live, paper) = (
            owner.resting_grid(Some(&key)).await,
            owner.resting_grid(None).await,
        );
        assert!(owner.open_orders().await > 2);
        stage.user_event("user.updated", user).await;
        assert_eq!(
            owner.read(&live, "").await["state"],
            "running",
            "a new name stops no bot"
        );
        if disabled {
            owner.run(&user_is_disabled(user)).await;
        } else {
            owner.lose_the_role().await;
        }
        for _ in 0..2 {
            stage.user_event("user.updated", user).await;
        }
        for id in [&live, &paper] {
            let bot = owner.read(id, "").await;
            assert_eq!(
                (&bot["state"], &bot["stopped_by"]),
                (&json!("stopped"), &json!("system"))
            );
        }
        for ahead in 1..6 {
            stage.work().await;
            stage.advance(ahead * 30).await;
        }
        assert_eq!(owner.open_orders().await, 0);
        let told = "select count(*) from platform.tasks where kind = 'notify' and payload ->> 'type' = 'bot_stopped'";
        assert_eq!(stage.count(told).await, 2, "once each");
    }
}

#[tokio::test]
async fn without_the_event_the_next_tick_stops_the_bot_and_places_nothing() {
    let owner = Owner::new().await;
    let id = owner.resting_grid(None).await;
    let placed = owner
        .stage
        .count("select count(*) from trading.orders")
        .await;
    owner.lose_the_role().await;
    owner.stage.price("XBTUSD", "31500", "31510");
    owner.stage.advance(61).await;
    owner.stage.task("tick_bots", "tick", json!({})).await;
    owner.stage.work().await;
    assert_eq!(owner.read(&id, "").await["state"], "stopped");
    let after = owner
        .stage
        .count("select count(*) from trading.orders")
        .await;
    assert_eq!(after, placed);
}

#[tokio::test]
async fn an_order_that_was_decided_before_is_not_sent_after() {
    let owner = Owner::new().await;
    let (user, stage) = (owner.user, &owner.stage);
    let key = stage.connected(user, &stage.key(&TRADING)).await;
    let mut body = dca();
    body["mode"] = json!("live");
    body["key_id"] = json!(key);
    let id = owner.create(body).await;
    assert_eq!(owner.tell(&id, "start").await.0, 202);
    let look = "select payload from platform.tasks where kind = 'evaluate_bot'";
    let payload: Value = stage.sql.query_one(look, &[]).await.unwrap().get(0);
    let decided = stage.task("evaluate_bot", "look", payload).await;
    assert_eq!(decided.status, 200, "{}", decided.text);
    owner.lose_the_role().await;
    let orders = stage.call(user, Method::GET, ORDERS, None).await.body;
    let id = orders["items"][0]["id"].as_str().unwrap();
    let work = json!({"order_id": id});
    let worked = stage.task("process_order", "order", work).await;
    assert_eq!(worked.status, 200, "{}", worked.text);
    let order = stage.read_order(user, id).await;
    assert_eq!(
        (&order["state"], &order["reason"]),
        (&json!("rejected"), &json!("not_permitted"))
    );
    assert_eq!(stage.called("AddOrder"), 0);
}
