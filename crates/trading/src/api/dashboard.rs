//! All of one's trading at a glance.

use axum::extract::State;
use kit::problem::ProblemDocument;
use kit::{App, Principal, Problem, Scope};
use serde_json::Value;

use crate::store::bot as store;

/// Tells what you have and have earned here.
///
/// Paper balances, positions and profit of your bots by average cost, bots, the last executions, and what was bought and sold on
/// each of the last 30 days: every figure is computed from fills or balances.
///
/// Permissions: `trading.read`.
#[utoipa::path(
    get,
    path = "/api/v1/trading/dashboard",
    tag = "trading",
    responses(
        (status = 200, description = "`paper_balances`, `positions`, `bots`, `last_executions`, `series`", body = Object),
        (status = 401, description = "No credential, or a bad one", body = ProblemDocument),
        (status = 403, description = "The scope is missing", body = ProblemDocument),
    ),
    security(("bearer" = ["trading.read"]))
)]
pub(crate) async fn read(
    State(app): State<App>,
    principal: Principal,
) -> Result<axum::Json<Value>, Problem> {
    principal.require(Scope::TradingRead)?;
    let dashboard = store::dashboard(app.db(), principal.user_id()?).await?;
    Ok(axum::Json(dashboard))
}
