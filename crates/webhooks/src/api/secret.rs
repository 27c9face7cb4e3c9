//! `/internal/secret`: what a webhook's messages are signed with.

use axum::Json;
use axum::extract::State;
use kit::{App, Problem};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::signature::Secret;

#[derive(Deserialize)]
pub(crate) struct Whose {
    webhook_id: Uuid,
    generation: i32,
}

#[derive(Serialize)]
pub(crate) struct Shown {
    secret: String,
}

pub(crate) async fn show(
    State(app): State<App>,
    Json(whose): Json<Whose>,
) -> Result<Json<Shown>, Problem> {
    let secret = derive(&app, &whose)?.shown();
    Ok(Json(Shown { secret }))
}

pub(crate) fn derive(app: &App, whose: &Whose) -> Result<Secret, Problem> {
    let key = app.config().secret_bytes("webhook_key")?;
    Ok(Secret::derive(key, whose.webhook_id, whose.generation))
}
