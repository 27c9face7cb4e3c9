//! One execution a slot, however often and by whomever a bot is asked to decide.

use futures::future::join_all;
use http::Method;
use serde_json::{Value, json};

use crate::owner::{BOTS, Owner, dca, grid};
use crate::stage::request;

#[tokio::test]
async fn a_slot_is_carried_out_once_however_many_ticks_there_are() {
    let owner = Owner::new().await;
    let id = owner.create(dca()).await;
    owner.tell(&id, "start").await;
    owner.stage.work().await;
    let mut now = 0;
    for _ in 0..5 {
        owner.pass(70, &mut now).await;
    }
    let executions = owner.read(&id, "/executions").await;
    let executed: Vec<&Value> = executions["items"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|execution| execution["outcome"] == "executed")
        .collect();
    assert_eq!(
        executed.len(),
        1,
        "one purchase in the first hour: {executions}"
    );
    assert_eq!(
        owner
            .stage
            .count("select count(*) from trading.fills")
            .await,
        1
    );
    owner.pass(3600, &mut now).await;
    assert_eq!(
        owner
            .stage
            .count("select count(*) from trading.fills")
            .await,
        2,
        "and one in the second"
    );
    let bot = owner.read(&id, "").await;
    assert_eq!(bot["position"]["trades"], 2);
    owner.rows_are_folds().await;
    owner.books_balance().await;
}

#[tokio::test]
async fn a_trigger_is_one_execution_however_often_it_is_sent() {
    let owner = Owner::new().await;
    let id = owner.create(dca()).await;
    owner.tell(&id, "start").await;
    owner.stage.work().await;
    let before = owner
        .stage
        .count("select count(*) from trading.fills")
        .await;
    let path = format!("{BOTS}/{id}/trigger");
    let send = || {
        let mut request = request(owner.user, Method::POST, &path, None);
        request
            .headers_mut()
            .insert("idempotency-key", "now".parse().unwrap());
        owner.stage.send(request)
    };
    for answer in join_all((0..4).map(|_| send())).await {
        assert_eq!(answer.status, 202, "{}", answer.text);
    }
    owner.stage.work().await;
    assert_eq!(send().await.status, 202);
    owner.stage.work().await;
    let after = owner
        .stage
        .count("select count(*) from trading.fills")
        .await;
    assert_eq!(after - before, 1);
    let executions = owner.read(&id, "/executions").await;
    let manual = executions["items"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|execution| execution["trigger"] == "manual");
    assert_eq!(manual.count(), 1, "{executions}");
    let published = "select count(*) from platform.outbox where type = 'bot.trade.executed'";
    assert_eq!(owner.stage.count(published).await, after);
}

#[tokio::test]
async fn evaluations_at_the_same_moment_place_once() {
    let owner = Owner::new().await;
    let id = owner.create(grid()).await;
    owner.tell(&id, "start").await;
    let look = json!({"bot_id": id, "generation": 1});
    join_all((0..6).map(|_| owner.stage.task("evaluate_bot", "x", look.clone()))).await;
    let tags = "select count(*) - count(distinct tag) from trading.orders where tag is not null";
    assert_eq!(owner.stage.count(tags).await, 0);
    let orders = owner
        .stage
        .count("select count(*) from trading.orders")
        .await;
    assert_eq!(orders, 4, "levels below the price");
    owner.rows_are_folds().await;
}

#[tokio::test]
async fn nothing_is_decided_while_it_is_not_known_what_became_of_an_order() {
    let owner = Owner::new().await;
    let id = owner.create(grid()).await;
    owner.tell(&id, "start").await;
    owner.stage.work().await;
    let becomes = async |state: &str| {
        let sql = format!("update trading.orders set state = '{state}'");
        owner.stage.sql.batch_execute(&sql).await.unwrap();
    };
    let look = async |manual: Option<&str>| {
        let look = json!({"bot_id": id, "generation": 1, "manual": manual});
        owner.stage.task("evaluate_bot", "look", look).await
    };
    let decided = "select (select count(*) from trading.orders) + (select count(*) from trading.bot_executions)";
    let before = owner.stage.count(decided).await;
    for state in ["intent", "submitted", "unknown"] {
        becomes(state).await;
        let delayed = look(None).await;
        assert_eq!(delayed.body["outcome"], "pending_order", "{state}");
        // Whoever asked for a decision now gets it later.
        assert_eq!(look(Some("now")).await.status, 503, "{state}");
    }
    assert_eq!(owner.stage.count(decided).await, before);
    becomes("open").await;
    assert_ne!(look(None).await.body["outcome"], "pending_order");
    owner.rows_are_folds().await;
}
