//! The statements of the worker, one function each.

use kit::task::Call;
use kit::{Db, DbError, Value, params};
use serde::Deserialize;
use serde_json::json;
use uuid::Uuid;

use super::outcome::Outcome;
use crate::kinds::Kind;
use crate::schedules::SCHEDULES;
use crate::subscriptions::Subscription;

/// A lease lasts this long, milliseconds; a worker that lives prolongs it in time.
pub(crate) const LEASE_MS: i64 = 30_000;

/// A task under this worker's lease.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Claimed {
    #[serde(flatten)]
    pub(crate) call: Call,
    pub(crate) snoozes: u32,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Claim {
    pub(crate) tasks: Vec<Claimed>,
    pub(crate) next_due_ms: Option<i64>,
}

/// Takes up to `wanted` tasks of the kinds for which there is room. `idle`: the worker has no other in hand, and may get one alone whose
/// last worker was lost.
pub(crate) async fn claim_tasks(
    db: &Db,
    holder: Uuid,
    kinds: &[(Kind, bool)],
    wanted: usize,
    idle: bool,
) -> Result<Claim, DbError> {
    let kinds: Vec<_> = kinds
        .iter()
        .map(|(kind, wanted)| {
            json!({"kind": kind.name, "max_attempts": kind.max_attempts, "concurrency": kind.concurrency, "wanted": wanted})
        })
        .collect();
    db.write_json(
        include_str!("../../sql/claim_tasks.sql"),
        params![holder, json!(kinds), small(wanted), LEASE_MS, idle],
    )
    .await
}

/// An attempt that ended.
#[derive(Clone, Debug)]
pub(crate) struct Ended {
    pub(crate) task_id: Uuid,
    pub(crate) attempt: u32,
    pub(crate) outcome: Outcome,
}

/// Writes down how attempts ended; answers the tasks that were still this worker's.
pub(crate) async fn finish_tasks(
    db: &Db,
    holder: Uuid,
    ended: &[Ended],
) -> Result<Vec<Uuid>, DbError> {
    let outcomes: Vec<_> = ended
        .iter()
        .map(|ended| {
            let result = match &ended.outcome {
                Outcome::Done(result) => result.as_ref(),
                _ => None,
            };
            let failure = ended.outcome.failure();
            json!({
                "task_id": ended.task_id, "attempt": ended.attempt, "outcome": ended.outcome.name(), "result": result,
                "error": failure.map(|failure| &failure.error), "status": failure.and_then(|failure| failure.status),
                "delay_ms": ended.outcome.delay_ms(),
            })
        })
        .collect();
    db.write_json(
        include_str!("../../sql/finish_tasks.sql"),
        params![holder, json!(outcomes)],
    )
    .await
}

/// The heartbeat; answers the tasks that are still this worker's.
pub(crate) async fn extend_leases(
    db: &Db,
    holder: Uuid,
    tasks: &[Uuid],
) -> Result<Vec<Uuid>, DbError> {
    let tasks: Vec<String> = tasks.iter().map(Uuid::to_string).collect();
    db.write_json(
        include_str!("../../sql/extend_leases.sql"),
        params![holder, tasks, LEASE_MS],
    )
    .await
}

/// Makes the tasks of schedules that are due; answers how many were.
pub(crate) async fn fire_schedules(db: &Db, now_ms: i64) -> Result<i32, DbError> {
    let schedules: Vec<_> = SCHEDULES
        .iter()
        .map(|schedule| {
            json!({"name": schedule.name, "kind": schedule.kind, "times": schedule.when.text(),
                   "next_ms": schedule.when.after(now_ms)})
        })
        .collect();
    db.write(
        include_str!("../../sql/fire_schedules.sql"),
        params![json!(schedules)],
    )
    .await?
    .first()
    .map_or(Ok(0), |row| row.get("fired"))
}

/// Who has something to take.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct Ready {
    pub(crate) consumers: Vec<String>,
    pub(crate) parked: bool,
}

/// Which consumers have something to take.
pub(crate) async fn ready_consumers(
    db: &Db,
    subscriptions: &[Subscription],
) -> Result<Ready, DbError> {
    let consumers: Vec<_> = subscriptions
        .iter()
        .map(|subscription| {
            json!({"consumer": subscription.consumer, "topics": subscription.topics})
        })
        .collect();
    db.read_json(
        include_str!("../../sql/ready_consumers.sql"),
        params![json!(consumers)],
    )
    .await
    .map(Option::unwrap_or_default)
}

/// Where an event stands in the outbox.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub(crate) struct Position {
    pub(crate) xid: String,
    pub(crate) seq: i64,
}

/// An event for a consumer.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Entry {
    #[serde(flatten)]
    pub(crate) position: Position,
    pub(crate) topic: String,
    pub(crate) key: String,
    pub(crate) payload: serde_json::Value,
    /// An earlier event of this key waits.
    pub(crate) parked: bool,
}

/// The next events, or why there are none.
#[derive(Debug, Deserialize)]
#[serde(tag = "status", rename_all = "snake_case")]
pub(crate) enum Reading {
    Events {
        events: Vec<Entry>,
        #[serde(flatten)]
        end: Position,
    },
    Passed {
        more: bool,
    },
    None {
        more: bool,
    },
    Busy,
}

/// Reads the next events for a consumer, under a lease.
pub(crate) async fn read_events(
    db: &Db,
    subscription: &Subscription,
    holder: Uuid,
    size: usize,
) -> Result<Reading, DbError> {
    let topics: Vec<String> = subscription
        .topics
        .iter()
        .map(|topic| (*topic).to_owned())
        .collect();
    db.write_json(
        include_str!("../../sql/read_events.sql"),
        params![subscription.consumer, topics, holder, small(size), LEASE_MS],
    )
    .await
}

/// An event that was not taken.
#[derive(Clone, Debug)]
pub(crate) struct Parked {
    pub(crate) position: Position,
    /// None for one that stands behind another of its key.
    pub(crate) outcome: Option<Outcome>,
}

/// Passes everything up to `end`, but for what is parked. False if the lease was lost.
pub(crate) async fn advance_consumer(
    db: &Db,
    consumer: &str,
    holder: Uuid,
    end: &Position,
    parked: &[Parked],
) -> Result<bool, DbError> {
    let parked: Vec<_> = parked
        .iter()
        .map(|event| {
            let outcome = event.outcome.as_ref();
            let failure = outcome.and_then(Outcome::failure);
            json!({
                "xid": event.position.xid, "seq": event.position.seq,
                "outcome": outcome.map_or("behind", Outcome::name), "error": failure.map(|failure| &failure.error),
                "status": failure.and_then(|failure| failure.status), "delay_ms": outcome.and_then(Outcome::delay_ms),
            })
        })
        .collect();
    let params = params![
        consumer,
        holder,
        end.xid.as_str(),
        end.seq,
        json!(parked),
        LEASE_MS
    ];
    held(db, include_str!("../../sql/advance_consumer.sql"), params).await
}

/// The heartbeat of a consumer. False if the lease was lost.
pub(crate) async fn extend_consumer(
    db: &Db,
    consumer: &str,
    holder: Uuid,
) -> Result<bool, DbError> {
    let params = params![consumer, holder, LEASE_MS];
    held(db, include_str!("../../sql/extend_consumer.sql"), params).await
}

/// Lets another worker read for the consumer.
pub(crate) async fn release_consumer(
    db: &Db,
    consumer: &str,
    holder: Uuid,
) -> Result<bool, DbError> {
    let params = params![consumer, holder];
    held(db, include_str!("../../sql/release_consumer.sql"), params).await
}

/// A parked event under this worker's lease.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct ClaimedEvent {
    pub(crate) consumer: String,
    #[serde(flatten)]
    pub(crate) position: Position,
    pub(crate) topic: String,
    pub(crate) payload: serde_json::Value,
    pub(crate) attempt: u32,
    pub(crate) snoozes: u32,
}

/// Takes parked events that are due; those that have killed their last worker as often as this are dead letters instead.
pub(crate) async fn claim_parked_events(
    db: &Db,
    holder: Uuid,
    subscriptions: &[Subscription],
    wanted: usize,
    max_attempts: u32,
) -> Result<Vec<ClaimedEvent>, DbError> {
    let consumers: Vec<String> = subscriptions
        .iter()
        .map(|subscription| subscription.consumer.to_owned())
        .collect();
    db.write_json(
        include_str!("../../sql/claim_parked_events.sql"),
        params![
            holder,
            consumers,
            small(wanted),
            small(max_attempts),
            LEASE_MS
        ],
    )
    .await
}

/// Writes down how the attempt at a parked event ended. False if the lease was lost.
pub(crate) async fn finish_parked_event(
    db: &Db,
    holder: Uuid,
    event: &ClaimedEvent,
    outcome: &Outcome,
) -> Result<bool, DbError> {
    let failure = outcome.failure();
    let status = failure.and_then(|failure| failure.status).map(i32::from);
    let params = params![
        holder,
        event.consumer.as_str(),
        event.position.xid.as_str(),
        event.position.seq,
        outcome.name(),
        failure.map(|failure| failure.error.clone()),
        status,
        outcome.delay_ms()
    ];
    held(
        db,
        include_str!("../../sql/finish_parked_event.sql"),
        params,
    )
    .await
}

/// Deletes a portion of what has been kept long enough.
pub(crate) async fn clean_up(db: &Db, portion: usize) -> Result<serde_json::Value, DbError> {
    db.write_json(
        include_str!("../../sql/clean_up.sql"),
        params![small(portion)],
    )
    .await
}

async fn held(db: &Db, sql: &'static str, params: Vec<Value>) -> Result<bool, DbError> {
    db.write(sql, params)
        .await?
        .first()
        .map_or(Ok(false), |row| row.get("held"))
}

fn small(number: impl TryInto<i32>) -> i32 {
    number.try_into().unwrap_or(i32::MAX)
}
