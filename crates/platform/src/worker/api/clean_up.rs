//! `/internal/tasks/clean_up`: what has served its time is deleted.

use axum::extract::State;
use kit::task::Task;
use kit::{App, Problem, RawJson};
use serde_json::{Value, json};

use crate::worker::store;

/// Rows that a clean-up deletes with one statement.
const PORTION: usize = 2_000;

pub(crate) async fn run(State(app): State<App>, _task: Task<Value>) -> Result<RawJson, Problem> {
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
