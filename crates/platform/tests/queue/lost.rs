//! Events and tasks whose worker is lost: killed by them, or with its host. Whoever does it again and again comes to an end, nobody else
//! does.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use uuid::Uuid;

use crate::events::{advance, read_soon};
use crate::stage::{JOB, ORDERS, Stage, tick};

/// As `consumer::PATIENCE` has it.
const MAX_ATTEMPTS: usize = 12;
const CLAIM: &str = "select platform.claim_parked_events($1, array['orders'], 8, 12, 600000)";

/// A worker that hands a deadly event over, and is dropped where it stands. Then its leases run out.
async fn killed(stage: &Stage) {
    // Nothing is asked again and again meanwhile: what the dropped worker had asked last might come after the leases ran out.
    stage.nothing_is_held_back().await;
    for _ in 0..20 {
        let worker = stage.worker.clone();
        let mut ticking = tokio::spawn(async move { tick(&worker).await });
        tokio::select! {
            () = stage.notes.dying.notified() => {
                ticking.abort();
                assert!(ticking.await.is_err(), "it waited for its answer");
                stage.let_leases_run_out().await;
                return;
            }
            ended = &mut ticking => assert_eq!(ended.unwrap().events.dead, 0),
        }
    }
    panic!("no worker met the deadly event");
}

/// Three events of a key in one transaction: they are read together.
async fn emit_three(stage: &Stage, key: &str) {
    stage
        .sql
        .execute(
            "select platform.emit('{}', 'trading.events', $1, 'trade.executed', jsonb_build_object('n', n))
             from generate_series(1, 3) n",
            &[&key],
        )
        .await
        .unwrap();
}

/// Ticks until these have come, and no event waits.
async fn taken(stage: &Stage, key: &str, expected: &[i64]) {
    for _ in 0..20 {
        stage.tick().await;
        if stage.notes.numbers("orders", key).len() >= expected.len()
            && stage
                .count("select count(*) from platform.parked_events")
                .await
                == 0
        {
            break;
        }
    }
    assert_eq!(stage.notes.numbers("orders", key), expected, "{key}");
}

async fn parked(stage: &Stage) -> Vec<Value> {
    stage
        .column(
            "select platform.parked_event_document(p) from platform.parked_events p order by p.xid, p.seq",
            &[],
        )
        .await
}

#[tokio::test]
async fn an_event_that_kills_its_workers_ends_as_a_dead_letter_and_other_keys_go_on() {
    let stage = Stage::new(&[JOB], &[ORDERS]).await;
    stage
        .notes
        .deadly
        .lock()
        .unwrap()
        .insert("deadly".to_owned());
    stage.emit("good", 1).await;
    let deadly = stage.emit("deadly", 2).await;
    stage.emit("good", 3).await;
    stage.emit("deadly", 4).await;
    killed(&stage).await;
    assert_eq!(
        parked(&stage).await,
        Vec::<Value>::new(),
        "of a batch nobody knows which it was"
    );
    for attempt in 1..=MAX_ATTEMPTS {
        killed(&stage).await;
        // The first is written down by whoever looks next; from there on each counts before the event is handed over.
        let waiting = parked(&stage).await;
        let attempts = waiting.first().map(|event| event["attempts"].clone());
        assert_eq!(
            attempts,
            (attempt > 1).then(|| json!(attempt)),
            "attempt {attempt}"
        );
    }
    assert_eq!(
        stage.tick().await.events.retried,
        0,
        "nobody tries it again"
    );
    let waiting = parked(&stage).await;
    let [dead, behind] = waiting.as_slice() else {
        panic!("{waiting:?}");
    };
    assert_eq!(
        (&dead["event_id"], &dead["state"], &behind["state"]),
        (&json!(deadly), &json!("dead"), &json!("behind"))
    );
    let errors = dead["errors"].as_array().unwrap();
    assert_eq!(errors.len(), MAX_ATTEMPTS);
    for (index, error) in errors.iter().enumerate() {
        assert_eq!(error["attempt"], index + 1);
        assert!(
            error["error"].as_str().unwrap().contains("lease ran out"),
            "{error}"
        );
    }
    stage.emit("good", 5).await;
    for _ in 0..20 {
        stage.tick().await;
        if stage.notes.numbers("orders", "good").last() == Some(&5) {
            break;
        }
    }
    let good = stage.notes.numbers("orders", "good");
    // Those beside it in the batch came twice: at least once.
    assert_eq!(
        good.iter().copied().collect::<BTreeSet<_>>(),
        BTreeSet::from([1, 3, 5])
    );
    assert_eq!(good.last(), Some(&5), "{good:?}");
}

#[tokio::test]
async fn a_worker_that_is_killed_at_any_step_costs_healthy_events_nothing() {
    let stage = Stage::new(&[JOB], &[ORDERS]).await;

    // Before anything was handed over.
    emit_three(&stage, "read").await;
    read_soon(&stage, Uuid::new_v4()).await;
    stage.let_leases_run_out().await;
    taken(&stage, "read", &[1, 2, 3]).await;

    // When the first was taken, and the others were not asked about.
    emit_three(&stage, "first taken").await;
    let lost = Uuid::new_v4();
    let reading = read_soon(&stage, lost).await;
    assert!(advance(&stage, lost, &reading["events"][0]).await);
    stage.let_leases_run_out().await;
    taken(&stage, "first taken", &[2, 3]).await;

    // When all were taken and the lease was still there.
    emit_three(&stage, "all taken").await;
    let lost = Uuid::new_v4();
    let reading = read_soon(&stage, lost).await;
    assert!(advance(&stage, lost, &reading).await);
    stage.let_leases_run_out().await;
    taken(&stage, "all taken", &[]).await;

    // Twice in a row, the second time with one event alone in hand; and a third time, with that one parked.
    emit_three(&stage, "twice").await;
    let reading = read_soon(&stage, Uuid::new_v4()).await;
    assert_eq!(reading["events"].as_array().unwrap().len(), 3);
    emit_three(&stage, "beside").await;
    stage.let_leases_run_out().await;
    let reading = read_soon(&stage, Uuid::new_v4()).await;
    assert_eq!(reading["events"].as_array().unwrap().len(), 1);
    stage.let_leases_run_out().await;
    let reading = read_soon(&stage, Uuid::new_v4()).await;
    assert_eq!(
        (
            &reading["events"][0]["payload"]["data"]["n"],
            &reading["events"][0]["parked"]
        ),
        (&json!(2), &json!(true)),
        "the first was charged with an attempt, and waits"
    );
    let claim = stage.json(CLAIM, &[&Uuid::new_v4()]).await;
    assert_eq!(claim[0]["attempt"], 2);
    stage.let_leases_run_out().await;
    taken(&stage, "twice", &[1, 2, 3]).await;
    taken(&stage, "beside", &[1, 2, 3]).await;
}

#[tokio::test]
async fn an_event_whose_last_worker_was_lost_is_tried_alone_until_it_is_answered() {
    let stage = Stage::new(&[JOB], &[ORDERS]).await;
    for key in ["a", "b", "c"] {
        stage
            .notes
            .failing
            .lock()
            .unwrap()
            .insert(key.to_owned(), 500);
        stage.emit(key, 1).await;
    }
    for _ in 0..20 {
        stage.tick().await;
        if parked(&stage).await.len() == 3 {
            break;
        }
    }
    let claim = || async {
        let claimed = stage.json(CLAIM, &[&Uuid::new_v4()]).await;
        claimed.as_array().unwrap().len()
    };
    stage.let_pauses_end().await;
    assert_eq!(claim().await, 3, "those that only fail go together");
    stage.let_leases_run_out().await;
    for rest in (0..3).rev() {
        assert_eq!(claim().await, 1, "and {rest} after it");
    }
    assert_eq!(claim().await, 0);
    stage.let_leases_run_out().await;
    stage.tick().await;
    stage.let_pauses_end().await;
    assert_eq!(claim().await, 3, "each has answered by now");
    for event in parked(&stage).await {
        let lost = event["errors"]
            .as_array()
            .unwrap()
            .iter()
            .filter(|error| error["error"].as_str().unwrap().contains("lease ran out"));
        assert_eq!(lost.count(), 2, "{event}");
    }
    stage.notes.failing.lock().unwrap().clear();
    stage.let_leases_run_out().await;
    for key in ["a", "b", "c"] {
        taken(&stage, key, &[1]).await;
    }
}

/// Up to sixteen tasks for a worker; `idle` when it has no other in hand.
async fn claim_tasks(stage: &Stage, holder: Uuid, idle: bool) -> Vec<(String, i64)> {
    let kinds = json!([{"kind": "job", "max_attempts": 3, "concurrency": 100, "wanted": true}]);
    let claim = stage
        .json(
            "select platform.claim_tasks($1, $2, 16, 600000, $3)",
            &[&holder, &kinds, &idle],
        )
        .await;
    claim["tasks"]
        .as_array()
        .unwrap()
        .iter()
        .map(|task| {
            let key = task["idempotency_key"].as_str().unwrap().to_owned();
            (key, task["attempt"].as_i64().unwrap())
        })
        .collect()
}

/// The worker's own word for how the attempt at a task ended, without a pause.
async fn end_task(stage: &Stage, holder: Uuid, id: Uuid, outcome: &str) {
    let outcomes = json!([{"task_id": id, "attempt": 1, "outcome": outcome}]);
    let ended = stage
        .json(
            "select platform.finish_tasks($1, $2)",
            &[&holder, &outcomes],
        )
        .await;
    assert_eq!(ended, json!([id]), "{outcome}");
}

#[tokio::test]
async fn a_task_that_kills_its_workers_costs_those_beside_it_nothing() {
    let stage = Stage::new(&[JOB], &[]).await;
    let deadly = stage.enqueue("deadly", json!({})).await;
    let healthy = [
        ("a".to_owned(), stage.enqueue("a", json!({})).await),
        ("b".to_owned(), stage.enqueue("b", json!({})).await),
    ];
    assert_eq!(claim_tasks(&stage, Uuid::new_v4(), true).await.len(), 3);
    stage.let_leases_run_out().await;

    let holder = Uuid::new_v4();
    assert!(
        claim_tasks(&stage, holder, false).await.is_empty(),
        "none goes beside what the worker has in hand"
    );
    let next = stage.enqueue("next", json!({})).await;
    assert_eq!(
        claim_tasks(&stage, holder, false).await,
        [("next".to_owned(), 1_i64)],
        "and none holds up the others"
    );
    end_task(&stage, holder, next, "done").await;

    let mut deaths = Vec::new();
    let mut done = Vec::new();
    loop {
        let mut claimed = claim_tasks(&stage, holder, true).await;
        let Some((key, attempt)) = claimed.pop() else {
            break;
        };
        assert!(claimed.is_empty(), "{key} goes alone");
        match healthy.iter().find(|(name, _)| *name == key) {
            Some((_, id)) => {
                assert_eq!(attempt, 1, "{key} was not charged");
                end_task(&stage, holder, *id, "done").await;
                done.push(key);
            }
            None => {
                deaths.push(attempt);
                stage.let_leases_run_out().await;
            }
        }
    }
    done.sort();
    assert_eq!(done, ["a", "b"]);
    assert_eq!(deaths, [1, 2, 3], "the first, beside others, did not count");
    let dead = stage.task(deadly).await;
    assert_eq!(dead["state"], "dead");
    assert_eq!(dead["errors"].as_array().unwrap().len(), 4, "{dead}");
}

#[tokio::test]
async fn a_task_whose_worker_was_lost_goes_alone_until_it_is_answered() {
    let stage = Stage::new(&[JOB], &[]).await;
    let ids = [
        stage.enqueue("a", json!({})).await,
        stage.enqueue("b", json!({})).await,
    ];
    assert_eq!(claim_tasks(&stage, Uuid::new_v4(), true).await.len(), 2);
    stage.let_leases_run_out().await;
    let holder = Uuid::new_v4();
    for _ in ids {
        assert_eq!(claim_tasks(&stage, holder, true).await.len(), 1);
    }
    for id in ids {
        end_task(&stage, holder, id, "retry").await;
    }
    assert_eq!(
        claim_tasks(&stage, holder, true).await.len(),
        2,
        "each has answered by now"
    );
}

#[tokio::test]
async fn a_drain_does_what_a_lost_worker_had_and_what_waits_behind_it() {
    let stage = Stage::new(&[JOB], &[]).await;
    for key in ["a", "b", "c"] {
        stage.enqueue(key, json!({})).await;
    }
    assert_eq!(claim_tasks(&stage, Uuid::new_v4(), true).await.len(), 3);
    stage.let_leases_run_out().await;
    for key in ["d", "e"] {
        stage.enqueue(key, json!({})).await;
    }
    assert_eq!(stage.tick().await.tasks.done, 5);
    let charged = "select count(*) from platform.tasks where state <> 'done' or attempts <> 1";
    assert_eq!(stage.count(charged).await, 0);
}
