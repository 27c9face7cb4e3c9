//! `cancel_order`: takes an order back. At the exchange it may have been filled before it hears of it; the lookup tells.

use std::time::Duration;

use axum::extract::State;
use contracts::exchange::exchange as wire;
use http::StatusCode;
use kit::task::{Task, put_off};
use kit::{App, Context, Json, Problem};
use serde_json::json;
use uuid::Uuid;

use super::process_order::{Done, OfOrder};
use crate::exchange::{self, ExchangeError, Lane};
use crate::store::order::{self as store, CancelOrder};

pub(crate) async fn run(
    State(app): State<App>,
    task: Task<OfOrder>,
) -> Result<Json<Done>, Problem> {
    take_back(&app, &task.context, task.payload.order_id).await?;
    Ok(Json(Done::NOTHING))
}

/// Asks the exchange to take an order back, once.
///
/// # Errors
/// 503 where nobody knows whether the exchange has heard of it.
pub(crate) async fn take_back(app: &App, context: &Context, order: Uuid) -> Result<(), Problem> {
    let order = match store::cancel(app.db(), context, None, order, None).await? {
        CancelOrder::Requested { order } => order,
        CancelOrder::Canceled { .. }
        | CancelOrder::Over { .. }
        | CancelOrder::Stale
        | CancelOrder::NotFound => return Ok(()),
    };
    let Some(key) = order.key_id else {
        return Ok(());
    };
    let lane = match Lane::take(app, None, key, 0).await {
        Ok(lane) => lane,
        // The key is gone, and with it every way to reach the order.
        Err(problem) if problem.kind() == "not-found" => return Ok(()),
        // Not for want of points: none are asked for.
        Err(problem) if problem.status() == StatusCode::TOO_MANY_REQUESTS => {
            return Err(put_off(
                Duration::from_secs(60),
                "The exchange has locked the key out.",
            ));
        }
        Err(_) => return Err(put_off(Duration::from_secs(1), "The key is in use.")),
    };
    let cancellation = wire::Request::Cancel(wire::Cancellation {
        authority: lane.authority.clone(),
        client_id: order.id.to_string(),
    });
    let result = match exchange::call(app, context, &cancellation).await {
        Ok(_) => json!({"accepted": true}),
        // There is no such open order: it has ended, or is still on its way.
        Err(ExchangeError::Failed(wire::Failure::Rejected(text))) => json!({"refused": text}),
        Err(error) => {
            lane.leave(app).await;
            if let ExchangeError::Failed(failure) = &error {
                exchange::note_failure(app, context, key, failure).await;
            }
            return Err(put_off(
                Duration::from_secs(2),
                "Nobody knows whether the exchange has heard of the cancellation.",
            ));
        }
    };
    store::record_cancel(app.db(), context, order.id, lane.holder, result).await?;
    Ok(())
}
