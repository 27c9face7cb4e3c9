//! `/internal`: what the worker asks for.

use std::time::Duration;

use axum::Router;
use axum::extract::State;
use axum::routing::post;
use kit::event::Event;
use kit::task::{Task, give_up, put_off};
use kit::{App, NoContent, Problem, clock};
use serde::Deserialize;
use serde_json::Value;
use uuid::Uuid;

use crate::store::webhook::State as Delivery;
use crate::store::{upkeep, webhook};

/// How long one call goes on with what an account left, milliseconds. An event may take 20 s.
const ERASE_MS: i64 = 12_000;

/// Tasks and events of the blog.
pub(crate) fn routes() -> Router<App> {
    Router::new()
        .route("/tasks/announce_post", post(announce_post))
        .route("/tasks/purge_posts", post(purge_posts))
        .route("/tasks/deliver_webhook", post(deliver_webhook))
        .route("/events/blog.events", post(blog_event))
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

#[derive(Deserialize)]
struct Due {
    delivery_id: Uuid,
}

/// What the component `webhooks` says of an attempt.
#[derive(Deserialize)]
struct Attempt {
    status: Option<i32>,
    error: Option<String>,
}

/// One attempt to take a message to where its owner wants it.
async fn deliver_webhook(
    State(app): State<App>,
    task: Task<Due>,
) -> Result<axum::Json<Value>, Problem> {
    let id = task.payload.delivery_id;
    let Some(message) = webhook::begin(app.db(), id).await? else {
        return Ok(axum::Json(serde_json::json!({"state": "obsolete"})));
    };
    let attempt: Attempt = app
        .call(&task.context, "webhooks", "/internal/deliver", &message)
        .await?;
    let Attempt { status, error } = attempt;
    let why = error.clone().unwrap_or_default();
    match webhook::finish(app.db(), &task.context, id, status, error).await? {
        Delivery::Delivered => Ok(axum::Json(serde_json::json!({"state": "delivered"}))),
        Delivery::Failed => Err(give_up(format!("The message was not taken: {why}"))),
        // Neither done nor hopeless: the worker tries again, with longer and longer pauses.
        Delivery::Queued => Err(Problem::conflict(
            "conflict",
            format!("The message was not taken: {why}"),
        )),
    }
}

/// Something happened to a post: whoever its author wants told is told.
async fn blog_event(State(app): State<App>, event: Event) -> Result<axum::Json<Value>, Problem> {
    let member = |name: &str| {
        event
            .data
            .get(name)
            .and_then(Value::as_str)
            .and_then(|id| id.parse::<Uuid>().ok())
    };
    let owner = if event.kind == "comment.created" {
        member("post_author_id")
    } else {
        member("author_id")
    };
    let Some(owner) = owner else {
        return Ok(axum::Json(serde_json::json!({"deliveries": 0})));
    };
    let body = serde_json::json!({"type": event.kind, "timestamp": event.time, "data": event.data});
    let told =
        webhook::fan_out(app.db(), &event.context, owner, event.id, &event.kind, body).await?;
    Ok(axum::Json(told))
}

/// The time of a scheduled post has come.
async fn announce_post(
    State(app): State<App>,
    task: Task<Announcement>,
) -> Result<axum::Json<Value>, Problem> {
    let told = upkeep::announce(app.db(), &task.context, task.payload.post_id).await?;
    Ok(axum::Json(told))
}

/// What was deleted thirty days ago goes for good, and so do deliveries of that age.
async fn purge_posts(
    State(app): State<App>,
    task: Task<Value>,
) -> Result<axum::Json<Value>, Problem> {
    let (mut purged, mut deliveries) = (0, 0);
    loop {
        let gone = upkeep::purge(app.db(), &task.context).await?;
        purged += gone.purged;
        deliveries += gone.deliveries;
        if gone.purged < upkeep::POSTS_AT_A_TIME && gone.deliveries < upkeep::DELIVERIES_AT_A_TIME {
            return Ok(axum::Json(
                serde_json::json!({"purged": purged, "deliveries": deliveries}),
            ));
        }
    }
}

/// An account is gone, and all that it wrote goes with it.
async fn user_event(State(app): State<App>, event: Event) -> Result<NoContent, Problem> {
    if event.kind == "user.deleted" {
        let deleted: Deleted = event.data_as()?;
        let stop = clock::now_ms().saturating_add(ERASE_MS);
        // In parts: what somebody wrote in years takes longer than a statement may. Where time runs out the next call does the rest.
        while upkeep::erase(app.db(), &event.context, deleted.user_id)
            .await?
            .more
        {
            if clock::now_ms() >= stop {
                return Err(put_off(
                    Duration::from_secs(1),
                    "The account has left more posts or comments.",
                ));
            }
        }
    }
    Ok(NoContent)
}
