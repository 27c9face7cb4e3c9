//! What the worker asks for: `POST /internal/tasks/<kind>` and `/internal/events/<topic>`. Each may come again after a crash, and
//! then changes nothing.

mod backtest;
pub(crate) mod cancel_order;
mod evaluate_bot;
mod key;
mod process_order;
pub(crate) mod sync_order;
mod user;

use axum::Router;
use axum::routing::post;
use kit::App;
use serde::Deserialize;

/// A payload that says nothing.
#[derive(Clone, Copy, Debug, Deserialize)]
pub(crate) struct Nothing {}

/// The routes.
pub(crate) fn routes() -> Router<App> {
    Router::new()
        .route("/tasks/process_order", post(process_order::run))
        .route("/tasks/sync_order", post(sync_order::run))
        .route("/tasks/cancel_order", post(cancel_order::run))
        .route("/tasks/evaluate_bot", post(evaluate_bot::run))
        .route("/tasks/tick_bots", post(evaluate_bot::tick))
        .route("/tasks/sweep_orders", post(sync_order::sweep))
        .route("/tasks/run_backtest", post(backtest::run))
        .route("/tasks/check_keys", post(key::check_all))
        .route("/tasks/check_key", post(key::check))
        .route("/tasks/rewrap_keys", post(key::rewrap))
        .route("/tasks/sweep_lanes", post(key::sweep))
        .route("/events/user.events", post(user::event))
}
