//! How the worker is told to work.
//!
//! - `POST /internal/worker/tick`, public by its route and closed by a bearer token: answers when nothing is left or the time is
//!   up. For schedulers: our host, a CronJob, a Redis trigger.
//! - `POST /internal/wake`, which no public trigger routes here: answers at once and works afterwards. For our own components.

use std::sync::Arc;
use std::time::Duration;

use axum::Extension;
use axum::extract::State;
use http::{HeaderMap, StatusCode};
use kit::access_log::Unlogged;
use kit::{App, Problem, Query, RawJson, bearer};
use serde::Deserialize;

use crate::worker::budget::Budget;
use crate::worker::drain::{self, Work};
use crate::worker::places::Places;
use crate::worker::report::Report;

/// Longest time that a tick may be asked to linger, seconds.
const MAX_LINGER_S: u64 = 300;

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
pub(crate) async fn wake(State(app): State<App>) -> Result<StatusCode, Problem> {
    let (places, work) = parts(&app)?;
    if let Some(place) = places.enter() {
        kit::detached(async move {
            drain::run(&app, &work, &place, Budget::until_empty()).await;
        });
    }
    Ok(StatusCode::ACCEPTED)
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
