//! `/internal`: what the worker asks for.

use std::time::Duration;

use axum::Router;
use axum::extract::State;
use axum::routing::post;
use kit::event::Event;
use kit::task::{Task, put_off};
use kit::{App, NoContent, Problem, clock};
use serde::Deserialize;
use uuid::Uuid;

use crate::store;

/// How long one call goes on with the follows of an account, milliseconds. An event may take 20 s.
const TIME_MS: i64 = 12_000;

/// Tasks and events of the profile.
pub(crate) fn routes() -> Router<App> {
    Router::new()
        .route("/tasks/count_follows", post(count_follows))
        .route("/events/user.events", post(user_event))
}

#[derive(Deserialize)]
struct Hidden {
    account_id: Uuid,
}

#[derive(Deserialize)]
struct Deleted {
    user_id: Uuid,
}

/// An account with many follows was disabled, or is so no longer: the counts that its trigger has left are put right.
async fn count_follows(State(app): State<App>, task: Task<Hidden>) -> Result<NoContent, Problem> {
    let stop = stop();
    while store::count_follows(app.db(), task.payload.account_id).await? {
        in_time(stop)?;
    }
    Ok(NoContent)
}

/// An account is gone: so are its profile, its follows, and what it was told and asked.
async fn user_event(State(app): State<App>, event: Event) -> Result<NoContent, Problem> {
    if event.kind == "user.deleted" {
        let deleted: Deleted = event.data_as()?;
        let stop = stop();
        while store::erase(app.db(), &event.context, deleted.user_id).await? {
            in_time(stop)?;
        }
        platform::messages::erase(app.db(), deleted.user_id).await?;
    }
    Ok(NoContent)
}

fn stop() -> i64 {
    clock::now_ms().saturating_add(TIME_MS)
}

/// Where time runs out the next call does the rest: what is done is kept.
fn in_time(stop: i64) -> Result<(), Problem> {
    if clock::now_ms() < stop {
        return Ok(());
    }
    Err(put_off(
        Duration::from_secs(1),
        "The account has more follows.",
    ))
}
