//! Tasks, as their owner takes them: `POST /internal/tasks/<kind>`, called by the worker alone.
//!
//! At least once: the same task may come again after a crash, with the same `idempotency_key`, and a handler must then change
//! nothing. What the answer means:
//!
//! | answer | the task |
//! |---|---|
//! | 2xx | is done; a JSON body is kept as its result |
//! | 503, 429 | is put off, for `Retry-After` or longer, without costing an attempt |
//! | 422 | is a dead letter at once: it can never succeed |
//! | anything else, or none | is tried again with growing pauses, until its kind's attempts are used up |

use std::time::Duration;

use axum::extract::{FromRequest, Request};
use http::{StatusCode, header};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

use crate::{Context, Problem, extract};

/// Body of the worker's call.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Call {
    /// Id of the task.
    pub task_id: Uuid,
    /// Kind, also the end of the path.
    pub kind: String,
    /// 1 for the first attempt.
    pub attempt: u32,
    /// What `platform.enqueue` was given.
    pub payload: Value,
    /// What `platform.enqueue` was given: the same key is the same task.
    pub idempotency_key: String,
    /// Id of the request that asked for the work.
    pub request_id: Option<String>,
    /// Trace context of that request.
    pub traceparent: Option<String>,
}

/// A task to be done. As an extractor it answers 422 to a payload that does not fit, which makes the task a dead letter.
///
/// ```
/// # extern crate spindle_kit as kit;
/// use kit::{NoContent, Problem, task::Task};
///
/// #[derive(serde::Deserialize)]
/// struct Welcome { user_id: uuid::Uuid }
///
/// async fn welcome(task: Task<Welcome>) -> Result<NoContent, Problem> {
///     let _ = (task.payload.user_id, task.context.value(), task.idempotency_key);
///     Ok(NoContent)
/// }
/// let internal: axum::Router<kit::App> =
///     axum::Router::new().route("/tasks/welcome", axum::routing::post(welcome));
/// // builder.internal(internal).routes(…)
/// ```
#[derive(Clone, Debug)]
pub struct Task<P> {
    /// Id of the task.
    pub id: Uuid,
    /// Its kind.
    pub kind: String,
    /// 1 for the first attempt. More than one does not mean that an earlier one did nothing.
    pub attempt: u32,
    /// The same key is the same deed, however often it is asked for.
    pub idempotency_key: String,
    /// What to do.
    pub payload: P,
    /// First argument of writing SQL functions: request id and trace of the cause, actor `task:<kind>`.
    pub context: Context,
}

/// Puts the task off for this long, or longer. Costs no attempt.
#[must_use]
pub fn put_off(pause: Duration, why: impl Into<String>) -> Problem {
    Problem::new(
        StatusCode::SERVICE_UNAVAILABLE,
        "unavailable",
        "Temporarily unavailable",
    )
    .detail(why)
    .header(header::RETRY_AFTER, &pause.as_secs().max(1).to_string())
}

/// Makes the task a dead letter: trying again would change nothing. `why` is shown to the operator; no secret in it.
#[must_use]
pub fn give_up(why: impl Into<String>) -> Problem {
    Problem::new(
        StatusCode::UNPROCESSABLE_ENTITY,
        "validation",
        "The task cannot be done",
    )
    .detail(why)
}

impl<P, S> FromRequest<S> for Task<P>
where
    P: DeserializeOwned,
    S: Send + Sync,
{
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Self::Rejection> {
        let caller = request.extensions().get::<Context>().cloned();
        let call: Call = extract::json(request, state).await?;
        let payload = serde_path_to_error::deserialize(call.payload)
            .map_err(|error| extract::misfit("payload", &error))?;
        let caller = caller.unwrap_or_default();
        Ok(Self {
            id: call.task_id,
            attempt: call.attempt,
            idempotency_key: call.idempotency_key,
            payload,
            context: Context {
                request_id: call.request_id.unwrap_or(caller.request_id),
                traceparent: call.traceparent.or(caller.traceparent),
                address: None,
                agent: None,
                actor: Some(format!("task:{}", call.kind)),
                credential: None,
            },
            kind: call.kind,
        })
    }
}

#[cfg(test)]
mod tests {
    use axum::body::Body;
    use serde_json::json;

    use super::*;

    #[derive(Debug, Deserialize)]
    struct Welcome {
        user: u32,
    }

    fn take(payload: Value) -> Result<Task<Welcome>, Problem> {
        let call = Call {
            task_id: Uuid::nil(),
            kind: "welcome".to_owned(),
            attempt: 2,
            payload,
            idempotency_key: "k".to_owned(),
            request_id: Some("r-1".to_owned()),
            traceparent: Some("00-a-b-01".to_owned()),
        };
        let request = Request::post("/")
            .header(header::CONTENT_TYPE, "application/json")
            .body(Body::from(serde_json::to_vec(&call).unwrap()))
            .unwrap();
        futures::executor::block_on(Task::from_request(request, &()))
    }

    #[test]
    fn a_task_carries_its_cause_and_acts_in_its_kinds_name() {
        let task = take(json!({"user": 7})).unwrap();
        assert_eq!(task.payload.user, 7);
        assert_eq!(task.attempt, 2);
        assert_eq!(task.context.request_id, "r-1");
        assert_eq!(task.context.traceparent.as_deref(), Some("00-a-b-01"));
        assert_eq!(task.context.actor.as_deref(), Some("task:welcome"));
    }

    #[test]
    fn a_payload_that_does_not_fit_is_a_dead_letter_and_names_the_field() {
        for (payload, field) in [
            (json!({"user": "x"}), "payload.user"),
            (json!({}), "payload.user"),
            (json!(7), "payload"),
        ] {
            let problem = take(payload.clone()).unwrap_err();
            assert_eq!(problem.status().as_u16(), 422, "{payload}");
            assert_eq!(problem.errors()[0].field, field, "{payload}");
        }
    }

    #[test]
    fn the_two_ways_out_are_the_statuses_that_the_worker_knows() {
        assert_eq!(put_off(Duration::ZERO, "busy").status().as_u16(), 503);
        assert_eq!(give_up("never").status().as_u16(), 422);
    }
}
