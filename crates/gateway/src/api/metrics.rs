//! What Prometheus reads: the application's own state. `infra/monitoring/README.md` lists the metrics.

use std::time::{Duration, Instant};

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, header};
use kit::{App, DbError, Environment, Problem, bearer, params};
use platform::kinds::KINDS;
use platform::subscriptions::SUBSCRIPTIONS;

use crate::exposition::{Exposition, Sample};

/// The bearer that production demands; empty turns `/metrics` off there.
pub(crate) const TOKEN: &str = "metrics_token";
/// How old counts of whole tables may be. They cost a scan each, and nobody is paged by the number of posts.
const COUNTS_LIFE: Duration = Duration::from_secs(30);

/// The application's state in Prometheus' text format.
///
/// Open in development. In production it needs the bearer of the variable `metrics_token`, and does not exist without one.
#[utoipa::path(
    get,
    path = "/metrics",
    tag = "health",
    responses(
        (status = 200, description = "Prometheus text format 0.0.4", body = String, content_type = "text/plain"),
        (status = 401, description = "Not the bearer", body = kit::problem::ProblemDocument),
        (status = 404, description = "Turned off", body = kit::problem::ProblemDocument),
        (status = 503, description = "Postgres does not answer", body = kit::problem::ProblemDocument),
    ),
    security((), ("bearer" = []))
)]
pub(crate) async fn show(State(app): State<App>, headers: HeaderMap) -> Result<Response, Problem> {
    permit(&app, &headers)?;
    let started = Instant::now();
    let counts = app
        .cached("metrics.counts", COUNTS_LIFE, || read(&app, COUNTS))
        .await?;
    let state = read(&app, STATE).await?;
    let mut exposition = Exposition::default();
    exposition.add(nothing_yet());
    exposition.add(counts);
    exposition.add(state);
    exposition.add([
        Sample::new("spindle_build_info", 1.0).label("version", env!("CARGO_PKG_VERSION")),
        Sample::new(
            "spindle_scrape_duration_seconds",
            started.elapsed().as_secs_f64(),
        ),
    ]);
    let text = exposition.to_string();
    Ok((
        [(
            header::CONTENT_TYPE,
            "text/plain; version=0.0.4; charset=utf-8",
        )],
        text,
    )
        .into_response())
}

/// Zero for each kind of task and each consumer, so that an alert never waits for a first one.
fn nothing_yet() -> impl Iterator<Item = Sample> {
    let tasks = KINDS.iter().flat_map(|kind| {
        ["scheduled", "queued", "running", "dead"].map(|state| {
            Sample::new("spindle_tasks", 0.0)
                .label("kind", kind.name)
                .label("state", state)
        })
    });
    let consumers = SUBSCRIPTIONS.iter().flat_map(|subscription| {
        [
            "spindle_outbox_lag_events",
            "spindle_outbox_lag_seconds",
            "spindle_outbox_parked_events",
            "spindle_outbox_dead_events",
        ]
        .map(|name| Sample::new(name, 0.0).label("consumer", subscription.consumer))
    });
    tasks.chain(consumers)
}

const COUNTS: &str = include_str!("../../sql/count_rows.sql");
const STATE: &str = include_str!("../../sql/read_state.sql");

async fn read(app: &App, sql: &'static str) -> Result<Vec<Sample>, DbError> {
    Ok(app
        .db()
        .read_json(sql, params![])
        .await?
        .unwrap_or_default())
}

fn permit(app: &App, headers: &HeaderMap) -> Result<(), Problem> {
    if app.config().environment == Environment::Development {
        return Ok(());
    }
    let Some(token) = app.config().variable(TOKEN) else {
        return Err(Problem::not_found("resource"));
    };
    if bearer::presents(headers, token.as_bytes()) {
        return Ok(());
    }
    Err(Problem::unauthorized(
        "Send the bearer of the variable `metrics_token`.",
    ))
}
