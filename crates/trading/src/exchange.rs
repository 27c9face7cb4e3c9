//! The calls to the private component `kraken`, and what its failures mean for whoever asked.

use std::time::Duration;

use contracts::exchange::exchange as wire;
use http::{StatusCode, header};
use kit::{App, CallError, Context, FieldError, Problem, clock, id};
use uuid::Uuid;

use crate::domain::KeyStatus;
use crate::store;
use crate::store::call::BeginCall;

/// Why a call has no result.
#[derive(Debug)]
pub(crate) enum ExchangeError {
    /// The component answered.
    Failed(wire::Failure),
    /// It did not.
    Call(CallError),
}

/// Sends one request of the contract. The error never holds the request.
pub(crate) async fn call(
    app: &App,
    context: &Context,
    request: &wire::Request,
) -> Result<wire::Response, ExchangeError> {
    match app
        .call(context, "kraken", "/internal/exchange", request)
        .await
    {
        Ok(response) => Ok(response),
        Err(CallError::Refused {
            component,
            status,
            body,
        }) if status == StatusCode::UNPROCESSABLE_ENTITY => {
            Err(match serde_json::from_slice(&body) {
                Ok(failure) => ExchangeError::Failed(failure),
                Err(_) => ExchangeError::Call(CallError::Refused {
                    component,
                    status,
                    body: Vec::new(),
                }),
            })
        }
        Err(error) => Err(ExchangeError::Call(error)),
    }
}

/// How long a call waits for the key's lane, in steps of [`STEP_MS`] and a bit.
const PATIENCE_MS: i64 = 2_000;
const STEP_MS: u64 = 40;

/// A key's lane, taken for one piece of work. It is given back by [`Lane::leave`], or by its end after 20 s.
pub(crate) struct Lane {
    pub(crate) key: Uuid,
    pub(crate) holder: Uuid,
    pub(crate) mode: crate::domain::Mode,
    pub(crate) authority: wire::Authority,
}

impl Lane {
    /// Takes the lane of a key, waiting for it a little. `owner` none: anybody's key, for tasks.
    ///
    /// # Errors
    /// 404 without such a key; 409 if the lane stays taken; 429 if the exchange wants fewer calls.
    pub(crate) async fn take(
        app: &App,
        owner: Option<Uuid>,
        key: Uuid,
        points: i32,
    ) -> Result<Self, Problem> {
        let holder = id::new();
        let begun_at = app.now_ms();
        loop {
            match store::call::begin(app.db(), owner, key, holder, points).await? {
                BeginCall::Begun {
                    nonce,
                    mode,
                    owner,
                    sealed_key,
                    sealed_secret,
                    ..
                } => {
                    return Ok(Self {
                        key,
                        holder,
                        mode,
                        authority: wire::Authority {
                            binding: wire::KeyBinding {
                                owner: owner.to_string(),
                                key_id: key.to_string(),
                            },
                            sealed_key,
                            sealed_secret,
                            nonce,
                        },
                    });
                }
                BeginCall::Busy if app.now_ms().saturating_sub(begun_at) < PATIENCE_MS => {
                    pause(holder).await;
                }
                BeginCall::Busy => return Err(busy()),
                BeginCall::Limited { retry_ms } => return Err(limited(retry_ms)),
                BeginCall::NotFound => return Err(Problem::not_found("key")),
            }
        }
    }

    /// Gives it back. If that fails, it ends by itself.
    pub(crate) async fn leave(&self, app: &App) {
        let _ = store::call::end(app.db(), self.key, self.holder).await;
    }
}

/// Waits a little for a lane that is taken, everybody for another time.
pub(crate) async fn pause(holder: Uuid) {
    let [.., last] = *holder.as_bytes();
    clock::sleep(Duration::from_millis(STEP_MS + u64::from(last) / 4)).await;
}

/// 409: the key's lane is taken.
pub(crate) fn busy() -> Problem {
    Problem::conflict("conflict", "This key is in use at this moment; try again.")
        .header(header::RETRY_AFTER, "1")
}

/// 429: the exchange would refuse more calls, by our own count of them or by what it said before.
pub(crate) fn limited(retry_ms: i64) -> Problem {
    Problem::new(
        StatusCode::TOO_MANY_REQUESTS,
        "rate-limited",
        "The exchange wants fewer requests",
    )
    .detail("The exchange allows this key no call at the moment.")
    .header(header::RETRY_AFTER, &seconds(retry_ms).to_string())
}

/// Whole seconds, rounded up.
pub(crate) fn seconds(millis: i64) -> i64 {
    millis.saturating_add(999).max(1000) / 1000
}

/// One read with a key: takes the lane, asks, gives it back. What the exchange says about the key itself is kept.
pub(crate) async fn read(
    app: &App,
    context: &Context,
    owner: Uuid,
    key: Uuid,
    points: i32,
    request: impl FnOnce(wire::Authority) -> wire::Request,
) -> Result<wire::Response, Problem> {
    let lane = Lane::take(app, Some(owner), key, points).await?;
    let answer = call(app, context, &request(lane.authority.clone())).await;
    lane.leave(app).await;
    if let Err(ExchangeError::Failed(failure)) = &answer {
        note_failure(app, context, key, failure).await;
    }
    answer.map_err(Problem::from)
}

/// Keeps what a failure tells about a key: from then on nothing uses it until it was checked.
pub(crate) async fn note_failure(app: &App, context: &Context, key: Uuid, failure: &wire::Failure) {
    if let Some(status) = KeyStatus::after_call(failure) {
        // The next call would find out again.
        let _ = store::key::mark_key(app.db(), context, key, status, &advice(failure)).await;
    }
}

/// The problem of an answer of another kind than was asked for.
pub(crate) fn unexpected() -> Problem {
    Problem::internal("kraken answered another request than it was asked")
}

impl From<ExchangeError> for Problem {
    fn from(error: ExchangeError) -> Self {
        match error {
            ExchangeError::Call(error) => error.into(),
            ExchangeError::Failed(failure) => problem(failure),
        }
    }
}

/// For how many seconds the exchange wants to be left alone with a key; none where a failure says nothing of that.
pub(crate) const fn retry_after(failure: &wire::Failure) -> Option<i64> {
    match failure {
        wire::Failure::LockedOut(_) => Some(LOCKED_OUT),
        wire::Failure::RateLimited(_) => Some(RATE_LIMITED),
        wire::Failure::Refused(_)
        | wire::Failure::CredentialsInvalid(_)
        | wire::Failure::NonceConflict(_)
        | wire::Failure::Unreachable(_)
        | wire::Failure::NotAuthentic
        | wire::Failure::Rejected(_)
        | wire::Failure::Denied(_)
        | wire::Failure::UnknownOutcome(_) => None,
    }
}

/// Kraken's lockout, in seconds.
const LOCKED_OUT: i64 = 15 * 60;
/// In a minute each tier's counter of calls has room again.
const RATE_LIMITED: i64 = 60;

fn problem(failure: wire::Failure) -> Problem {
    const REFUSED: StatusCode = StatusCode::UNPROCESSABLE_ENTITY;
    match failure {
        wire::Failure::Refused(refusal) => {
            let errors = refused_permissions(&refusal);
            refused(errors)
                .detail(&refusal.advice)
                .with("forbidden", refusal.forbidden)
                .with("missing", refusal.missing)
                .with("unknown", refusal.unknown)
                .with("advice", refusal.advice)
        }
        wire::Failure::Rejected(text) | wire::Failure::Denied(text) => {
            refused(vec![FieldError::new("api_key", text.as_str())]).detail(text)
        }
        wire::Failure::CredentialsInvalid(text) => Problem::new(
            REFUSED,
            "credentials-invalid",
            "The exchange does not accept this key",
        )
        .detail(text),
        wire::Failure::NonceConflict(text) => Problem::new(
            REFUSED,
            "key-nonce-conflict",
            "Another program uses this key",
        )
        .detail(text),
        wire::Failure::LockedOut(text) => Problem::new(
            StatusCode::TOO_MANY_REQUESTS,
            "key-locked-out",
            "The exchange has locked this key out",
        )
        .detail(text)
        .header(header::RETRY_AFTER, &LOCKED_OUT.to_string()),
        wire::Failure::RateLimited(text) => Problem::new(
            StatusCode::TOO_MANY_REQUESTS,
            "rate-limited",
            "The exchange wants fewer requests",
        )
        .detail(text)
        .header(header::RETRY_AFTER, &RATE_LIMITED.to_string()),
        wire::Failure::Unreachable(text) | wire::Failure::UnknownOutcome(text) => Problem::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "exchange-unreachable",
            "The exchange cannot be reached",
        )
        .detail(text)
        .header(header::RETRY_AFTER, "10"),
        wire::Failure::NotAuthentic => Problem::internal("a sealed key does not open"),
    }
}

/// 422 with the boxes in `errors`, one each.
fn refused(errors: Vec<FieldError>) -> Problem {
    Problem::new(
        StatusCode::UNPROCESSABLE_ENTITY,
        "key-refused",
        "This key may not be connected",
    )
    .with("errors", errors)
}

fn refused_permissions(refusal: &wire::Refusal) -> Vec<FieldError> {
    let say = |names: &[String], what: &str| -> Vec<FieldError> {
        names
            .iter()
            .map(|name| FieldError::new("api_key", format!("{what} {name}")))
            .collect()
    };
    [
        say(&refusal.forbidden, "must not have the permission"),
        say(
            &refusal.unknown,
            "has a permission that Spindle doesn't know:",
        ),
        say(&refusal.missing, "lacks the permission"),
    ]
    .concat()
}

/// What a key's owner reads about a check that it did not pass.
pub(crate) fn advice(failure: &wire::Failure) -> String {
    match failure {
        wire::Failure::Refused(refusal) => refusal.advice.clone(),
        wire::Failure::NotAuthentic => {
            "The stored key cannot be opened any more. Disconnect it and connect it again."
                .to_owned()
        }
        wire::Failure::CredentialsInvalid(text)
        | wire::Failure::NonceConflict(text)
        | wire::Failure::LockedOut(text)
        | wire::Failure::RateLimited(text)
        | wire::Failure::Unreachable(text)
        | wire::Failure::Denied(text)
        | wire::Failure::UnknownOutcome(text)
        | wire::Failure::Rejected(text) => text.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_failure_is_a_problem_of_its_own() {
        let said = || "said".to_owned();
        let refusal = wire::Refusal {
            forbidden: vec!["withdraw-funds".to_owned()],
            missing: vec!["close-trades".to_owned()],
            unknown: vec!["new-thing".to_owned()],
            advice: "Untick it.".to_owned(),
            permissions: vec![],
            verified_by: "info".to_owned(),
        };
        let table = [
            (wire::Failure::Refused(refusal), 422, "key-refused"),
            (wire::Failure::Rejected(said()), 422, "key-refused"),
            (
                wire::Failure::CredentialsInvalid(said()),
                422,
                "credentials-invalid",
            ),
            (
                wire::Failure::NonceConflict(said()),
                422,
                "key-nonce-conflict",
            ),
            (wire::Failure::LockedOut(said()), 429, "key-locked-out"),
            (wire::Failure::RateLimited(said()), 429, "rate-limited"),
            (
                wire::Failure::Unreachable(said()),
                503,
                "exchange-unreachable",
            ),
            (wire::Failure::NotAuthentic, 500, "internal"),
        ];
        for (failure, status, kind) in table {
            let told = format!("{failure:?}");
            let problem = problem(failure);
            assert_eq!(
                (problem.status().as_u16(), problem.kind()),
                (status, kind),
                "{told}"
            );
        }
    }
}
