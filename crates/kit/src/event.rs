//! Events, as a consumer takes them: `POST /internal/events/<topic>`, called by the worker alone with a CloudEvents 1.0 document.
//!
//! At least once, and in order for each key: the next event of a key comes when this one was taken. 2xx takes it. 503 and 429
//! put it off; 422 parks its key at once, anything else after the consumer's attempts: other keys go on, this key's later
//! events wait until an operator has requeued or skipped the one that failed. So answer 2xx to types that you don't know.

use axum::extract::{FromRequest, Request};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use uuid::Uuid;

use crate::{Context, Problem, extract};

/// Where the worker's call says which consumer it is for.
pub const CONSUMER_HEADER: &str = "spindle-consumer";

#[derive(Deserialize)]
struct Document {
    id: Uuid,
    r#type: String,
    subject: String,
    time: String,
    traceparent: Option<String>,
    requestid: Option<String>,
    #[serde(default)]
    data: Value,
}

/// An event to be taken. As an extractor it answers 422 to data that does not fit `D`; a topic has several types, so most
/// consumers take `Event<serde_json::Value>` and look at [`Event::kind`] before [`Event::data_as`].
///
/// ```
/// # extern crate spindle_kit as kit;
/// use kit::{NoContent, Problem, event::Event};
///
/// #[derive(serde::Deserialize)]
/// struct Deleted { user_id: uuid::Uuid }
///
/// async fn user_event(event: Event) -> Result<NoContent, Problem> {
///     if event.kind == "user.deleted" {
///         let deleted: Deleted = event.data_as()?;
///         let _ = (deleted.user_id, event.context.value());
///     }
///     Ok(NoContent)
/// }
/// let internal: axum::Router<kit::App> =
///     axum::Router::new().route("/events/user.events", axum::routing::post(user_event));
/// // builder.internal(internal).routes(…)
/// ```
#[derive(Clone, Debug)]
pub struct Event<D = Value> {
    /// Id of the event: the same id is the same event.
    pub id: Uuid,
    /// CloudEvents `type`, `user.deleted`.
    pub kind: String,
    /// What it happened to, CloudEvents `subject`; order is kept within a key.
    pub key: String,
    /// When it happened, RFC 3339.
    pub time: String,
    /// What happened.
    pub data: D,
    /// First argument of writing SQL functions: request id and trace of the cause, actor `event:<consumer>`.
    pub context: Context,
}

impl Event {
    /// The data as this type.
    ///
    /// # Errors
    /// 422, which parks the key.
    pub fn data_as<T: DeserializeOwned>(&self) -> Result<T, Problem> {
        fit(&self.data)
    }
}

fn fit<T: DeserializeOwned>(data: &Value) -> Result<T, Problem> {
    serde_path_to_error::deserialize(data).map_err(|error| extract::misfit("data", &error))
}

impl<D, S> FromRequest<S> for Event<D>
where
    D: DeserializeOwned,
    S: Send + Sync,
{
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Self::Rejection> {
        let caller = request
            .extensions()
            .get::<Context>()
            .cloned()
            .unwrap_or_default();
        let consumer = request
            .headers()
            .get(CONSUMER_HEADER)
            .and_then(|value| value.to_str().ok())
            .unwrap_or("")
            .to_owned();
        let document: Document = extract::json(request, state).await?;
        Ok(Self {
            id: document.id,
            kind: document.r#type,
            key: document.subject,
            time: document.time,
            data: fit(&document.data)?,
            context: Context {
                request_id: document.requestid.unwrap_or(caller.request_id),
                traceparent: document.traceparent.or(caller.traceparent),
                address: None,
                agent: None,
                actor: Some(format!("event:{consumer}")),
                credential: None,
            },
        })
    }
}

#[cfg(test)]
mod tests {
    use axum::body::Body;
    use http::header;
    use serde_json::json;

    use super::*;

    #[derive(Debug, Deserialize)]
    struct Deleted {
        user: u32,
    }

    fn take<D: DeserializeOwned>(data: Value) -> Result<Event<D>, Problem> {
        let document = json!({
            "specversion": "1.0", "id": Uuid::nil(), "source": "/spindle/user", "type": "user.deleted", "subject": "u-1",
            "time": "2026-11-21T01:02:03.004Z", "datacontenttype": "application/json", "requestid": "r-1", "data": data,
        });
        let request = Request::post("/")
            .header(header::CONTENT_TYPE, "application/cloudevents+json")
            .header(CONSUMER_HEADER, "blog")
            .body(Body::from(document.to_string()))
            .unwrap();
        futures::executor::block_on(Event::from_request(request, &()))
    }

    #[test]
    fn an_event_carries_its_cause_and_acts_in_its_consumers_name() {
        let event: Event = take(json!({"user": 7})).unwrap();
        assert_eq!(
            (event.kind.as_str(), event.key.as_str()),
            ("user.deleted", "u-1")
        );
        assert_eq!(event.data_as::<Deleted>().unwrap().user, 7);
        assert_eq!(event.context.request_id, "r-1");
        assert_eq!(event.context.actor.as_deref(), Some("event:blog"));
    }

    #[test]
    fn data_that_does_not_fit_names_the_field() {
        let problem = take::<Deleted>(json!({"user": "x"})).unwrap_err();
        assert_eq!(problem.status().as_u16(), 422);
        assert_eq!(problem.errors()[0].field, "data.user");
    }
}
