//! Claims: who gets which task, in which order, and how much it costs.

use std::collections::BTreeSet;

use futures::future::join_all;
use serde_json::{Value, json};
use spindle_platform::kinds::Kind;
use uuid::Uuid;

use crate::stage::{JOB, Stage, connect};

fn kinds(concurrency: i32) -> Value {
    json!([{"kind": "job", "max_attempts": 3, "concurrency": concurrency, "wanted": true},
           {"kind": "other", "max_attempts": 3, "concurrency": concurrency, "wanted": true}])
}

/// Under a lease that no slow machine outlasts.
const CLAIM: &str = "select platform.claim_tasks($1, $2, $3, 600000, true)";

fn keys(claim: &Value) -> Vec<String> {
    claim["tasks"]
        .as_array()
        .unwrap()
        .iter()
        .map(|task| task["idempotency_key"].as_str().unwrap().to_owned())
        .collect()
}

async fn fill(stage: &Stage, count: i32) {
    stage
        .sql
        .execute(
            "select platform.enqueue('{}', 'job', n::text, '{}') from generate_series(1, $1::int4) n",
            &[&count],
        )
        .await
        .unwrap();
}

#[tokio::test]
async fn no_two_workers_get_the_same_task_and_none_is_left() {
    let stage = Stage::new(&[JOB], &[]).await;
    fill(&stage, 1_000).await;
    let claims = join_all((0..8).map(|_| {
        let url = stage.url.clone();
        async move {
            let (client, holder) = (connect(&url).await, Uuid::new_v4());
            let mut taken = Vec::new();
            loop {
                let text: String = client
                    .query_one(CLAIM, &[&holder, &kinds(2_000), &16_i32])
                    .await
                    .unwrap()
                    .get(0);
                let claim: Value = serde_json::from_str(&text).unwrap();
                if keys(&claim).is_empty() {
                    return taken;
                }
                taken.extend(keys(&claim));
            }
        }
    }))
    .await;
    let all: Vec<String> = claims.into_iter().flatten().collect();
    assert_eq!(all.len(), 1_000, "each is claimed once");
    assert_eq!(
        all.into_iter().collect::<BTreeSet<_>>().len(),
        1_000,
        "and all of them are"
    );
}

#[tokio::test]
async fn a_kind_never_runs_more_often_at_once_than_it_may() {
    let stage = Stage::new(&[JOB], &[]).await;
    fill(&stage, 200).await;
    stage.enqueue_kind("other", "o", json!({})).await;
    let taken = join_all((0..8).map(|_| {
        let url = stage.url.clone();
        async move {
            let client = connect(&url).await;
            let mut taken = 0;
            for _ in 0..5 {
                let text: String = client
                    .query_one(CLAIM, &[&Uuid::new_v4(), &kinds(7), &16_i32])
                    .await
                    .unwrap()
                    .get(0);
                taken += keys(&serde_json::from_str(&text).unwrap()).len();
            }
            taken
        }
    }))
    .await;
    assert_eq!(
        taken.iter().sum::<usize>(),
        8,
        "seven of one kind, and the other kind is not held up by it"
    );
    assert_eq!(
        stage
            .count("select count(*) from platform.tasks where state = 'running' and kind = 'job'")
            .await,
        7
    );
}

#[tokio::test]
async fn higher_priority_goes_first_then_what_waits_longest_across_kinds() {
    let stage = Stage::new(&[JOB], &[]).await;
    stage
        .sql
        .batch_execute(
            "select platform.enqueue('{}', kind, key, '{}', platform.now() - make_interval(secs => age), priority::smallint)
             from (values ('job', 'job old', 30, 0), ('other', 'other urgent', 1, 9), ('job', 'job young', 10, 0),
                          ('other', 'other middle', 20, 0), ('job', 'job idle', 90, -1)) v(kind, key, age, priority)",
        )
        .await
        .unwrap();
    let claim = |wanted: i32| {
        let stage = &stage;
        async move {
            keys(
                &stage
                    .json(CLAIM, &[&Uuid::new_v4(), &kinds(100), &wanted])
                    .await,
            )
        }
    };
    assert_eq!(claim(2).await, ["other urgent", "job old"]);
    assert_eq!(claim(9).await, ["other middle", "job young", "job idle"]);
}

#[tokio::test]
async fn what_a_lost_worker_had_is_taken_again_and_its_late_answer_counts_for_nothing() {
    let stage = Stage::new(&[JOB], &[]).await;
    let id = stage.enqueue("a", json!({})).await;
    let (lost, next) = (Uuid::new_v4(), Uuid::new_v4());
    let claim = |holder: Uuid| {
        let stage = &stage;
        async move { stage.json(CLAIM, &[&holder, &kinds(1), &16_i32]).await }
    };
    let finish = |holder: Uuid, attempt: i32| {
        let stage = &stage;
        let outcome = json!([{"task_id": id, "attempt": attempt, "outcome": "done"}]);
        async move {
            stage
                .json("select platform.finish_tasks($1, $2)", &[&holder, &outcome])
                .await
        }
    };
    assert_eq!(claim(lost).await["tasks"][0]["attempt"], 1);
    assert_eq!(
        keys(&claim(next).await),
        Vec::<String>::new(),
        "the lease holds, and so does the limit"
    );
    stage.let_leases_run_out().await;
    assert_eq!(
        claim(next).await["tasks"][0]["attempt"],
        1,
        "nobody knows what it died of"
    );
    assert_eq!(finish(lost, 1).await, json!([]));
    stage.let_leases_run_out().await;
    assert_eq!(claim(next).await["tasks"][0]["attempt"], 2);
    assert_eq!(finish(lost, 1).await, json!([]));
    assert_eq!(
        finish(next, 1).await,
        json!([]),
        "nor an answer to an earlier attempt"
    );
    assert_eq!(finish(next, 2).await, json!([id]));
    assert_eq!(finish(next, 2).await, json!([]), "once");
    let task = stage.task(id).await;
    assert!(
        task["errors"][0]["error"]
            .as_str()
            .unwrap()
            .contains("lease ran out"),
        "{task}"
    );
}

#[tokio::test]
async fn a_task_that_kills_its_workers_ends_as_a_dead_letter() {
    let stage = Stage::new(&[JOB], &[]).await;
    let id = stage.enqueue("a", json!({})).await;
    // The first death is not charged.
    for attempt in [1, 1, 2, 3] {
        let claim = stage
            .json(CLAIM, &[&Uuid::new_v4(), &kinds(1), &1_i32])
            .await;
        assert_eq!(claim["tasks"][0]["attempt"], attempt);
        stage.let_leases_run_out().await;
    }
    assert_eq!(
        keys(
            &stage
                .json(CLAIM, &[&Uuid::new_v4(), &kinds(1), &1_i32])
                .await
        ),
        Vec::<String>::new()
    );
    assert_eq!(stage.task(id).await["state"], "dead");
}

#[tokio::test]
async fn a_heartbeat_keeps_what_is_still_ones_own() {
    let stage = Stage::new(&[JOB], &[]).await;
    let (mine, theirs) = (
        stage.enqueue("mine", json!({})).await,
        stage.enqueue("theirs", json!({})).await,
    );
    let (me, they) = (Uuid::new_v4(), Uuid::new_v4());
    stage.json(CLAIM, &[&me, &kinds(9), &1_i32]).await;
    stage.json(CLAIM, &[&they, &kinds(9), &1_i32]).await;
    let held = stage
        .json(
            "select platform.extend_leases($1, $2, 3600000)",
            &[&me, &vec![mine, theirs]],
        )
        .await;
    assert_eq!(held, json!([mine]));
    assert_eq!(
        stage.count("select count(*) from platform.tasks where leased_until > platform.now() + interval '50 minutes'").await,
        1
    );
}

/// Whatever waits, is over or belongs to a kind at its limit: a claim walks along its index from the front.
#[tokio::test]
async fn a_claim_reads_its_index_alone_however_many_tasks_there_are() {
    let stage = Stage::new(&[JOB], &[]).await;
    stage
        .sql
        .batch_execute(
            "insert into platform.tasks (id, kind, payload, state, run_at, idempotency_key, created_at, finished_at)
             select gen_random_uuid(), 'job', '{}', 'done', platform.now(), 'd' || n, platform.now(), platform.now()
             from generate_series(1, 8000) n;
             insert into platform.tasks (id, kind, payload, state, priority, run_at, idempotency_key, created_at)
             select gen_random_uuid(), 'full', '{}', 'queued', 9, platform.now(), 'f' || n, platform.now()
             from generate_series(1, 4000) n;
             insert into platform.tasks (id, kind, payload, state, run_at, idempotency_key, created_at)
             select gen_random_uuid(), 'job', '{}', 'scheduled', platform.now() + interval '1 day', 's' || n, platform.now()
             from generate_series(1, 4000) n",
        )
        .await
        .unwrap();
    fill(&stage, 4_000).await;
    let kinds = json!([{"kind": "job", "max_attempts": 3, "concurrency": 10000, "wanted": true},
                       {"kind": "full", "max_attempts": 3, "concurrency": 0, "wanted": true}]);
    // What was counted on the way here is told now, and not amid a claim.
    stage
        .sql
        .batch_execute("select pg_stat_force_next_flush()")
        .await
        .unwrap();
    let client = connect(&stage.url).await;
    let seen = || async {
        client
            .batch_execute("select pg_stat_force_next_flush()")
            .await
            .unwrap();
        client
            .query_one("select pg_stat_clear_snapshot()", &[])
            .await
            .unwrap();
        let row = client
            .query_one(
                "select seq_scan, idx_tup_fetch from pg_stat_user_tables where relid = 'platform.tasks'::regclass",
                &[],
            )
            .await
            .unwrap();
        (row.get::<_, i64>(0), row.get::<_, i64>(1))
    };
    // The least of ten: a claim meets the entries of those before it again while any transaction of the server is older.
    let mut least = i64::MAX;
    for _ in 0..10 {
        let before = seen().await;
        let text: String = client
            .query_one(CLAIM, &[&Uuid::new_v4(), &kinds, &16_i32])
            .await
            .unwrap()
            .get(0);
        assert_eq!(keys(&serde_json::from_str(&text).unwrap()).len(), 16);
        let after = seen().await;
        assert_eq!(after.0, before.0, "the table is never read as a whole");
        least = least.min(after.1 - before.1);
    }
    assert!(
        (16..16 * 12).contains(&least),
        "{least} rows for a claim of 16"
    );
}

#[tokio::test]
async fn an_empty_queue_costs_no_transaction_id() {
    let stage = Stage::new(&[JOB], &[]).await;
    let mut client = connect(&stage.url).await;
    let transaction = client.transaction().await.unwrap();
    for _ in 0..50 {
        transaction
            .query_one(CLAIM, &[&Uuid::new_v4(), &kinds(9), &16_i32])
            .await
            .unwrap();
    }
    let assigned = transaction
        .query_one("select pg_current_xact_id_if_assigned()::text", &[])
        .await
        .unwrap();
    assert_eq!(assigned.get::<_, Option<String>>(0), None);
}

/// What /metrics shows.
#[tokio::test]
async fn figures_tell_what_waits_and_for_how_long() {
    let other = Kind {
        name: "other",
        ..JOB
    };
    let stage = Stage::new(&[JOB, other], &[]).await;
    let figures = || stage.json("select platform.queue_figures()", &[]);
    assert_eq!(
        figures().await,
        json!({"tasks": [], "oldest_due_age_s": 0, "consumers": []})
    );
    stage.enqueue("poison", json!({"status": 422})).await;
    stage.tick().await;
    stage
        .sql
        .batch_execute(
            "select platform.enqueue('{}', 'other', 'late', '{}', platform.now() - interval '1 hour');
             select platform.enqueue('{}', 'other', 'early', '{}', platform.now() + interval '1 hour')",
        )
        .await
        .unwrap();
    let seen = figures().await;
    assert_eq!(
        seen["tasks"],
        json!([{"kind": "job", "scheduled": 0, "queued": 0, "running": 0, "dead": 1},
               {"kind": "other", "scheduled": 1, "queued": 1, "running": 0, "dead": 0}])
    );
    assert!(
        (3_599.0..4_200.0).contains(&seen["oldest_due_age_s"].as_f64().unwrap()),
        "{seen}"
    );
}
