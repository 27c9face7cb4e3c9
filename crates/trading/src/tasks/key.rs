//! Tasks about keys: checks on schedule, envelopes under new master keys, lanes that nobody uses.

use axum::extract::State;
use contracts::exchange::exchange as wire;
use kit::task::Task;
use kit::{App, Json, Problem};
use serde::Deserialize;
use serde_json::{Value, json};
use uuid::Uuid;

use super::Nothing;
use crate::check;
use crate::exchange;
use crate::store::key as store;

/// Keys of one batch.
const BATCH: i64 = 100;

#[derive(Clone, Copy, Debug, Deserialize)]
pub(crate) struct OfKey {
    key_id: Uuid,
    /// A bot's tick has asked: the next one asks again.
    #[serde(default)]
    tick: bool,
}

/// `check_keys`: asks for the checks that are due.
pub(crate) async fn check_all(
    State(app): State<App>,
    task: Task<Nothing>,
) -> Result<Json<Value>, Problem> {
    Ok(Json(store::check_keys(app.db(), &task.context).await?))
}

/// `check_key`: has the key's owner changed what it may do?
pub(crate) async fn check(
    State(app): State<App>,
    task: Task<OfKey>,
) -> Result<Json<Value>, Problem> {
    match check::run(&app, &task.context, None, task.payload.key_id).await {
        Ok(key) => Ok(Json(json!({"status": key.status}))),
        Err(problem) if problem.kind() == "not-found" => Ok(Json(json!({"status": "gone"}))),
        // What was not learnt now is asked for anew: an hour without the exchange must not leave hundreds of checks behind.
        Err(problem) if task.payload.tick && matches!(problem.status().as_u16(), 429 | 503) => {
            Ok(Json(json!({"status": "unknown"})))
        }
        Err(problem) if problem.kind() == "conflict" => Err(kit::task::put_off(
            std::time::Duration::from_secs(2),
            "The key is in use.",
        )),
        Err(problem) => Err(problem),
    }
}

/// `rewrap_keys`: wraps all data keys anew under the current master key; secrets stay where they are. Goes on where the keys are
/// used at the same time, and again from the beginning after a crash, which does no harm.
pub(crate) async fn rewrap(
    State(app): State<App>,
    task: Task<Nothing>,
) -> Result<Json<Value>, Problem> {
    let (mut after, mut rewrapped, mut failed) = (None, 0_u64, 0_u64);
    loop {
        let batch = store::keys_to_rewrap(app.db(), after, BATCH).await?;
        let Some(last) = batch.last() else { break };
        after = Some(last.id);
        for sealed in &batch {
            let request = wire::Request::Rewrap(wire::Check {
                binding: wire::KeyBinding {
                    owner: sealed.owner.to_string(),
                    key_id: sealed.id.to_string(),
                },
                sealed_key: sealed.sealed_key.clone(),
                sealed_secret: sealed.sealed_secret.clone(),
                mode: wire::Mode::Read,
                nonce: 0,
            });
            match exchange::call(&app, &task.context, &request).await {
                Ok(wire::Response::Rewrapped(new)) => {
                    store::keep_rewrapped(app.db(), sealed, &new.sealed_key, &new.sealed_secret)
                        .await?;
                    rewrapped += 1;
                }
                // One that does not open must not hold up the others; its owner hears of it when it is used.
                Ok(_) | Err(exchange::ExchangeError::Failed(_)) => failed += 1,
                Err(error) => return Err(error.into()),
            }
        }
    }
    Ok(Json(json!({"rewrapped": rewrapped, "failed": failed})))
}

/// `sweep_lanes`: forgets lanes that no key ever took.
pub(crate) async fn sweep(
    State(app): State<App>,
    _task: Task<Nothing>,
) -> Result<Json<Value>, Problem> {
    Ok(Json(store::sweep_lanes(app.db()).await?))
}
