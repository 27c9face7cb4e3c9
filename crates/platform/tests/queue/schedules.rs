//! Schedules fire once each, however many workers tick.

use futures::future::join_all;
use serde_json::json;

use crate::stage::{JOB, Stage, connect};

const FIRE: &str = "select platform.fire_schedules($1)";

#[tokio::test]
async fn a_schedule_fires_once_for_each_of_its_times_however_many_tick() {
    let stage = Stage::new(&[JOB], &[]).await;
    let schedules = |times: &str, next_ms: i64| json!([{"name": "s", "kind": "job", "times": times, "next_ms": next_ms}]);
    let fire = |schedules: serde_json::Value| {
        let stage = &stage;
        async move {
            stage
                .sql
                .query_one(FIRE, &[&schedules])
                .await
                .unwrap()
                .get::<_, i32>(0)
        }
    };
    let hour = 3_600_000;
    let now = stage
        .count("select (extract(epoch from platform.now()) * 1000)::int8")
        .await;
    assert_eq!(
        fire(schedules("hourly", now - hour)).await,
        0,
        "a new one begins with its next time"
    );
    let due = schedules("hourly", now + hour);
    let fired = join_all((0..8).map(|_| {
        let (url, due) = (stage.url.clone(), due.clone());
        async move {
            connect(&url)
                .await
                .query_one(FIRE, &[&due])
                .await
                .unwrap()
                .get::<_, i32>(0)
        }
    }))
    .await;
    assert_eq!(fired.iter().sum::<i32>(), 1);
    assert_eq!(fire(due).await, 0, "its next time is in an hour");
    assert_eq!(
        fire(schedules("daily", now - 2 * hour)).await,
        0,
        "other times begin anew"
    );
    assert_eq!(fire(schedules("daily", now + 24 * hour)).await, 1);
    let tasks: Vec<String> = stage
        .column(
            "select idempotency_key || ' ' || request_id from platform.tasks where kind = 'job' order by id",
            &[],
        )
        .await;
    assert_eq!(tasks.len(), 2);
    assert!(
        tasks[0].starts_with("s@2") && tasks[0].contains(" schedule:s:"),
        "{tasks:?}"
    );
    assert_eq!(stage.tick().await.tasks.done, 2);
}

/// The table of the program itself.
#[tokio::test]
async fn the_worker_looks_at_its_schedules() {
    let stage = Stage::new(&[JOB], &[]).await;
    stage.tick().await;
    assert!(
        stage
            .count("select count(*) from platform.schedules where next_at > platform.now()")
            .await
            > 0
    );
}
