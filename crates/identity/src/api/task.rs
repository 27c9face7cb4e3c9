//! Work that the worker brings: mails that must not be seen in the time of an answer, and sweeping.

use axum::Router;
use axum::extract::State;
use axum::routing::post;
use kit::task::Task;
use kit::{App, Json, Problem};

use super::{otp, password};
use crate::store::account;

/// Routes under `/internal`.
pub(crate) fn routes() -> Router<App> {
    Router::new()
        .route("/tasks/send_verification_code", post(otp::send))
        .route("/tasks/send_password_reset", post(password::send_reset))
        .route("/tasks/sweep_accounts", post(sweep))
}

/// Task `sweep_accounts`: deletes what has nothing left to say.
async fn sweep(
    State(app): State<App>,
    _task: Task<serde_json::Value>,
) -> Result<Json<serde_json::Value>, Problem> {
    Ok(Json(account::sweep(app.db()).await?))
}
