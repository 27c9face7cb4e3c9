//! How instances are reused, limited and ended.

use std::collections::BTreeSet;
use std::time::Duration;

use crate::app::{App, Setup, all};

async fn instances(app: &App, path: &str, count: usize) -> BTreeSet<u64> {
    all((0..count).map(|_| app.json(path)))
        .await
        .iter()
        .map(|answer| answer["instance"].as_u64().unwrap())
        .collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_instance_answers_again_until_its_reuse_count() {
    let app = Setup::new()
        .options(|options| {
            options.max_instance_reuse_count = 3.into();
            // Else a pause between two requests, on a busy machine, would end it.
            options.idle_instance_timeout = Duration::from_secs(60).into();
        })
        .start()
        .await;
    let mut answers = Vec::new();
    for _ in 0..7 {
        answers.push(app.json("/instance").await);
    }
    let begun: Vec<_> = answers
        .iter()
        .map(|answer| answer["begun"].as_u64().unwrap())
        .collect();
    assert_eq!(begun, [1, 2, 3, 1, 2, 3, 1]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_instance_answers_several_requests_at_once_up_to_its_limit() {
    let app = Setup::new()
        .options(|options| options.max_instance_concurrent_reuse_count = 4.into())
        .start()
        .await;
    // Opens connections, so that the requests below arrive together.
    all((0..12).map(|_| app.text("/hello"))).await;
    let answers = all((0..12).map(|_| app.json("/wait?ms=1500"))).await;
    let most = answers
        .iter()
        .map(|answer| answer["most_at_once"].as_u64().unwrap())
        .max()
        .unwrap();
    assert!((2..=4).contains(&most), "{most} at once");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_idle_instance_ends() {
    let app = Setup::new()
        .options(|options| options.idle_instance_timeout = Duration::from_millis(50).into())
        .start()
        .await;
    let first = app.json("/instance").await["instance"].clone();
    let deadline = tokio::time::Instant::now() + Duration::from_secs(60);
    // Each request may wake the instance again, so the pause grows until one is long enough.
    for pause in 1.. {
        tokio::time::sleep(Duration::from_millis(50 * pause)).await;
        if app.json("/instance").await["instance"] != first {
            return;
        }
        assert!(
            tokio::time::Instant::now() < deadline,
            "the instance never ended"
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_spinning_guest_is_stopped_and_others_go_on() {
    let limit = Duration::from_secs(5);
    let app = Setup::new()
        .options(|options| options.request_timeout = limit.into())
        .start()
        .await;
    let start = tokio::time::Instant::now();
    let spinning = async { (app.get("/spin").await, start.elapsed()) };
    let others = async {
        // On this machine's few cores the spinning guest would block them if it never gave its thread back.
        for _ in 0..10 {
            assert_eq!(app.text("/hello").await, "hello");
            assert_eq!(app.text("/.well-known/spin/health").await, "OK");
        }
        start.elapsed()
    };
    let (((status, body), spun), others) = tokio::join!(spinning, others);
    assert_eq!(status, 504, "{body}");
    assert!(body.contains("urn:spindle:problem:timeout"), "{body}");
    assert!(spun >= limit, "stopped after {spun:?}");
    assert!(
        others < spun,
        "the others took {others:?} beside one that spun for {spun:?}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn more_spinning_guests_than_threads_do_not_stop_the_host() {
    let limit = Duration::from_secs(4);
    let app = Setup::new()
        .options(|options| options.request_timeout = limit.into())
        .start()
        .await;
    let start = tokio::time::Instant::now();
    let spinning = all((0..8).map(|_| app.get("/spin")));
    let others = async {
        tokio::time::sleep(Duration::from_millis(200)).await;
        assert_eq!(app.text("/hello").await, "hello");
        start.elapsed()
    };
    let (statuses, others) = tokio::join!(spinning, others);
    assert!(
        statuses.iter().all(|(status, _)| *status == 504),
        "{statuses:?}"
    );
    assert!(
        others < limit,
        "a request waited for eight spinning guests to be stopped: {others:?}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_slow_guest_is_answered_for_when_its_time_is_up() {
    let app = Setup::new()
        .options(|options| options.request_timeout = Duration::from_secs(2).into())
        .start()
        .await;
    let (status, _) = app.get("/wait?ms=60000").await;
    assert_eq!(status, 504);
    assert_eq!(app.text("/hello").await, "hello");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_guest_beyond_its_memory_fails_alone() {
    let app = Setup::new()
        .options(|options| options.max_instance_memory = Some(32 << 20))
        .start()
        .await;
    assert_eq!(app.text("/allocate?mib=8").await, (8 << 20).to_string());
    let (status, body) = app.get("/allocate?mib=64").await;
    assert_eq!(status, 500, "{body}");
    assert!(body.contains("urn:spindle:problem:internal"), "{body}");
    assert_eq!(app.text("/hello").await, "hello");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_a_limit_memory_may_grow() {
    let app = Setup::new().start().await;
    assert_eq!(app.text("/allocate?mib=64").await, (64 << 20).to_string());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_instances_that_have_grown_large_a_few_are_kept() {
    let app = Setup::new()
        .options(|options| {
            options.max_instance_concurrent_reuse_count = 1.into();
            options.idle_instance_timeout = Duration::from_secs(60).into();
        })
        .start()
        .await;
    // All of them at once, so that each has an instance.
    let large = instances(&app, "/hold-memory?ms=3000&mib=20", 6).await;
    assert_eq!(large.len(), 6);
    let kept = instances(&app, "/wait?ms=1500", 8).await;
    assert!(large.intersection(&kept).count() <= 3, "{large:?} {kept:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_trap_hurts_only_its_own_instance() {
    let app = Setup::new()
        .options(|options| options.max_instance_concurrent_reuse_count = 1.into())
        .start()
        .await;
    // One request per instance: the waiting ones are on other instances than the one that traps.
    let waiting = all((0..6).map(|_| app.get("/wait?ms=2000")));
    let trapping = async {
        tokio::time::sleep(Duration::from_millis(100)).await;
        app.get("/trap-after?ms=100").await
    };
    let (waiting, (status, body)) = tokio::join!(waiting, trapping);
    assert_eq!(status, 500, "{body}");
    assert!(
        !body.contains("asked to"),
        "the guest's panic is nobody's business: {body}"
    );
    assert!(
        waiting.iter().all(|(status, _)| *status == 200),
        "{waiting:?}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_trap_ends_all_requests_of_its_instance_with_an_answer() {
    let app = Setup::new()
        .options(|options| options.max_instances = 1)
        .start()
        .await;
    app.text("/hello").await;
    let waiting = all((0..3).map(|_| app.get("/wait?ms=60000")));
    // When all are there.
    let (waiting, (status, _)) = tokio::join!(waiting, app.get("/trap-after?ms=3000"));
    assert_eq!(status, 500);
    assert!(
        waiting.iter().all(|(status, _)| *status == 500),
        "{waiting:?}"
    );
    assert_eq!(app.text("/hello").await, "hello");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn instances_are_capped_and_requests_beyond_wait_for_one() {
    let app = Setup::new()
        .options(|options| {
            options.max_instances = 2;
            options.max_instance_concurrent_reuse_count = 1.into();
        })
        .start()
        .await;
    assert!(instances(&app, "/wait?ms=50", 10).await.len() <= 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn requests_beyond_the_limit_are_refused_at_once() {
    let app = Setup::new()
        .options(|options| options.max_requests_in_flight = 4)
        .start()
        .await;
    let response = |path| app.client.get(app.url(path)).send();
    let answers = all((0..8).map(|_| response("/wait?ms=3000"))).await;
    let refused: Vec<_> = answers
        .into_iter()
        .map(Result::unwrap)
        .filter(|response| response.status() == 503)
        .collect();
    assert_eq!(refused.len(), 4);
    for response in refused {
        assert_eq!(response.headers()["retry-after"], "1");
        assert_eq!(
            response.headers()["content-type"],
            "application/problem+json"
        );
        assert!(
            response
                .text()
                .await
                .unwrap()
                .contains("urn:spindle:problem:unavailable")
        );
    }
    assert_eq!(app.text("/hello").await, "hello");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_cold_burst_is_answered() {
    let app = Setup::new().start().await;
    let answers = all((0..400).map(|_| app.get("/wait?ms=20"))).await;
    assert!(
        answers.iter().all(|(status, _)| *status == 200),
        "{:?}",
        answers.iter().find(|(status, _)| *status != 200)
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_wall_clock_can_be_moved_for_guests() {
    for offset in [-86_400, 7 * 86_400] {
        let app = Setup::new()
            .options(|options| options.clock_offset = offset)
            .start()
            .await;
        let now = || {
            let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
            i64::try_from(now.unwrap().as_secs()).unwrap()
        };
        let before = now();
        let clock = app.json("/clock").await;
        let between = before + offset..=now() + offset;
        for kind in ["wasi", "std"] {
            let told = clock[kind].as_i64().unwrap();
            assert!(between.contains(&told), "{kind}: {told}, not {between:?}");
        }
        // Sleeping is not affected.
        assert_eq!(app.get("/wait?ms=10").await.0, 200);
    }
}
