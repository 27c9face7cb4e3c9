//! `/internal`: what the worker asks for.

use axum::Router;
use axum::extract::State;
use axum::routing::post;
use kit::event::Event;
use kit::task::Task;
use kit::{App, NoContent, Problem};
use serde::Deserialize;
use serde_json::Value;
use uuid::Uuid;

use crate::store::upkeep;

/// Tasks and events of the blog.
pub(crate) fn routes() -> Router<App> {
    Router::new()
        .route("/tasks/announce_post", post(announce_post))
        .route("/tasks/purge_posts", post(purge_posts))
        .route("/events/user.events", post(user_event))
}

#[derive(Deserialize)]
struct Announcement {
    post_id: Uuid,
}

#[derive(Deserialize)]
struct Deleted {
    user_id: Uuid,
}

/// The time of a scheduled post has come.
async fn announce_post(
    State(app): State<App>,
    task: Task<Announcement>,
) -> Result<axum::Json<Value>, Problem> {
    let told = upkeep::announce(app.db(), &task.context, task.payload.post_id).await?;
    Ok(axum::Json(told))
}

/// What was deleted thirty days ago goes for good.
async fn purge_posts(
    State(app): State<App>,
    task: Task<Value>,
) -> Result<axum::Json<Value>, Problem> {
    let mut purged = 0;
    loop {
        let gone = upkeep::purge(app.db(), &task.context).await?;
        let many = gone.get("purged").and_then(Value::as_i64).unwrap_or(0);
        purged += many;
        if many < 100 {
            return Ok(axum::Json(serde_json::json!({ "purged": purged })));
        }
    }
}

/// An account is gone, and all that it wrote goes with it.
async fn user_event(State(app): State<App>, event: Event) -> Result<NoContent, Problem> {
    if event.kind == "user.deleted" {
        let deleted: Deleted = event.data_as()?;
        upkeep::erase(app.db(), &event.context, deleted.user_id).await?;
    }
    Ok(NoContent)
}
