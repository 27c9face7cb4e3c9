//! What may this key do now? Asked by its owner, on schedule, and before a bot starts.

use contracts::exchange::exchange as wire;
use kit::{App, Context, Problem};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::domain::{Key, KeyStatus};
use crate::exchange::{self, ExchangeError, Lane};
use crate::store::key::{self as store, Finding, RecordCheck};

/// One call, in points of the exchange's counter; the probes that stand in for it where it is not offered are rare.
const POINTS: i32 = 1;

/// Checks a key and keeps what was found; `owner` none: anybody's key. A key that is found unfit is an answer, not a problem.
///
/// # Errors
/// 404 without such a key; 409, 429, 503 where nothing was learnt.
pub(crate) async fn run(
    app: &App,
    context: &Context,
    owner: Option<Uuid>,
    id: Uuid,
) -> Result<Key, Problem> {
    let lane = Lane::take(app, owner, id, POINTS).await?;
    let check = wire::Request::Check(wire::Check {
        binding: lane.authority.binding.clone(),
        sealed_key: lane.authority.sealed_key.clone(),
        sealed_secret: lane.authority.sealed_secret.clone(),
        mode: lane.mode.into(),
        nonce: lane.authority.nonce,
    });
    let (finding, problem) = match exchange::call(app, context, &check).await {
        Ok(wire::Response::Checked(report)) => (
            Finding {
                status: Some(KeyStatus::Active),
                problem: None,
                report: serde_json::to_value(report).ok(),
            },
            None,
        ),
        Ok(_) => (nothing_learnt(), Some(exchange::unexpected())),
        Err(ExchangeError::Failed(failure)) => match KeyStatus::after(&failure) {
            Some(status) => (
                Finding {
                    status: Some(status),
                    problem: Some(exchange::advice(&failure)),
                    report: permissions(&failure),
                },
                None,
            ),
            None => (
                nothing_learnt(),
                Some(ExchangeError::Failed(failure).into()),
            ),
        },
        Err(error) => (nothing_learnt(), Some(error.into())),
    };
    let recorded = store::record_check(app.db(), context, owner, id, lane.holder, finding).await?;
    match (problem, recorded) {
        (Some(problem), _) => Err(problem),
        (None, RecordCheck::Recorded { key }) => Ok(*key),
        (None, RecordCheck::NotFound) => Err(Problem::not_found("key")),
    }
}

/// What a key that is not fit may do, where that is known: its owner sees what it is now, not what it was when it was accepted.
fn permissions(failure: &wire::Failure) -> Option<Value> {
    let wire::Failure::Refused(refusal) = failure else {
        return None;
    };
    Some(json!({"permissions": refusal.permissions, "verified_by": refusal.verified_by}))
}

const fn nothing_learnt() -> Finding {
    Finding {
        status: None,
        problem: None,
        report: None,
    }
}
