//! A component that owns tasks and takes events, and does what their payload says.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use axum::Router;
use axum::extract::State;
use axum::routing::post;
use http::StatusCode;
use kit::event::Event;
use kit::task::Task;
use kit::{App, AppBuilder, Path, Problem, RawJson, Service, params};
use serde_json::{Value, json};
use tokio::sync::Notify;
use utoipa_axum::router::OpenApiRouter;

/// What an owner was asked, and how it is to answer.
#[derive(Default)]
pub(crate) struct Notes {
    pub(crate) tasks: Mutex<Vec<Task<Value>>>,
    /// Consumer and event.
    pub(crate) events: Mutex<Vec<(String, Event)>>,
    /// How long after it was emitted each event was taken that says when that was.
    pub(crate) lags: Mutex<Vec<Duration>>,
    /// Keys whose events are answered with this status.
    pub(crate) failing: Mutex<BTreeMap<String, u16>>,
    /// Consumers that take nothing for as long as they are in here.
    pub(crate) stuck: Mutex<BTreeSet<String>>,
    /// Keys whose events are never answered: whoever waits for `dying` kills the worker that handed one over.
    pub(crate) deadly: Mutex<BTreeSet<String>>,
    pub(crate) dying: Notify,
    /// Tasks that are held wait for this.
    pub(crate) let_go: Notify,
}

impl Notes {
    /// Numbers of the events that a consumer took, in the order in which it took them, of one key.
    pub(crate) fn numbers(&self, consumer: &str, key: &str) -> Vec<i64> {
        self.events
            .lock()
            .unwrap()
            .iter()
            .filter(|(name, event)| name == consumer && event.key == key)
            .map(|(_, event)| event.data["n"].as_i64().unwrap())
            .collect()
    }
}

pub(crate) fn service(builder: AppBuilder, notes: Arc<Notes>) -> Service {
    builder
        .extension(notes)
        .internal(
            Router::new()
                .route("/tasks/{kind}", post(task))
                .route("/events/{topic}", post(event)),
        )
        .routes(OpenApiRouter::new())
}

/// Payload: `sleep_ms`; `held` until it is let go; `status` until attempt `until`; `effect` writes a row by the idempotency key;
/// `enqueue` asks for another task with the same statement; `retry_after`.
async fn task(
    State(app): State<App>,
    Path(kind): Path<String>,
    task: Task<Value>,
) -> Result<RawJson, Problem> {
    assert_eq!(kind, task.kind);
    let notes = app.extension::<Arc<Notes>>().unwrap();
    notes.tasks.lock().unwrap().push(task.clone());
    let payload = &task.payload;
    if let Some(ms) = payload["sleep_ms"].as_u64() {
        tokio::time::sleep(Duration::from_millis(ms)).await;
    }
    if payload["held"] == true {
        notes.let_go.notified().await;
    }
    if payload["effect"] == true {
        app.db()
            .write(
                "with effect as (insert into public.effects (key) values ($1) on conflict (key) do nothing)
                 insert into public.attempts (key) values ($1)",
                params![task.idempotency_key.as_str()],
            )
            .await?;
    }
    if let Some(kind) = payload["enqueue"].as_str() {
        app.db()
            .write(
                "select platform.enqueue($1, $2, $3, '{}')",
                params![task.context.value(), kind, task.idempotency_key.as_str()],
            )
            .await?;
    }
    let until = payload["until"].as_u64().unwrap_or(u64::MAX);
    match payload["status"].as_u64() {
        Some(status) if u64::from(task.attempt) < until => Err(problem(
            u16::try_from(status).unwrap(),
            payload["retry_after"].as_u64(),
        )),
        _ => Ok(RawJson(json!({"attempt": task.attempt}).to_string())),
    }
}

async fn event(State(app): State<App>, event: Event) -> Result<StatusCode, Problem> {
    let notes = app.extension::<Arc<Notes>>().unwrap();
    let actor = event.context.actor.clone().unwrap();
    let consumer = actor.strip_prefix("event:").unwrap().to_owned();
    while notes.stuck.lock().unwrap().contains(&consumer) {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let deadly = notes.deadly.lock().unwrap().contains(&event.key);
    if deadly {
        notes.dying.notify_one();
        std::future::pending::<()>().await;
    }
    let failing = notes.failing.lock().unwrap().get(&event.key).copied();
    if let Some(status) = failing {
        return Err(problem(status, None));
    }
    if let Some(emitted) = event.data["at_us"].as_u64() {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
        let lag = now.saturating_sub(Duration::from_micros(emitted));
        notes.lags.lock().unwrap().push(lag);
    }
    notes.events.lock().unwrap().push((consumer, event));
    Ok(StatusCode::NO_CONTENT)
}

fn problem(status: u16, retry_after: Option<u64>) -> Problem {
    let problem = Problem::new(
        StatusCode::from_u16(status).unwrap(),
        "internal",
        "As it was told",
    )
    .detail("it was told to fail");
    match retry_after {
        Some(seconds) => problem.header(http::header::RETRY_AFTER, &seconds.to_string()),
        None => problem,
    }
}
