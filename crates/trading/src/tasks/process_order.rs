//! `process_order`: carries an intent out. A live order is sent at most once, whatever happens to this task.

use std::time::Duration;

use axum::extract::State;
use contracts::exchange::exchange as wire;
use http::StatusCode;
use kit::task::{Task, give_up, put_off};
use kit::{App, Context, Json, Problem, id};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::domain::{OrderMode, OrderState, Pair, Ticker, paper};
use crate::exchange::{self, ExchangeError};
use crate::market;
use crate::store::order::{self as store, BeginSubmission, Begun, Progress, Submission, Work};

/// Payload of the tasks about one order.
#[derive(Clone, Copy, Debug, Deserialize)]
pub(crate) struct OfOrder {
    pub(crate) order_id: Uuid,
}

/// Kept as the task's result.
#[derive(Debug, Serialize)]
pub(crate) struct Done {
    state: Option<OrderState>,
}

impl From<Progress> for Done {
    fn from(progress: Progress) -> Self {
        Self {
            state: match progress {
                Progress::Settled { order } | Progress::Recorded { order } => Some(order.state),
                Progress::Waiting | Progress::Over => None,
            },
        }
    }
}

impl Done {
    pub(crate) const NOTHING: Self = Self { state: None };
}

pub(crate) async fn run(
    State(app): State<App>,
    task: Task<OfOrder>,
) -> Result<Json<Done>, Problem> {
    let order = store::for_work(app.db(), task.payload.order_id)
        .await?
        .ok_or_else(|| give_up("There is no such order."))?;
    if order.state != OrderState::Intent {
        return Ok(Json(Done::NOTHING));
    }
    let Some(pair) = pair_of(&app, &task.context, &order).await? else {
        return Ok(Json(Done::NOTHING));
    };
    let quote = market::quote(&app, &task.context, &pair).await?;
    let done = match order.mode {
        OrderMode::Paper => {
            settle_on_paper(&app, &task.context, &order, &pair, &quote.ticker).await?
        }
        OrderMode::Live => submit(&app, &task.context, &order, &quote.ticker).await?,
    };
    Ok(Json(done.into()))
}

/// The order's pair. Where the exchange has it no more, the order is taken back.
pub(crate) async fn pair_of(
    app: &App,
    context: &Context,
    order: &Work,
) -> Result<Option<Pair>, Problem> {
    match market::pair(app, context, &order.pair, "pair").await {
        Ok(pair) => Ok(Some(pair)),
        Err(problem) if problem.status() == StatusCode::UNPROCESSABLE_ENTITY => {
            store::cancel(app.db(), context, None, order.id, None).await?;
            Ok(None)
        }
        Err(problem) => Err(problem),
    }
}

/// The paper engine: prices in, an execution or none out, written by one statement.
pub(crate) async fn settle_on_paper(
    app: &App,
    context: &Context,
    order: &Work,
    pair: &Pair,
    ticker: &Ticker,
) -> Result<Progress, Problem> {
    let wanted = paper::Wanted {
        side: order.side,
        volume: order.volume,
        limit_price: order.limit_price,
        resting: order.state != OrderState::Intent,
    };
    let execution = paper::execution(pair, ticker, wanted, app.now_ms());
    let hold = paper::hold(pair, wanted, ticker.ask);
    let progress = store::settle_paper(
        app.db(),
        context,
        order.id,
        ticker,
        execution.as_ref(),
        hold,
    )
    .await?;
    Ok(progress)
}

async fn submit(
    app: &App,
    context: &Context,
    order: &Work,
    ticker: &Ticker,
) -> Result<Progress, Problem> {
    let holder = id::new();
    let (deadline, begun) =
        match store::begin_submission(app.db(), context, order.id, holder, ticker).await? {
            BeginSubmission::Begun { deadline, begun } => (deadline, begun),
            BeginSubmission::Busy => {
                return Err(put_off(Duration::from_secs(1), "The key is in use."));
            }
            BeginSubmission::Limited { retry_ms } => return Err(later(retry_ms)),
            BeginSubmission::Settled { order } => return Ok(Progress::Settled { order }),
            // Sent before, by a worker that did not live to tell: its lookup is a task already.
            BeginSubmission::Sent | BeginSubmission::Over => return Ok(Progress::Over),
        };
    let key = begun.key_id;
    // From here on the order counts as sent: there is no way back to the line above for it.
    let answer = exchange::call(app, context, &placement(order, begun, deadline)).await;
    let submission = submission_of(&answer);
    if let Err(ExchangeError::Failed(failure)) = &answer {
        exchange::note_failure(app, context, key, failure).await;
    }
    let progress =
        store::record_submission(app.db(), context, order.id, holder, &submission).await?;
    match submission {
        Submission::Deferred(why) => Err(put_off(Duration::from_secs(5), why)),
        _ => Ok(progress),
    }
}

fn placement(order: &Work, begun: Begun, deadline: String) -> wire::Request {
    wire::Request::Place(wire::Placement {
        authority: begun.authority(),
        client_id: order.id.to_string(),
        pair: order.pair.clone(),
        side: order.side.into(),
        volume: order.volume.to_string(),
        limit_price: order.limit_price.map(|price| price.to_string()),
        post_only: order.post_only,
        deadline,
    })
}

/// What is certain after an answer, and what is not.
fn submission_of(answer: &Result<wire::Response, ExchangeError>) -> Submission {
    match answer {
        Ok(wire::Response::Placed(placed)) => Submission::Placed {
            txid: placed.txid.clone(),
            description: placed.description.clone(),
        },
        Ok(_) => Submission::Unknown("kraken answered another request".to_owned()),
        // Too many requests: refused before it was looked at.
        Err(ExchangeError::Failed(wire::Failure::RateLimited(text))) => {
            Submission::Deferred(text.clone())
        }
        Err(ExchangeError::Failed(wire::Failure::UnknownOutcome(text))) => {
            Submission::Unknown(text.clone())
        }
        Err(ExchangeError::Failed(failure)) => Submission::Refused(exchange::advice(failure)),
        // Whether `kraken` had sent it when it broke off is not known here.
        Err(ExchangeError::Call(error)) => Submission::Unknown(error.to_string()),
    }
}

pub(crate) fn later(retry_ms: i64) -> Problem {
    let pause = u64::try_from(exchange::seconds(retry_ms)).unwrap_or(1);
    put_off(
        Duration::from_secs(pause),
        "The exchange wants fewer requests.",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_certainty_lets_an_order_be_sent_again() {
        let text = || "text".to_owned();
        let failed = ExchangeError::Failed;
        let cases = [
            (Err(failed(wire::Failure::RateLimited(text()))), "deferred"),
            (
                Err(failed(wire::Failure::UnknownOutcome(text()))),
                "unknown",
            ),
            (Err(failed(wire::Failure::Rejected(text()))), "refused"),
            (Err(failed(wire::Failure::NonceConflict(text()))), "refused"),
            (Err(failed(wire::Failure::Denied(text()))), "refused"),
            (Err(failed(wire::Failure::NotAuthentic)), "refused"),
            (Ok(wire::Response::Cancelled(1)), "unknown"),
            (
                Err(ExchangeError::Call(kit::CallError::Nonsense {
                    component: text(),
                    cause: text(),
                })),
                "unknown",
            ),
        ];
        for (answer, expected) in cases {
            let told = serde_json::to_value(submission_of(&answer)).unwrap();
            assert!(told.get(expected).is_some(), "{answer:?}: {told}");
        }
    }
}
