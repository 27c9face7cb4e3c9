//! How the worker is told to work.
//!
//! - `POST /internal/worker/tick`, public by its route and closed by a bearer token: answers when nothing is left or the time is
//!   up. For schedulers: our host, a CronJob, a Redis trigger.
//! - `POST /internal/wake`, which no public trigger routes here: answers at once and works afterwards. For our own components.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::State;
use axum::routing::post;
use http::{HeaderMap, StatusCode};
use kit::task::Task;
use kit::{App, AppBuilder, Problem, Query, RawJson, Service, bearer};
use serde::Deserialize;
use serde_json::{Value, json};
use utoipa_axum::router::OpenApiRouter;

use super::budget::Budget;
use super::drain::{self, Work};
use super::places::Places;
use super::store;
use crate::kinds::{KINDS, Kind};
use crate::subscriptions::{SUBSCRIPTIONS, Subscription};

/// Longest time that a tick may be asked to linger, seconds.
const MAX_LINGER_S: u64 = 300;
/// Rows that a clean-up deletes with one statement.
const PORTION: usize = 2_000;

/// The service of the component `worker`.
#[must_use]
pub fn service(builder: AppBuilder) -> Service {
    service_for(builder, KINDS, SUBSCRIPTIONS)
}

/// The same with other tables, for tests.
#[doc(hidden)]
#[must_use]
pub fn service_for(builder: AppBuilder, kinds: &[Kind], subscriptions: &[Subscription]) -> Service {
    builder
        .variables(&["events_origin", "events_path", "events_secret"])
        .secrets(&["worker_token"])
        .extension(Places::default())
        .extension(Work {
            kinds: kinds.to_vec(),
            subscriptions: subscriptions.to_vec(),
        })
        .internal(
            Router::new()
                .route("/wake", post(wake))
                .route("/tasks/clean_up", post(clean_up)),
        )
        .routes(OpenApiRouter::new().route("/internal/worker/tick", post(tick)))
}

#[derive(Deserialize)]
struct Parameters {
    /// Seconds to go on looking when the queue is empty.
    linger: Option<u64>,
}

async fn tick(
    State(app): State<App>,
    headers: HeaderMap,
    Query(parameters): Query<Parameters>,
) -> Result<RawJson, Problem> {
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
    serde_json::to_string(&report)
        .map(RawJson)
        .map_err(Problem::internal)
}

/// No token: who may call a component is what its manifest lists, and what a wake makes happen is due anyway. With one, each
/// component would hold a secret that lets it do nothing more.
async fn wake(State(app): State<App>) -> Result<StatusCode, Problem> {
    let (places, work) = parts(&app)?;
    if let Some(place) = places.enter() {
        kit::detached(async move {
            drain::run(&app, &work, &place, Budget::until_empty()).await;
        });
    }
    Ok(StatusCode::ACCEPTED)
}

async fn clean_up(State(app): State<App>, _task: Task<Value>) -> Result<RawJson, Problem> {
    let mut portions = Vec::new();
    // At the next time there is another task for what is left.
    for _ in 0..20 {
        let cleaned = store::clean_up(app.db(), PORTION).await?;
        let more = cleaned.get("more") == Some(&Value::Bool(true));
        portions.push(cleaned);
        if !more {
            break;
        }
    }
    Ok(RawJson(json!({"portions": portions}).to_string()))
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
