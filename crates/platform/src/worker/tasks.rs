//! Drains the queue: claims, dispatches, writes down, all at once, until nothing is due or the time is up.

use std::collections::HashMap;
use std::pin::Pin;
use std::time::{Duration, Instant};

use futures::future::{AbortHandle, Abortable};
use futures::stream::{FuturesUnordered, StreamExt};
use kit::log::{self, Level};
use kit::{App, DbError};
use serde_json::json;
use uuid::Uuid;

use super::budget::Budget;
use super::call::{self, chance};
use super::complain;
use super::outcome::{Answer, Outcome};
use super::report::Counts;
use super::store::{self, Claim, Claimed, Ended};
use crate::kinds::Kind;

/// Tasks under way at once in one drain: as many requests as an instance of their owner takes.
const AT_ONCE: usize = 16;
/// Leases last three times as long.
const HEARTBEAT: Duration = Duration::from_secs(10);

/// What the drain waits for.
enum Happening {
    /// How many were wanted, and what there was.
    Claimed(usize, Result<Claim, DbError>),
    /// None for a call that was let go of.
    Ended(Option<Ended>),
    Written(Vec<Ended>, Result<Vec<Uuid>, DbError>),
    /// Which leases were to be prolonged, and which were.
    Beat(Vec<Uuid>, Result<Vec<Uuid>, DbError>),
}

type Waiting<'a> = Pin<Box<dyn Future<Output = Happening> + Send + 'a>>;

/// What a drain of the queue came to.
#[derive(Debug, Default)]
pub(super) struct Drained {
    pub(super) counts: Counts,
    /// How long until a scheduled task is due.
    pub(super) next_due_ms: Option<i64>,
}

/// Drains tasks of these kinds.
pub(super) async fn drain(app: &App, kinds: &[Kind], holder: Uuid, budget: Budget) -> Drained {
    let mut drained = Drained::default();
    let mut waiting: FuturesUnordered<Waiting<'_>> = FuturesUnordered::new();
    let mut under_way: HashMap<Uuid, AbortHandle> = HashMap::new();
    let mut ended: Vec<Ended> = Vec::new();
    let (mut claiming, mut writing, mut beating) = (false, false, false);
    // Something may be due: at first, and whenever an end has made room or work.
    let mut hungry = true;
    loop {
        if hungry && !claiming && under_way.len() <= AT_ONCE / 2 && budget.may_claim() {
            let wanted = AT_ONCE - under_way.len();
            // What has ended is still ours until that is written down.
            let idle = under_way.is_empty() && ended.is_empty() && !writing;
            (claiming, hungry) = (true, false);
            waiting.push(Box::pin(claim(app, kinds, holder, wanted, idle, budget)));
        }
        if !ended.is_empty() && !writing {
            writing = true;
            waiting.push(Box::pin(write(app, holder, std::mem::take(&mut ended))));
        }
        if !beating && !under_way.is_empty() {
            beating = true;
            waiting.push(Box::pin(beat(
                app,
                holder,
                under_way.keys().copied().collect(),
            )));
        }
        // The heartbeat alone is nothing to wait for.
        if !claiming && !writing && under_way.is_empty() {
            return drained;
        }
        match waiting.next().await {
            None => return drained,
            Some(Happening::Claimed(wanted, claim)) => {
                claiming = false;
                let claim = match claim {
                    Ok(claim) => claim,
                    Err(error) => {
                        complain("tasks could not be claimed", &error);
                        continue;
                    }
                };
                drained.next_due_ms = claim.next_due_ms;
                // Fewer than wanted were all that there were.
                hungry |= claim.tasks.len() >= wanted;
                for task in claim.tasks {
                    let (handle, registration) = AbortHandle::new_pair();
                    under_way.insert(task.call.task_id, handle);
                    waiting.push(Box::pin(async move {
                        let doing = Abortable::new(attempt(app, kinds, task), registration);
                        Happening::Ended(doing.await.ok())
                    }));
                }
            }
            Some(Happening::Ended(None)) => {}
            Some(Happening::Ended(Some(end))) => {
                under_way.remove(&end.task_id);
                ended.push(end);
            }
            Some(Happening::Written(written, kept)) => {
                writing = false;
                hungry = true;
                match kept {
                    Ok(kept) => count(&mut drained.counts, &written, &kept),
                    // The leases run out, and the tasks are done once more: at least once.
                    Err(error) => complain("the end of tasks could not be written down", &error),
                }
            }
            Some(Happening::Beat(asked, held)) => {
                beating = false;
                match held {
                    // Cancelled, or another worker's by now: nobody waits for the answer.
                    Ok(held) => under_way.retain(|task, handle| {
                        let keep = held.contains(task) || !asked.contains(task);
                        if !keep {
                            handle.abort();
                            drained.counts.lost += 1;
                        }
                        keep
                    }),
                    Err(error) => complain("leases could not be prolonged", &error),
                }
            }
        }
    }
}

fn count(counts: &mut Counts, written: &[Ended], kept: &[Uuid]) {
    for end in written {
        if kept.contains(&end.task_id) {
            counts.count(&end.outcome);
        } else {
            counts.lost += 1;
        }
    }
}

async fn claim(
    app: &App,
    kinds: &[Kind],
    holder: Uuid,
    wanted: usize,
    idle: bool,
    budget: Budget,
) -> Happening {
    let kinds: Vec<(Kind, bool)> = kinds
        .iter()
        .map(|kind| (*kind, budget.has_room_for(kind.time_limit)))
        .collect();
    let claim = store::claim_tasks(app.db(), holder, &kinds, wanted, idle).await;
    Happening::Claimed(wanted, claim)
}

async fn write(app: &App, holder: Uuid, ended: Vec<Ended>) -> Happening {
    let kept = store::finish_tasks(app.db(), holder, &ended).await;
    Happening::Written(ended, kept)
}

async fn beat(app: &App, holder: Uuid, tasks: Vec<Uuid>) -> Happening {
    kit::clock::sleep(HEARTBEAT).await;
    let held = store::extend_leases(app.db(), holder, &tasks).await;
    Happening::Beat(tasks, held)
}

/// One attempt, and its log line.
async fn attempt(app: &App, kinds: &[Kind], task: Claimed) -> Ended {
    let Claimed {
        call: task,
        snoozes,
    } = task;
    let began = Instant::now();
    let outcome = match kinds.iter().find(|kind| kind.name == task.kind) {
        Some(kind) => {
            let answer = match serde_json::to_vec(&task) {
                Ok(body) => {
                    call::send(
                        app,
                        call::Call {
                            url: format!(
                                "http://{}.spin.internal/internal/tasks/{}",
                                kind.owner, kind.name
                            ),
                            content_type: "application/json",
                            request_id: task.request_id.as_deref(),
                            traceparent: task.traceparent.as_deref(),
                            headers: Vec::new(),
                            body,
                            limit: kind.time_limit,
                        },
                    )
                    .await
                }
                Err(error) => Answer::Failed(error.to_string()),
            };
            Outcome::of(answer, kind.into(), task.attempt, snoozes, chance())
        }
        None => unknown(&task.kind),
    };
    let mut fields = json!({
        "task_id": task.task_id, "kind": task.kind, "attempt": task.attempt, "outcome": outcome.name(),
        "request_id": task.request_id, "traceparent": task.traceparent, "ms": began.elapsed().as_secs_f64() * 1000.0,
    });
    if let (Some(fields), Some(failure)) = (fields.as_object_mut(), outcome.failure()) {
        fields.insert("cause".into(), json!(failure.error));
        fields.insert("delay_ms".into(), json!(outcome.delay_ms()));
    }
    let level = match outcome {
        Outcome::Done(_) => Level::Info,
        Outcome::Retry(..) | Outcome::Snooze(..) => Level::Warn,
        Outcome::Dead(_) => Level::Error,
    };
    log::line(level, "worker", "task", fields);
    Ended {
        task_id: task.task_id,
        attempt: task.attempt,
        outcome,
    }
}

/// Only kinds of the table are claimed.
fn unknown(kind: &str) -> Outcome {
    Outcome::Dead(super::outcome::Failure {
        error: format!("{kind} is no kind of platform::kinds::KINDS"),
        status: None,
    })
}
