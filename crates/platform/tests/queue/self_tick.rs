//! A worker that nobody ticks: on a host without a scheduler it ticks itself, once it has been woken.

use std::time::{Duration, Instant};

use axum::body::Body;
use http::Request;

use crate::stage::{JOB, Stage};

#[tokio::test]
async fn what_becomes_due_after_a_wake_is_done_without_a_tick() {
    let stage = Stage::with(&[JOB], &[], &[("self_tick", "on")]).await;
    let wake = Request::post("/internal/wake").body(Body::empty()).unwrap();
    assert_eq!(stage.worker.call(wake).await.status().as_u16(), 202);
    stage
        .sql
        .batch_execute("select platform.enqueue('{}', 'job', 'soon', '{}', platform.now() + interval '1 second')")
        .await
        .unwrap();
    let deadline = Instant::now() + Duration::from_secs(10);
    let done = "select count(*) from platform.tasks where kind = 'job' and state = 'done'";
    while stage.count(done).await == 0 {
        assert!(Instant::now() < deadline, "it waits for a tick");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}
