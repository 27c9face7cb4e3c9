//! What an owner's answer means for a task, or for an event. Pure: chance comes in as a number.

use std::time::Duration;

use kit::problem::ProblemDocument;
use serde_json::Value;

use crate::kinds::Kind;

/// Put off so often, a task is given up: with pauses of up to an hour that takes days.
const MAX_SNOOZES: u32 = 200;
/// Longest `Retry-After` that is followed.
const MAX_RETRY_AFTER: Duration = Duration::from_secs(24 * 3600);
/// Longest result that is kept, bytes.
const MAX_RESULT: usize = 16 * 1024;

/// What came back.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Answer {
    /// The owner answered.
    Status {
        status: u16,
        retry_after: Option<Duration>,
        body: Vec<u8>,
    },
    /// It did not, in time. Whether it acted is not known.
    Timeout(Duration),
    /// It could not be reached, or broke off.
    Failed(String),
}

/// How often and with which pauses something is tried.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Patience {
    pub(crate) max_attempts: u32,
    pub(crate) backoff: Duration,
    pub(crate) max_backoff: Duration,
}

impl From<&Kind> for Patience {
    fn from(kind: &Kind) -> Self {
        Self {
            max_attempts: kind.max_attempts,
            backoff: kind.backoff,
            max_backoff: kind.max_backoff,
        }
    }
}

impl Patience {
    /// Full jitter: anything up to a limit that doubles, so that what failed together does not come back together.
    fn pause(self, tries: u32, chance: f64) -> Duration {
        let limit = self
            .backoff
            .saturating_mul(2_u32.saturating_pow(tries.saturating_sub(1)))
            .min(self.max_backoff);
        limit.mul_f64(chance.clamp(0.0, 1.0))
    }
}

/// What becomes of it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Outcome {
    Done(Option<Value>),
    Retry(Duration, Failure),
    /// As retry, but the attempt does not count.
    Snooze(Duration, Failure),
    Dead(Failure),
}

/// Why it was not done.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Failure {
    /// For the operator; owners put no secret in a problem's texts.
    pub(crate) error: String,
    pub(crate) status: Option<u16>,
}

impl Outcome {
    /// Decides. `attempt` is 1 for the first; `snoozes` counts those that were put off before.
    pub(crate) fn of(
        answer: Answer,
        patience: Patience,
        attempt: u32,
        snoozes: u32,
        chance: f64,
    ) -> Self {
        let (failure, retry_after) = match answer {
            Answer::Status {
                status: 200..=299,
                body,
                ..
            } => return Self::Done(result(&body)),
            Answer::Status {
                status,
                retry_after,
                body,
            } => (
                Failure {
                    error: told(status, &body),
                    status: Some(status),
                },
                retry_after,
            ),
            Answer::Timeout(limit) => (
                Failure {
                    error: format!("no answer within {} s", limit.as_secs_f64()),
                    status: None,
                },
                None,
            ),
            Answer::Failed(error) => (
                Failure {
                    error,
                    status: None,
                },
                None,
            ),
        };
        match failure.status {
            Some(422) => Self::Dead(failure),
            Some(429 | 503) if snoozes < MAX_SNOOZES => {
                let wait = retry_after.unwrap_or_default().min(MAX_RETRY_AFTER);
                Self::Snooze(wait + patience.pause(snoozes + 1, chance), failure)
            }
            _ if attempt >= patience.max_attempts => Self::Dead(failure),
            _ => Self::Retry(patience.pause(attempt, chance), failure),
        }
    }

    /// Its name in SQL.
    pub(crate) const fn name(&self) -> &'static str {
        match self {
            Self::Done(_) => "done",
            Self::Retry(..) => "retry",
            Self::Snooze(..) => "snooze",
            Self::Dead(_) => "dead",
        }
    }

    /// Why it was not done.
    pub(crate) const fn failure(&self) -> Option<&Failure> {
        match self {
            Self::Done(_) => None,
            Self::Retry(_, failure) | Self::Snooze(_, failure) | Self::Dead(failure) => {
                Some(failure)
            }
        }
    }

    /// How long until it is tried again, milliseconds.
    pub(crate) fn delay_ms(&self) -> Option<i64> {
        match self {
            Self::Retry(pause, _) | Self::Snooze(pause, _) => {
                Some(i64::try_from(pause.as_millis()).unwrap_or(i64::MAX))
            }
            Self::Done(_) | Self::Dead(_) => None,
        }
    }
}

fn result(body: &[u8]) -> Option<Value> {
    (body.len() <= MAX_RESULT)
        .then(|| serde_json::from_slice(body).ok())
        .flatten()
}

/// What the owner said, in one line.
fn told(status: u16, body: &[u8]) -> String {
    let Ok(problem) = serde_json::from_slice::<ProblemDocument>(body) else {
        return format!("answered {status}");
    };
    let fields: Vec<String> = problem
        .errors
        .iter()
        .map(|error| format!("{}: {}", error.field, error.message))
        .collect();
    let detail = problem
        .detail
        .into_iter()
        .chain(fields)
        .collect::<Vec<_>>()
        .join("; ");
    format!("{status} {}: {detail}", problem.title)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const PATIENCE: Patience = Patience {
        max_attempts: 3,
        backoff: Duration::from_secs(2),
        max_backoff: Duration::from_secs(10),
    };

    fn status(status: u16, retry_after: Option<u64>) -> Answer {
        Answer::Status {
            status,
            retry_after: retry_after.map(Duration::from_secs),
            body: Vec::new(),
        }
    }

    #[test]
    fn an_answer_says_what_becomes_of_the_task() {
        let cases = [
            (status(204, None), 1, 0, "done", None, "2xx is done"),
            (
                status(422, None),
                1,
                0,
                "dead",
                None,
                "422 can never succeed",
            ),
            (
                status(500, None),
                1,
                0,
                "retry",
                Some(2_000),
                "the first pause is up to the base",
            ),
            (
                status(500, None),
                2,
                0,
                "retry",
                Some(4_000),
                "each further one up to twice as long",
            ),
            (
                status(500, None),
                3,
                0,
                "dead",
                None,
                "the attempts are used up",
            ),
            (
                status(404, None),
                1,
                0,
                "retry",
                Some(2_000),
                "an owner of another version may be behind it",
            ),
            (
                status(503, Some(60)),
                3,
                0,
                "snooze",
                Some(62_000),
                "put off costs no attempt, and jitter comes on top",
            ),
            (
                status(429, None),
                3,
                9,
                "snooze",
                Some(10_000),
                "without Retry-After the pauses grow to their limit",
            ),
            (
                status(503, Some(10_000_000)),
                1,
                0,
                "snooze",
                Some(86_402_000),
                "nobody puts a task off for a year",
            ),
            (
                status(503, Some(1)),
                1,
                MAX_SNOOZES,
                "retry",
                Some(2_000),
                "put off for days, attempts count",
            ),
            (
                Answer::Timeout(Duration::from_secs(1)),
                1,
                0,
                "retry",
                Some(2_000),
                "no answer",
            ),
            (
                Answer::Failed("x".to_owned()),
                3,
                0,
                "dead",
                None,
                "no owner, thrice",
            ),
        ];
        for (answer, attempt, snoozes, name, delay, rule) in cases {
            let outcome = Outcome::of(answer, PATIENCE, attempt, snoozes, 1.0);
            assert_eq!(
                (outcome.name(), outcome.delay_ms()),
                (name, delay),
                "{rule}"
            );
            assert_eq!(outcome.failure().is_none(), name == "done", "{rule}");
        }
    }

    #[test]
    fn a_pause_is_anything_up_to_its_limit() {
        for (chance, expected) in [(0.0, 0), (0.5, 4), (1.0, 8)] {
            assert_eq!(PATIENCE.pause(3, chance), Duration::from_secs(expected));
        }
        assert_eq!(PATIENCE.pause(u32::MAX, 1.0), Duration::from_secs(10));
    }

    #[test]
    fn a_result_is_kept_if_it_is_json_and_short() {
        assert_eq!(result(br#"{"sent":true}"#), Some(json!({"sent": true})));
        assert_eq!(result(b""), None);
        assert_eq!(result(b"<html>"), None);
        assert_eq!(
            result(format!("\"{}\"", "x".repeat(MAX_RESULT)).as_bytes()),
            None
        );
    }

    #[test]
    fn an_error_says_what_the_owner_said() {
        let problem = br#"{"type":"urn:spindle:problem:validation","title":"Some fields are not valid","status":422,
            "request_id":"r","errors":[{"field":"payload.to","message":"is required"}]}"#;
        assert_eq!(
            told(422, problem),
            "422 Some fields are not valid: payload.to: is required"
        );
        assert_eq!(told(502, b"<html>"), "answered 502");
    }
}
