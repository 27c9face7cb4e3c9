//! The calls to the private component `kraken`, and what its failures mean for whoever connects a key.

use contracts::exchange::exchange as wire;
use http::{StatusCode, header};
use kit::{App, CallError, Context, FieldError, Problem};

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
        wire::Failure::Rejected(text) => {
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
        .header(header::RETRY_AFTER, "900"),
        wire::Failure::RateLimited(text) => Problem::new(
            StatusCode::TOO_MANY_REQUESTS,
            "rate-limited",
            "The exchange wants fewer requests",
        )
        .detail(text)
        .header(header::RETRY_AFTER, "60"),
        wire::Failure::Unreachable(text) => Problem::new(
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
