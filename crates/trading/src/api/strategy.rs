//! The catalogue of strategies.

use axum::extract::State;
use kit::{App, Json, Problem};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use crate::strategist;

/// A strategy that a bot can have.
#[derive(Serialize, ToSchema)]
pub(crate) struct StrategyView {
    name: String,
    title: String,
    summary: String,
    /// JSON Schema of its parameters.
    #[schema(value_type = Object)]
    schema: Value,
}

/// All strategies.
#[derive(Serialize, ToSchema)]
pub(crate) struct StrategyList {
    items: Vec<StrategyView>,
}

/// Lists the strategies with the JSON Schema of their parameters.
#[utoipa::path(
    get,
    path = "/api/v1/trading/strategies",
    tag = "trading",
    responses((status = 200, description = "All of them", body = StrategyList)),
    security(())
)]
pub(crate) async fn list(State(app): State<App>) -> Result<Json<StrategyList>, Problem> {
    let items = strategist::chosen(&app)?
        .0
        .catalogue()
        .into_iter()
        .map(|strategy| StrategyView {
            name: strategy.name,
            title: strategy.title,
            summary: strategy.summary,
            schema: strategy.schema,
        })
        .collect();
    Ok(Json(StrategyList { items }))
}
