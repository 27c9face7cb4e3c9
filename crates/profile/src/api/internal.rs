//! `/internal`: what the worker asks for.

use axum::Router;
use axum::extract::State;
use axum::routing::post;
use kit::event::Event;
use kit::{App, NoContent, Problem};
use serde::Deserialize;
use uuid::Uuid;

use crate::store;

/// Events that the profile takes.
pub(crate) fn routes() -> Router<App> {
    Router::new().route("/events/user.events", post(user_event))
}

#[derive(Deserialize)]
struct Deleted {
    user_id: Uuid,
}

/// An account is gone: so are its profile, its follows, and what it was told and asked.
async fn user_event(State(app): State<App>, event: Event) -> Result<NoContent, Problem> {
    if event.kind == "user.deleted" {
        let deleted: Deleted = event.data_as()?;
        store::erase(app.db(), &event.context, deleted.user_id).await?;
        platform::messages::erase(app.db(), deleted.user_id).await?;
    }
    Ok(NoContent)
}
