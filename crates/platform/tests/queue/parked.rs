//! Events that could not be taken: their key waits, other keys go on, and the order is kept.

use serde_json::{Value, json};
use uuid::Uuid;

use crate::stage::{JOB, ORDERS, Stage};

async fn states(stage: &Stage) -> Vec<(String, i64)> {
    stage
        .sql
        .query(
            "select state, (payload -> 'data' ->> 'n')::int8 from platform.parked_events order by xid, seq",
            &[],
        )
        .await
        .unwrap()
        .iter()
        .map(|row| (row.get(0), row.get(1)))
        .collect()
}

fn pairs(expected: &[(&str, i64)]) -> Vec<(String, i64)> {
    expected
        .iter()
        .map(|(state, n)| ((*state).to_owned(), *n))
        .collect()
}

#[tokio::test]
async fn a_key_that_fails_waits_in_order_while_others_go_on_and_then_catches_up() {
    let stage = Stage::new(&[JOB], &[ORDERS]).await;
    stage
        .notes
        .failing
        .lock()
        .unwrap()
        .insert("bad".to_owned(), 500);
    for n in 1..=3 {
        stage.emit("bad", n).await;
        stage.emit("good", n).await;
    }
    let report = stage.tick().await;
    // More than once where the pause after the first attempt is over within the tick.
    assert!(report.events.done == 3 && report.events.retried >= 1);
    assert_eq!(
        states(&stage).await,
        pairs(&[("retry", 1), ("behind", 2), ("behind", 3)])
    );
    let tried = "select sum(attempts) from platform.parked_events where state = 'behind'";
    assert_eq!(
        stage.count(tried).await,
        0,
        "two behind the first were not even tried"
    );
    stage.emit("bad", 4).await;
    stage.emit("good", 4).await;
    stage.tick().await;
    assert_eq!(stage.notes.numbers("orders", "good"), [1, 2, 3, 4]);
    assert_eq!(
        states(&stage).await.last(),
        Some(&("behind".to_owned(), 4)),
        "a later one queues up"
    );
    stage.notes.failing.lock().unwrap().clear();
    stage.let_pauses_end().await;
    stage.tick().await;
    assert_eq!(stage.notes.numbers("orders", "bad"), [1, 2, 3, 4]);
    assert_eq!(states(&stage).await, []);
    stage.emit("bad", 5).await;
    stage.tick().await;
    assert_eq!(stage.notes.numbers("orders", "bad"), [1, 2, 3, 4, 5]);
}

#[tokio::test]
async fn after_its_attempts_a_key_waits_for_an_operator_who_requeues_or_skips() {
    let stage = Stage::new(&[JOB], &[ORDERS]).await;
    stage
        .notes
        .failing
        .lock()
        .unwrap()
        .insert("bad".to_owned(), 422);
    let first = stage.emit("bad", 1).await;
    let second = stage.emit("bad", 2).await;
    stage.emit("bad", 3).await;
    assert_eq!(stage.tick().await.events.dead, 1, "422 can never succeed");
    assert_eq!(
        states(&stage).await,
        pairs(&[("dead", 1), ("behind", 2), ("behind", 3)])
    );
    let waiting: Vec<f64> = stage
        .column(
            "select value from platform.metrics()
             where name in ('spindle_outbox_dead_events', 'spindle_outbox_parked_events') order by name",
            &[],
        )
        .await;
    assert_eq!(waiting, [1.0, 3.0], "what /metrics tells");
    let listed = stage
        .json(
            "select platform.list_parked_events('orders', 'dead', null, null, 10)",
            &[],
        )
        .await;
    assert_eq!(
        (listed[0]["event_id"].as_str(), &listed[0]["attempts"]),
        (Some(first.to_string().as_str()), &json!(1))
    );
    assert!(
        listed[0]["errors"][0]["error"]
            .as_str()
            .unwrap()
            .contains("it was told to fail")
    );
    let context = json!({"actor": "admin-1"});
    let ask = |function: &'static str, id: Uuid| {
        let (stage, context) = (&stage, &context);
        async move {
            let answer: Value = stage
                .json(
                    &format!("select platform.{function}($1, 'orders', $2, null)"),
                    &[context, &id],
                )
                .await;
            answer["outcome"].as_str().unwrap().to_owned()
        }
    };
    assert_eq!(ask("requeue_event", second).await, "not_first");
    assert_eq!(ask("requeue_event", Uuid::nil()).await, "not_found");
    assert_eq!(ask("requeue_event", first).await, "requeued");
    assert_eq!(stage.tick().await.events.dead, 1, "it fails as before");
    stage.notes.failing.lock().unwrap().clear();
    assert_eq!(
        stage.tick().await.events.total(),
        0,
        "a dead letter is not tried by itself"
    );
    assert_eq!(ask("skip_event", first).await, "skipped");
    stage.tick().await;
    assert_eq!(stage.notes.numbers("orders", "bad"), [2, 3]);
    assert_eq!(
        stage.count("select count(*) from platform.audit where action in ('event.skipped', 'event.requeued')").await,
        2
    );
}

#[tokio::test]
async fn a_parked_event_that_a_lost_worker_had_is_tried_again() {
    let stage = Stage::new(&[JOB], &[ORDERS]).await;
    stage
        .notes
        .failing
        .lock()
        .unwrap()
        .insert("bad".to_owned(), 500);
    stage.emit("bad", 1).await;
    stage.tick().await;
    // More than one where the machine is so slow that the pause after the first is over within the tick.
    let attempts = stage
        .count("select attempts::int8 from platform.parked_events")
        .await;
    stage.let_pauses_end().await;
    let claim = stage
        .json(
            "select platform.claim_parked_events($1, array['orders'], 8, 12, 600000)",
            &[&Uuid::new_v4()],
        )
        .await;
    assert_eq!(claim[0]["attempt"], attempts + 1);
    stage.notes.failing.lock().unwrap().clear();
    assert_eq!(stage.tick().await.events.done, 0, "somebody has it");
    stage.let_leases_run_out().await;
    assert_eq!(stage.tick().await.events.done, 1);
    assert_eq!(stage.notes.numbers("orders", "bad"), [1]);
}

#[tokio::test]
async fn put_off_events_cost_no_attempt() {
    let stage = Stage::new(&[JOB], &[ORDERS]).await;
    stage
        .notes
        .failing
        .lock()
        .unwrap()
        .insert("busy".to_owned(), 503);
    stage.emit("busy", 1).await;
    for _ in 0..15 {
        // More than once where the machine is so slow that the event is due again within the tick.
        assert!(stage.tick().await.events.put_off >= 1);
        stage.let_pauses_end().await;
    }
    stage.notes.failing.lock().unwrap().clear();
    assert_eq!(stage.tick().await.events.done, 1);
}
