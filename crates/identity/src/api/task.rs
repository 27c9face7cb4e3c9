//! Work that the worker brings: mails that must not be seen in the time of an answer, sweeping, and the rotation of keys, which the
//! signer does and this component may ask for.

use std::time::Duration;

use axum::Router;
use axum::extract::State;
use axum::routing::post;
use kit::task::{self, Task};
use kit::{App, Json, Problem, clock};
use serde::{Deserialize, Serialize};

use super::{otp, password};
use crate::store::account;

/// How long one attempt wraps, milliseconds.
const TIME_MS: i64 = 20_000;

/// Routes under `/internal`.
pub(crate) fn routes() -> Router<App> {
    Router::new()
        .route("/tasks/send_verification_code", post(otp::send))
        .route("/tasks/send_password_reset", post(password::send_reset))
        .route("/tasks/sweep_accounts", post(sweep))
        .route("/tasks/rotate_signing_keys", post(rotate_signing_keys))
        .route("/tasks/rewrap_secrets", post(rewrap_secrets))
}

/// Whether the key is replaced whatever its age.
#[derive(Serialize, Deserialize)]
struct Rotation {
    #[serde(default)]
    now: bool,
}

/// Task `rotate_signing_keys`: publishes the next signing keys, by the schedule when the present ones are four weeks old.
async fn rotate_signing_keys(
    State(app): State<App>,
    task: Task<Rotation>,
) -> Result<Json<serde_json::Value>, Problem> {
    let rotated = app
        .call(
            &task.context,
            "signer",
            "/internal/keys/rotate",
            &task.payload,
        )
        .await?;
    Ok(Json(rotated))
}

#[derive(Deserialize)]
struct Rewrapped {
    rewrapped: usize,
    failed: Vec<String>,
    next: Option<String>,
}

/// Task `rewrap_secrets`: wraps anew what an old master key wraps. Where time runs out, or the host ends, the next attempt does the
/// rest. What does not open holds up nothing; the task fails when all others are done, so that somebody looks before the old key goes.
async fn rewrap_secrets(
    State(app): State<App>,
    task: Task<serde_json::Value>,
) -> Result<Json<serde_json::Value>, Problem> {
    let stop = clock::now_ms().saturating_add(TIME_MS);
    let mut count = 0;
    let mut damaged = Vec::new();
    let mut after: Option<String> = None;
    loop {
        let Rewrapped {
            rewrapped,
            failed,
            next,
        } = app
            .call(
                &task.context,
                "signer",
                "/internal/secrets/rewrap",
                &serde_json::json!({ "after": after }),
            )
            .await?;
        count += rewrapped;
        damaged.extend(failed);
        if next.is_none() {
            break;
        }
        after = next;
        if clock::now_ms() >= stop {
            return Err(task::put_off(
                Duration::from_secs(1),
                format!("{count} secrets were wrapped anew; there are more."),
            ));
        }
    }
    match damaged.first() {
        None => Ok(Json(serde_json::json!({ "rewrapped": count }))),
        Some(first) => Err(Problem::internal(damaged.join("; ")).detail(format!(
            "{count} secrets were wrapped anew; {} could not be. The first: {first}.",
            damaged.len()
        ))),
    }
}

/// Task `sweep_accounts`: deletes what has nothing left to say.
async fn sweep(
    State(app): State<App>,
    _task: Task<serde_json::Value>,
) -> Result<Json<serde_json::Value>, Problem> {
    Ok(Json(account::sweep(app.db()).await?))
}
