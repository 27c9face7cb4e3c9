//! `run_backtest`: a strategy over candles that are stored, those that the exchange still has added first.

use axum::extract::State;
use kit::task::{Task, give_up};
use kit::{App, Json, Problem};
use rust_decimal::Decimal;
use serde::Deserialize;
use serde_json::{Value, json};
use strategies::{Book, Candle, Part, Report, Rules, Trial};
use uuid::Uuid;

use crate::market;
use crate::store::bot::{self as store, AdvanceBacktest, StartBacktest};
use crate::strategist;

/// Candles of one backtest.
const MOST: i64 = 100_000;
/// How often it is noted how far it is.
const PARTS: usize = 10;

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
    let wanted = store::backtest(app.db(), id)
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
    store::keep_candles(app.db(), &pair.name, minutes, json!(fresh)).await?;
    let candles = store::stored_candles(app.db(), &pair.name, minutes, MOST).await?;
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
        part: None,
    };
    let (report, problem) = match tried(&app, id, &trial).await? {
        Tried::Over => return over,
        Tried::Reported(report) => (Some(json!(report)), None),
        Tried::Failed(problem) => (None, Some(problem)),
    };
    store::finish_backtest(app.db(), id, report, problem).await?;
    Ok(Json(json!({"outcome": "finished"})))
}

enum Tried {
    Reported(Box<Report>),
    Failed(String),
    /// It was deleted, or somebody else has ended it.
    Over,
}

impl From<Result<Report, String>> for Tried {
    fn from(result: Result<Report, String>) -> Self {
        result.map_or_else(Self::Failed, |report| Self::Reported(Box::new(report)))
    }
}

/// Part after part, so that its owner sees how far it is.
async fn tried(app: &App, id: Uuid, whole: &Trial) -> Result<Tried, Problem> {
    let strategist = strategist::chosen(app)?;
    let length = whole.candles.len().div_ceil(PARTS).max(2);
    let (mut book, mut trades, mut done) = (None, Vec::new(), 0);
    let mut parts = whole.candles.chunks(length).peekable();
    while let Some(candles) = parts.next() {
        let more = parts.peek().is_some();
        let trial = part(whole, candles, book.take(), more);
        if !more {
            let report = strategist.0.backtest(&trial).map(|mut report| {
                trades.append(&mut report.trades);
                Report { trades, ..report }
            });
            return Ok(report.into());
        }
        match strategist.0.backtest_part(&trial) {
            Ok(Some(paused)) => {
                book = Some(paused.book);
                trades.extend(paused.trades);
            }
            // It knows no parts.
            Ok(None) => break,
            Err(problem) => return Ok(Tried::Failed(problem)),
        }
        done += candles.len();
        if let AdvanceBacktest::Over = store::advance_backtest(app.db(), id, done).await? {
            return Ok(Tried::Over);
        }
    }
    Ok(strategist.0.backtest(whole).into())
}

fn part(whole: &Trial, candles: &[Candle], book: Option<Book>, more: bool) -> Trial {
    Trial {
        strategy: whole.strategy.clone(),
        params: whole.params.clone(),
        rules: whole.rules,
        candles: candles.to_vec(),
        funds: whole.funds,
        part: Some(Part {
            book,
            of: whole.candles.len(),
            more,
        }),
    }
}
