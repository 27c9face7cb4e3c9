//! What becomes of tasks: done, tried again, put off, dead, cancelled, requeued.

use std::time::Duration;

use axum::body::Body;
use http::{Request, header};
use serde_json::{Value, json};
use spindle_platform::kinds::Kind;
use uuid::Uuid;

use crate::stage::{JOB, Stage, TOKEN, tick};

#[tokio::test]
async fn a_task_is_done_once_with_its_cause_and_its_result_is_kept() {
    let stage = Stage::new(&[JOB], &[]).await;
    let id = stage.enqueue("a", json!({"effect": true})).await;
    assert_eq!(
        stage.enqueue("a", json!({"other": 1})).await,
        id,
        "the same key is the same task"
    );
    let report = stage.tick().await;
    assert_eq!(report.tasks.done, 1);
    let task = stage.task(id).await;
    assert_eq!(task["state"], "done");
    assert_eq!(task["result"], json!({"attempt": 1}));
    assert_eq!(task["attempts"], 1);
    assert!(
        task.get("payload").is_none(),
        "a payload may hold what operators must not see"
    );
    let seen = stage.notes.tasks.lock().unwrap().clone();
    assert_eq!(seen.len(), 1);
    assert_eq!(seen[0].context.request_id, "request-of-a");
    assert_eq!(seen[0].context.traceparent.as_deref(), Some("00-trace-01"));
    assert_eq!(seen[0].context.actor.as_deref(), Some("task:job"));
    assert_eq!(stage.tick().await.tasks.done, 0);
}

#[tokio::test]
async fn what_a_task_asks_for_carries_the_first_cause_and_is_done_by_the_same_tick() {
    let follow_up = Kind {
        name: "follow_up",
        ..JOB
    };
    let stage = Stage::new(&[JOB, follow_up], &[]).await;
    stage.enqueue("a", json!({"enqueue": "follow_up"})).await;
    assert_eq!(stage.tick().await.tasks.done, 2);
    let causes: Vec<String> = stage
        .notes
        .tasks
        .lock()
        .unwrap()
        .iter()
        .map(|task| format!("{} {}", task.kind, task.context.request_id))
        .collect();
    assert_eq!(causes, ["job request-of-a", "follow_up request-of-a"]);
}

#[tokio::test]
async fn what_fails_is_tried_again_and_then_a_dead_letter_with_its_history() {
    let stage = Stage::new(&[JOB], &[]).await;
    let healing = stage
        .enqueue("healing", json!({"status": 500, "until": 3}))
        .await;
    let poison = stage.enqueue("poison", json!({"status": 500})).await;
    let never = stage.enqueue("never", json!({"status": 422})).await;
    let report = stage.tick().await;
    assert_eq!(
        (report.tasks.done, report.tasks.dead, report.tasks.retried),
        (1, 2, 4)
    );
    let (healing, poison, never) = (
        stage.task(healing).await,
        stage.task(poison).await,
        stage.task(never).await,
    );
    assert_eq!(
        (healing["state"].as_str(), healing["attempts"].as_i64()),
        (Some("done"), Some(3))
    );
    assert_eq!(
        healing["errors"].as_array().unwrap().len(),
        2,
        "what went wrong stays"
    );
    assert_eq!(
        (poison["state"].as_str(), poison["attempts"].as_i64()),
        (Some("dead"), Some(3))
    );
    let errors = poison["errors"].as_array().unwrap();
    assert_eq!(errors.len(), 3);
    assert_eq!(errors[2]["status"], 500);
    assert!(
        errors[2]["error"]
            .as_str()
            .unwrap()
            .contains("it was told to fail"),
        "{errors:?}"
    );
    assert!(errors[2]["at"].is_string() && errors[2]["attempt"] == 3);
    assert_eq!(
        (never["state"].as_str(), never["attempts"].as_i64()),
        (Some("dead"), Some(1)),
        "422 can never succeed"
    );
}

#[tokio::test]
async fn a_retry_waits_for_its_time() {
    // A pause is anything from nothing up to this.
    let patient = Kind {
        backoff: Duration::from_secs(3_600_000),
        max_backoff: Duration::from_secs(3_600_000),
        ..JOB
    };
    let stage = Stage::new(&[patient], &[]).await;
    let id = stage.enqueue("a", json!({"status": 500, "until": 2})).await;
    assert_eq!(stage.tick().await.tasks.retried, 1);
    assert_eq!(stage.tick().await.tasks.total(), 0);
    assert_eq!(stage.task(id).await["state"], "scheduled");
    stage
        .sql
        .batch_execute("update platform.tasks set run_at = platform.now()")
        .await
        .unwrap();
    assert_eq!(stage.tick().await.tasks.done, 1);
}

#[tokio::test]
async fn put_off_costs_no_attempt_and_waits_for_retry_after() {
    let stage = Stage::new(&[JOB], &[]).await;
    let id = stage
        .enqueue("a", json!({"status": 503, "retry_after": 120}))
        .await;
    for round in 1..=5 {
        assert_eq!(
            stage.tick().await.tasks.put_off,
            1,
            "round {round}: more often than there are attempts"
        );
        // Schedules make tasks too.
        let wait = "select extract(epoch from run_at - platform.now())::int8 from platform.tasks
            where kind = 'job'";
        let wait = stage.count(wait).await;
        assert!((60..=121).contains(&wait), "{wait} s");
        stage
            .sql
            .batch_execute("update platform.tasks set run_at = platform.now() where kind = 'job'")
            .await
            .unwrap();
    }
    let task = stage.task(id).await;
    assert_eq!(
        (task["attempts"].as_i64(), task["snoozes"].as_i64()),
        (Some(0), Some(5))
    );
}

#[tokio::test]
async fn a_task_with_a_time_waits_for_it_and_an_owner_that_is_gone_is_tried_again() {
    let nobody = Kind {
        name: "orphan",
        owner: "nobody",
        max_attempts: 2,
        ..JOB
    };
    let stage = Stage::new(&[JOB, nobody], &[]).await;
    stage
        .sql
        .batch_execute("select platform.enqueue('{}', 'job', 'later', '{}', platform.now() + interval '1 hour')")
        .await
        .unwrap();
    let orphan = stage.enqueue_kind("orphan", "o", json!({})).await;
    let report = stage.tick().await;
    assert_eq!(
        (report.tasks.done, report.tasks.retried, report.tasks.dead),
        (0, 1, 1)
    );
    assert!(
        stage.task(orphan).await["errors"][0]["error"]
            .as_str()
            .unwrap()
            .contains("nobody")
    );
}

#[tokio::test]
async fn an_attempt_that_takes_too_long_is_given_up() {
    let hasty = Kind {
        time_limit: Duration::from_millis(50),
        max_attempts: 1,
        ..JOB
    };
    let stage = Stage::new(&[hasty], &[]).await;
    let id = stage.enqueue("a", json!({"sleep_ms": 5_000})).await;
    assert_eq!(stage.tick().await.tasks.dead, 1);
    assert!(
        stage.task(id).await["errors"][0]["error"]
            .as_str()
            .unwrap()
            .contains("no answer within 0.05 s")
    );
}

#[tokio::test]
async fn a_dead_letter_runs_again_when_it_is_requeued_and_that_is_recorded() {
    let stage = Stage::new(&[JOB], &[]).await;
    let id = stage.enqueue("a", json!({"status": 500})).await;
    stage.tick().await;
    let context = json!({"actor": "admin-1", "request_id": "r-9"});
    let requeue = |id: Uuid| {
        let (stage, context) = (&stage, &context);
        async move {
            stage
                .json(
                    "select platform.requeue_task($1, $2, null)",
                    &[context, &id],
                )
                .await
        }
    };
    let answer = requeue(id).await;
    assert_eq!(answer["outcome"], "requeued");
    assert_eq!(
        (
            answer["task"]["state"].as_str(),
            answer["task"]["attempts"].as_i64()
        ),
        (Some("queued"), Some(0))
    );
    assert_eq!(
        answer["task"]["errors"].as_array().unwrap().len(),
        3,
        "the history stays"
    );
    assert_eq!(
        requeue(id).await["outcome"],
        "wrong_state",
        "it is queued already"
    );
    assert_eq!(requeue(Uuid::nil()).await["outcome"], "not_found");
    stage.tick().await;
    assert_eq!(stage.task(id).await["errors"].as_array().unwrap().len(), 6);
    assert_eq!(
        stage.count("select count(*) from platform.audit where action = 'task.requeued' and actor = 'admin-1'").await,
        1
    );
}

#[tokio::test]
async fn a_cancelled_task_is_not_done_and_one_that_runs_counts_for_nothing() {
    let stage = Stage::new(&[JOB], &[]).await;
    let context = json!({"actor": "admin-1"});
    let waiting = stage.enqueue("waiting", json!({})).await;
    let cancelled = stage
        .json(
            "select platform.cancel_task($1, $2, null)",
            &[&context, &waiting],
        )
        .await;
    assert_eq!(cancelled["outcome"], "cancelled");
    let running = stage.enqueue("running", json!({"held": true})).await;
    let worker = stage.worker.clone();
    let ticking = tokio::spawn(async move { tick(&worker).await });
    while stage.notes.tasks.lock().unwrap().is_empty() {
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    stage
        .json(
            "select platform.cancel_task($1, $2, null)",
            &[&context, &running],
        )
        .await;
    stage.notes.let_go.notify_one();
    let report = ticking.await.unwrap();
    assert_eq!((report.tasks.done, report.tasks.lost), (0, 1));
    for id in [waiting, running] {
        let task = stage.task(id).await;
        assert_eq!(
            (task["state"].as_str(), &task["result"]),
            (Some("cancelled"), &Value::Null)
        );
    }
    let done = stage.enqueue("done", json!({})).await;
    let dead = stage.enqueue("dead", json!({"status": 422})).await;
    stage.tick().await;
    assert_eq!(stage.task(dead).await["state"], "dead");
    for (id, outcome) in [(dead, "cancelled"), (done, "wrong_state")] {
        let answer = stage
            .json(
                "select platform.cancel_task($1, $2, null)",
                &[&context, &id],
            )
            .await;
        assert_eq!(answer["outcome"], outcome, "{answer}");
    }
    let settled = stage.task(dead).await;
    assert_eq!(settled["state"], "cancelled");
    assert_eq!(
        settled["errors"].as_array().unwrap().len(),
        1,
        "the history stays"
    );
}

#[tokio::test]
async fn lists_show_states_and_kinds_newest_first_page_by_page() {
    let other = Kind {
        name: "other",
        ..JOB
    };
    let stage = Stage::new(&[JOB, other], &[]).await;
    let mut ids = Vec::new();
    for n in 0..5 {
        ids.push(
            stage
                .enqueue(&format!("k{n}"), json!({"status": 422}))
                .await,
        );
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    stage.tick().await;
    stage.enqueue_kind("other", "k", json!({})).await;
    let list = |state: Option<&'static str>, kind: Option<&'static str>, before: Option<Uuid>| {
        let stage = &stage;
        async move {
            let page = stage
                .json(
                    "select platform.list_tasks($1, $2, $3, 2)",
                    &[&state, &kind, &before],
                )
                .await;
            page.as_array()
                .unwrap()
                .iter()
                .map(|task| task["idempotency_key"].as_str().unwrap().to_owned())
                .collect::<Vec<_>>()
        }
    };
    assert_eq!(list(Some("dead"), None, None).await, ["k4", "k3"]);
    assert_eq!(list(Some("dead"), None, Some(ids[3])).await, ["k2", "k1"]);
    assert_eq!(list(None, None, None).await, ["k", "k4"]);
    assert_eq!(list(None, Some("other"), None).await, ["k"]);
    assert_eq!(list(Some("done"), None, None).await, Vec::<String>::new());
}

#[tokio::test]
async fn what_was_kept_long_enough_goes_and_the_rest_stays() {
    let clean_up = Kind {
        name: "clean_up",
        owner: "worker",
        ..JOB
    };
    let stage = Stage::new(&[clean_up], &[]).await;
    stage
        .sql
        .batch_execute(
            "insert into platform.tasks (id, kind, payload, state, run_at, idempotency_key, created_at, finished_at)
             select platform.uuid_floor(platform.now() - make_interval(days => age)), 'job', '{}', state, platform.now(),
                    state || age, platform.now(), platform.now() - make_interval(days => age)
             from (values ('done', 8), ('done', 6), ('cancelled', 31), ('cancelled', 29), ('dead', 91), ('dead', 89)) v(state, age);
             insert into platform.idempotency (principal, route, key, request_hash, resource_id, created_at)
             values ('p', 'r', 'old', '', gen_random_uuid(), platform.now() - interval '4 days'),
                    ('p', 'r', 'new', '', gen_random_uuid(), platform.now() - interval '2 days')",
        )
        .await
        .unwrap();
    let id = stage.enqueue_kind("clean_up", "now", json!({})).await;
    assert_eq!(stage.tick().await.tasks.done, 1);
    assert_eq!(stage.task(id).await["result"]["portions"][0]["tasks"], 3);
    let left: String = stage
        .sql
        .query_one("select string_agg(idempotency_key, ' ' order by idempotency_key) from platform.tasks where kind = 'job'", &[])
        .await
        .unwrap()
        .get(0);
    assert_eq!(left, "cancelled29 dead89 done6");
    assert_eq!(
        stage
            .count("select count(*) from platform.idempotency where key = 'new'")
            .await,
        1
    );
    assert_eq!(
        stage
            .count("select count(*) from platform.idempotency")
            .await,
        1
    );
}

#[tokio::test]
async fn only_the_workers_token_ticks() {
    let stage = Stage::new(&[JOB], &[]).await;
    for (authorization, status) in [
        (None, 401),
        (Some("Bearer ".to_owned()), 401),
        (Some(format!("Bearer {TOKEN}x")), 401),
        (Some(TOKEN.to_owned()), 401),
        (Some(format!("Bearer {TOKEN}")), 200),
    ] {
        let mut request = Request::post("/internal/worker/tick");
        if let Some(value) = &authorization {
            request = request.header(header::AUTHORIZATION, value);
        }
        let answer = stage
            .worker
            .call(request.body(Body::empty()).unwrap())
            .await;
        assert_eq!(answer.status().as_u16(), status, "{authorization:?}");
    }
}

#[tokio::test]
async fn a_private_route_answers_nobody_who_comes_from_outside() {
    let stage = Stage::new(&[JOB], &[]).await;
    for (peer, status) in [
        (Some("192.0.2.7:4000"), 404),
        (Some("127.0.0.1:4000"), 404),
        (Some("0.0.0.0:0"), 202),
        (None, 202),
    ] {
        let mut request = Request::post("/internal/wake");
        if let Some(peer) = peer {
            // A forged value comes first.
            request = request
                .header("spin-client-addr", "0.0.0.0:0")
                .header("spin-client-addr", peer);
        }
        let answer = stage
            .worker
            .call(request.body(Body::empty()).unwrap())
            .await;
        assert_eq!(answer.status().as_u16(), status, "{peer:?}");
    }
}

#[tokio::test]
async fn a_wake_is_answered_at_once_and_the_work_is_done_afterwards() {
    let stage = Stage::new(&[JOB], &[]).await;
    let id = stage.enqueue("a", json!({"held": true})).await;
    for _ in 0..20 {
        let answer = stage
            .worker
            .call(Request::post("/internal/wake").body(Body::empty()).unwrap())
            .await;
        assert_eq!(answer.status().as_u16(), 202);
    }
    assert_ne!(
        stage.task(id).await["state"],
        "done",
        "nobody waits for the work"
    );
    stage.notes.let_go.notify_one();
    let deadline = std::time::Instant::now() + Duration::from_secs(60);
    while stage.task(id).await["state"] != "done" {
        assert!(std::time::Instant::now() < deadline);
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    assert_eq!(
        stage.notes.tasks.lock().unwrap().len(),
        1,
        "twenty wakes, one attempt"
    );
}
