//! Consumers: in order for each key, at least once, nothing skipped, each on its own.

use std::time::{Duration, Instant};

use futures::future::join_all;
use serde_json::{Value, json};
use spindle_platform::subscriptions::Subscription;
use uuid::Uuid;

use crate::stage::{JOB, ORDERS, Stage, connect, tick};

const READ: &str = "select platform.read_events($1, $2, $3, 100, 600000)";
const ADVANCE: &str = "select platform.advance_consumer($1, $2, $3, $4, '[]', 600000)";

async fn read(stage: &Stage, holder: Uuid) -> Value {
    stage
        .json(READ, &[&"orders", &vec!["trading.events"], &holder])
        .await
}

/// Transactions of other tests on the same server hold events back, too: order is that of the whole server.
pub(crate) async fn read_soon(stage: &Stage, holder: Uuid) -> Value {
    let deadline = Instant::now() + Duration::from_secs(120);
    loop {
        let reading = read(stage, holder).await;
        if reading["status"] == "events" || reading["more"] == false {
            return reading;
        }
        assert!(Instant::now() < deadline, "{reading}");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

pub(crate) async fn advance(stage: &Stage, holder: Uuid, to: &Value) -> bool {
    let (xid, seq) = (to["xid"].as_str().unwrap(), to["seq"].as_i64().unwrap());
    stage
        .sql
        .query_one(ADVANCE, &[&"orders", &holder, &xid, &seq])
        .await
        .unwrap()
        .get(0)
}

fn numbers(reading: &Value) -> Vec<i64> {
    reading["events"]
        .as_array()
        .unwrap()
        .iter()
        .map(|event| event["payload"]["data"]["n"].as_i64().unwrap())
        .collect()
}

#[tokio::test]
async fn a_consumer_takes_each_event_of_its_topics_once_in_order_with_its_cause() {
    let stage = Stage::new(&[JOB], &[ORDERS]).await;
    for n in 0..250 {
        stage.emit(&format!("key{}", n % 3), n).await;
        stage
            .sql
            .execute(
                "select platform.emit('{}', 'blog.events', 'x', 'post.published', '{}')",
                &[],
            )
            .await
            .unwrap();
    }
    assert_eq!(stage.tick().await.events.done, 250);
    for key in 0..3 {
        let expected: Vec<i64> = (0..250).filter(|n| n % 3 == key).collect();
        assert_eq!(
            stage.notes.numbers("orders", &format!("key{key}")),
            expected
        );
    }
    let (consumer, event) = stage.notes.events.lock().unwrap()[0].clone();
    assert_eq!(
        (consumer.as_str(), event.kind.as_str()),
        ("orders", "trade.executed")
    );
    assert!(event.context.request_id.starts_with("request-"));
    assert_eq!(stage.tick().await.events.done, 0);
}

#[tokio::test]
async fn nothing_is_skipped_while_transactions_overlap() {
    let stage = Stage::new(&[JOB], &[ORDERS]).await;
    let mut slow = connect(&stage.url).await;
    let transaction = slow.transaction().await.unwrap();
    transaction
        .execute(
            "select platform.emit('{}', 'trading.events', 'slow', 'trade.executed', '{\"n\": 1}')",
            &[],
        )
        .await
        .unwrap();
    stage.emit("fast", 2).await;
    let holder = Uuid::new_v4();
    let reading = read(&stage, holder).await;
    assert_eq!(
        (reading["status"].as_str(), &reading["more"]),
        (Some("none"), &json!(true)),
        "it is held back, and said so"
    );
    transaction.commit().await.unwrap();
    // One at a time where a transaction of another test lies between the two.
    let mut taken = Vec::new();
    while taken.len() < 2 {
        let reading = read_soon(&stage, holder).await;
        taken.extend(numbers(&reading));
        assert!(advance(&stage, holder, &reading).await);
    }
    assert_eq!(taken, [1, 2], "in the order of their transactions");
    assert_eq!(read(&stage, holder).await["status"], "none");
}

#[tokio::test]
async fn many_writers_and_readers_at_once_lose_nothing_and_keep_the_order() {
    let stage = Stage::new(&[JOB], &[ORDERS]).await;
    let writers = join_all((0..8_i64).map(|writer| {
        let url = stage.url.clone();
        async move {
            let client = connect(&url).await;
            for n in 0..50_i64 {
                client
                    .execute(
                        "select platform.emit('{}', 'trading.events', $1, 'trade.executed', $2)",
                        &[&format!("w{writer}"), &json!({"n": n})],
                    )
                    .await
                    .unwrap();
            }
        }
    }));
    let readers = join_all((0..4).map(|_| async {
        for _ in 0..20 {
            tick(&stage.worker).await;
        }
    }));
    futures::future::join(writers, readers).await;
    stage.tick().await;
    for writer in 0..8 {
        assert_eq!(
            stage.notes.numbers("orders", &format!("w{writer}")),
            (0..50).collect::<Vec<_>>(),
            "no worker was lost, so each comes once"
        );
    }
}

#[tokio::test]
async fn one_worker_at_a_time_reads_for_a_consumer_and_a_lost_one_moves_nothing() {
    let stage = Stage::new(&[JOB], &[ORDERS]).await;
    stage.emit("a", 1).await;
    let (first, second) = (Uuid::new_v4(), Uuid::new_v4());
    let reading = read_soon(&stage, first).await;
    assert_eq!(numbers(&reading), [1]);
    assert_eq!(read(&stage, second).await["status"], "busy");
    stage.let_leases_run_out().await;
    let again = read_soon(&stage, second).await;
    assert_eq!(numbers(&again), [1], "at least once");
    assert!(!advance(&stage, first, &reading).await, "the lease is lost");
    assert!(advance(&stage, second, &again).await);
}

#[tokio::test]
async fn a_slow_or_failing_consumer_holds_up_no_other() {
    let slow = Subscription {
        consumer: "slow",
        ..ORDERS
    };
    let failing = Subscription {
        consumer: "failing",
        owner: "nobody",
        ..ORDERS
    };
    let stage = Stage::new(&[JOB], &[slow, failing, ORDERS]).await;
    stage.notes.stuck.lock().unwrap().insert("slow".to_owned());
    stage.emit("a", 1).await;
    stage.nothing_is_held_back().await;
    let worker = stage.worker.clone();
    let began = Instant::now();
    let ticking = tokio::spawn(async move { tick(&worker).await });
    while stage.notes.numbers("orders", "a").is_empty() {
        // Before the worker gives up on the slow one, after 20 s.
        assert!(
            began.elapsed() < Duration::from_secs(18),
            "it waits for another consumer"
        );
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    assert_eq!(stage.notes.numbers("slow", "a"), Vec::<i64>::new());
    stage.notes.stuck.lock().unwrap().clear();
    let report = ticking.await.unwrap();
    assert_eq!(report.events.done, 2);
    // More than once where the tick took longer than the pause before the next attempt.
    assert!(report.events.retried >= 1);
}

#[tokio::test]
async fn a_consumer_can_begin_anew_from_any_position() {
    let stage = Stage::new(&[JOB], &[ORDERS]).await;
    for n in 1..=4 {
        stage.emit("a", n).await;
    }
    stage.tick().await;
    let second: String = stage
        .sql
        .query_one("select xid::text || '/' || seq from platform.outbox order by xid, seq offset 1 limit 1", &[])
        .await
        .unwrap()
        .get(0);
    stage
        .sql
        .batch_execute("update platform.outbox set created_at = created_at - interval '1 hour' where payload -> 'data' ->> 'n' <> '4'")
        .await
        .unwrap();
    let none: Option<String> = None;
    for (after, since, expected) in [
        (Some(second), "null", vec![3, 4]),
        (None, "platform.now() - interval '30 minutes'", vec![4]),
        (None, "platform.now() + interval '30 minutes'", vec![]),
        (None, "null", vec![1, 2, 3, 4]),
    ] {
        stage.notes.events.lock().unwrap().clear();
        let answer = stage
            .json(
                &format!("select platform.replay_events('{{\"actor\": \"admin-1\"}}', 'orders', $1, {since})"),
                &[&after.or(none.clone())],
            )
            .await;
        assert_eq!(answer["outcome"], "replaying");
        stage.tick().await;
        assert_eq!(
            stage.notes.numbers("orders", "a"),
            expected,
            "since {since}"
        );
    }
    assert_eq!(
        stage
            .count("select count(*) from platform.audit where action = 'events.replayed'")
            .await,
        4
    );
    let unknown = stage
        .json(
            "select platform.replay_events('{}', 'nobody', null, null)",
            &[],
        )
        .await;
    assert_eq!(unknown["outcome"], "not_found");
}

#[tokio::test]
async fn old_events_go_when_everybody_has_passed_them() {
    let stage = Stage::new(&[JOB], &[ORDERS]).await;
    stage.emit("a", 1).await;
    stage.tick().await;
    stage.emit("a", 2).await;
    stage
        .sql
        .batch_execute(
            "update platform.outbox set created_at = platform.now() - interval '15 days'",
        )
        .await
        .unwrap();
    let prune = || stage.count("select platform.prune_outbox(100)::int8");
    assert_eq!(prune().await, 1, "the second is still to be taken");
    stage.tick().await;
    assert_eq!(prune().await, 1);
    assert_eq!(stage.notes.numbers("orders", "a"), [1, 2]);
}

#[tokio::test]
async fn figures_tell_how_far_behind_a_consumer_is() {
    let stage = Stage::new(&[JOB], &[ORDERS]).await;
    stage.tick().await;
    for n in 0..3 {
        stage.emit("a", n).await;
    }
    stage
        .sql
        .batch_execute("update platform.outbox set created_at = created_at - interval '1 hour'")
        .await
        .unwrap();
    let lag = || async {
        stage.json("select platform.queue_figures()", &[]).await["consumers"][0].clone()
    };
    let behind = lag().await;
    assert_eq!(
        (behind["consumer"].as_str(), &behind["lag_events"]),
        (Some("orders"), &json!(3))
    );
    assert!(
        (3_600.0..4_200.0).contains(&behind["lag_s"].as_f64().unwrap()),
        "{behind}"
    );
    stage.tick().await;
    let now = lag().await;
    assert_eq!(
        (&now["lag_events"], now["lag_s"].as_f64()),
        (&json!(0), Some(0.0))
    );
}
