//! `run_backtest`: a strategy over candles that are stored, those that the exchange still has added first.

use axum::extract::State;
use kit::task::{Task, give_up};
use kit::{App, Json, Problem};
use rust_decimal::Decimal;
use serde::Deserialize;
use serde_json::{Value, json};
use strategies::{Rules, Trial};
use uuid::Uuid;

use crate::market;
use crate::store::bot::{self as store, StartBacktest};
use crate::strategist;

/// Candles of one backtest.
const MOST: i64 = 100_000;

#[derive(Clone, Copy, Debug, Deserialize)]
pub(crate) struct OfBacktest {
    backtest_id: Uuid,
}

#[derive(Deserialize)]
struct Wanted {
    strategy: String,
    params: Value,
    pair: String,
    interval: u32,
    funds: Decimal,
    state: String,
}

pub(crate) async fn run(
    State(app): State<App>,
    task: Task<OfBacktest>,
) -> Result<Json<Value>, Problem> {
    let id = task.payload.backtest_id;
    let wanted = store::backtest(app.db(), None, id)
        .await?
        .ok_or_else(|| give_up("There is no such backtest."))?;
    let wanted: Wanted = serde_json::from_value(wanted).map_err(Problem::internal)?;
    let over = Ok(Json(json!({"outcome": "over"})));
    if matches!(wanted.state.as_str(), "done" | "failed") {
        return over;
    }
    let pair = market::pair(&app, &task.context, &wanted.pair, "pair").await?;
    let mut fresh = market::candles(&app, &task.context, &pair, wanted.interval).await?;
    // The last one still runs.
    fresh.pop();
    let minutes = i32::try_from(wanted.interval).unwrap_or(60);
    let candles = store::keep_candles(app.db(), &pair.name, minutes, json!(fresh), MOST).await?;
    match store::start_backtest(app.db(), id, candles.len()).await? {
        StartBacktest::Started => {}
        StartBacktest::Over => return over,
    }
    let trial = Trial {
        strategy: wanted.strategy,
        params: wanted.params,
        rules: Rules::from(&pair),
        candles,
        funds: wanted.funds,
    };
    let (report, problem) = match strategist::chosen(&app)?.0.backtest(&trial) {
        Ok(report) => (Some(json!(report)), None),
        Err(problem) => (None, Some(problem)),
    };
    store::finish_backtest(app.db(), id, report, problem).await?;
    Ok(Json(json!({"outcome": "finished"})))
}
