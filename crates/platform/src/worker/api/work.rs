//! How the worker is told to work.
//!
//! - `POST /internal/worker/tick`, public by its route and closed by a bearer token: answers when nothing is left or the time is
//!   up. For schedulers: our host, a CronJob, a Redis trigger.
//! - `POST /internal/wake`, which no public trigger routes here: answers at once and works afterwards. For our own components. Where
//!   `self_tick` is `on`, one drain of an instance then looks on for a while and wakes the worker anew: for hosts without a scheduler.

use std::sync::Arc;
use std::time::Duration;

use axum::Extension;
use axum::extract::State;
use http::{HeaderMap, StatusCode, header};
use kit::access_log::Unlogged;
use kit::wake::WAKE_URL;
use kit::{App, Problem, Query, RawJson, bearer};
use serde::Deserialize;

use crate::worker::budget::Budget;
use crate::worker::call::{self, Call};
use crate::worker::drain::{self, Work};
use crate::worker::places::Places;
use crate::worker::report::Report;

/// Longest time that a tick may be asked to linger, seconds.
const MAX_LINGER_S: u64 = 300;
/// How long a drain looks on where the worker ticks itself: our host stops a guest after 60 s, and the last task may take 40.
const STAY: Duration = Duration::from_secs(15);
/// Says that a wake is the worker's own.
const OWN_AGENT: &str = "spindle-worker";
/// A wake is answered at once.
const WAKE_LIMIT: Duration = Duration::from_secs(2);

#[derive(Deserialize)]
pub(crate) struct Parameters {
    /// Seconds to go on looking when the queue is empty.
    linger: Option<u64>,
}

pub(crate) async fn tick(
    State(app): State<App>,
    headers: HeaderMap,
    Query(parameters): Query<Parameters>,
) -> Result<(Option<Extension<Unlogged>>, RawJson), Problem> {
    authorise(&app, &headers)?;
    let linger = parameters.linger.unwrap_or(0);
    if linger > MAX_LINGER_S {
        return Err(Problem::invalid_field(
            "linger",
            format!("must be 0 to {MAX_LINGER_S} seconds"),
        ));
    }
    let (places, work) = parts(&app)?;
    let place = places.take();
    let budget = Budget::lingering(Duration::from_secs(linger));
    let report = drain::run(&app, &work, &place, budget).await;
    let idle = (report == Report::default()).then_some(Extension(Unlogged));
    let body = serde_json::to_string(&report).map_err(Problem::internal)?;
    Ok((idle, RawJson(body)))
}

/// No token: who may call a component is what its manifest lists, and what a wake makes happen is due anyway. With one, each
/// component would hold a secret that lets it do nothing more.
pub(crate) async fn wake(
    State(app): State<App>,
    headers: HeaderMap,
) -> Result<(Option<Extension<Unlogged>>, StatusCode), Problem> {
    let (places, work) = parts(&app)?;
    let ticks_itself = app.config().variable("self_tick").map(str::trim) == Some("on");
    if let Some(place) = places.enter() {
        kit::detached(async move {
            let staying = ticks_itself.then(|| places.stay()).flatten();
            let budget = if staying.is_some() {
                Budget::lingering(STAY)
            } else {
                Budget::until_empty()
            };
            drain::run(&app, &work, &place, budget).await;
            if staying.is_some() {
                drop((staying, place));
                wake_again(&app).await;
            }
        });
    }
    let own = headers
        .get(header::USER_AGENT)
        .is_some_and(|agent| agent.as_bytes() == OWN_AGENT.as_bytes());
    Ok((own.then_some(Extension(Unlogged)), StatusCode::ACCEPTED))
}

/// By a request of its own, for hosts bound the time of one. Where it fails, the next write wakes the worker.
async fn wake_again(app: &App) {
    let call = Call {
        url: WAKE_URL.to_owned(),
        content_type: "application/json",
        request_id: None,
        traceparent: None,
        headers: vec![("user-agent", OWN_AGENT.to_owned())],
        body: Vec::new(),
        limit: WAKE_LIMIT,
    };
    let _ = call::send(app, call).await;
}

fn parts(app: &App) -> Result<(Arc<Places>, Arc<Work>), Problem> {
    let missing = || Problem::internal("the worker was not made by its own service");
    let places = app.extension().ok_or_else(missing)?;
    let work = app.extension().ok_or_else(missing)?;
    Ok((places, work))
}

fn authorise(app: &App, headers: &HeaderMap) -> Result<(), Problem> {
    if bearer::presents(headers, app.config().secret_bytes("worker_token")?) {
        return Ok(());
    }
    Err(Problem::unauthorized(
        "Send the worker's token as bearer token.",
    ))
}
