//! The task `close_tickets`: what has been solved for a while is closed for good.

use axum::extract::State;
use kit::task::Task;
use kit::{App, Problem};
use serde_json::{Value, json};

use crate::support::store;

/// Tickets that one statement closes.
const PORTION: i32 = 200;
/// Statements of one task; the next time there is another task for what is left.
const PORTIONS: usize = 20;

pub(crate) async fn close_tickets(
    State(app): State<App>,
    task: Task<Value>,
) -> Result<axum::Json<Value>, Problem> {
    let mut closed = 0;
    for _ in 0..PORTIONS {
        let portion = store::close_solved(app.db(), &task.context, PORTION).await?;
        closed += portion.closed;
        if !portion.more {
            break;
        }
    }
    Ok(axum::Json(json!({"closed": closed})))
}
