//! Ten thousand tasks in a full run, one in a hundred poison, four parallel ticks, and the worker killed five times.

use std::time::Duration;

use futures::future::join_all;
use spindle_harness::size;
use spindle_platform::kinds::Kind;

use crate::stage::{JOB, Stage, tick};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_good_task_has_one_effect_each_poison_is_a_dead_letter_and_none_is_lost() {
    let kind = Kind {
        max_attempts: 10,
        ..JOB
    };
    let (all, poison) = (size(2_500, 10_000), size(25, 100));
    let stage = Stage::new(&[kind], &[]).await;
    stage
        .sql
        .batch_execute(&format!(
            "select platform.enqueue('{{}}', 'job', 'n' || n,
                 case when n % 100 = 0 then '{{\"status\": 422}}' else '{{\"effect\": true}}' end::jsonb)
             from generate_series(1, {all}) n"
        ))
        .await
        .unwrap();
    let mut cut_off = 0;
    for kill in 1..=5 {
        let start = || {
            let worker = stage.worker.clone();
            tokio::spawn(async move { tick(&worker).await })
        };
        let mut ticks: Vec<_> = (0..4).map(|_| start()).collect();
        let goal = kill * all / 10;
        let running =
            "select count(*) from platform.tasks where kind = 'job' and state = 'running'";
        while stage.notes.tasks.lock().unwrap().len() < goal || stage.count(running).await == 0 {
            // A tick's time is up after a while; and one that found everything in the others' hands has ended.
            for ended in ticks.iter_mut().filter(|tick| tick.is_finished()) {
                *ended = start();
            }
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        // Dropped where they stand: between claim and call, in the call, between the effect and its being written down.
        ticks.iter().for_each(tokio::task::JoinHandle::abort);
        // One that found everything in the others' hands has ended by itself.
        let ended = join_all(ticks).await;
        assert!(ended.iter().any(Result::is_err), "kill {kill}");
        // None where all had just written down what they did: a statement that has been sent goes on without its worker.
        cut_off += stage.count(running).await;
        stage.let_leases_run_out().await;
    }
    assert!(cut_off > 0, "something was under way");
    // A claim that was on its way when its worker died may have been made after the leases were looked at.
    let open = "select count(*) from platform.tasks where kind = 'job' and state in ('queued', 'running', 'scheduled')";
    while stage.count(open).await > 0 {
        stage.let_leases_run_out().await;
        join_all((0..4).map(|_| tick(&stage.worker))).await;
    }
    let states = stage
        .json("select json_object_agg(state, n)::text from (select state, count(*) as n from platform.tasks where kind = 'job' group by 1) s", &[])
        .await;
    assert_eq!(
        states,
        serde_json::json!({"done": all - poison, "dead": poison})
    );
    assert_eq!(
        stage.count("select count(*) from public.effects").await,
        i64::try_from(all - poison).unwrap()
    );
    let again = stage
        .count("select count(*) - count(distinct key) from public.attempts")
        .await;
    assert!(
        again > 0,
        "kills made some run twice, and still they have one effect each"
    );
}
