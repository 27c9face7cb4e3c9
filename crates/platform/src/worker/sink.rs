//! All events for somebody outside: an HTTPS endpoint that takes CloudEvents, signed as Standard Webhooks 1.0 has it. Off unless
//! the variable `events_path` is set.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::Uri;
use kit::{App, Problem};
use webhooks::signature;

use super::call;
use super::consumer::EVENT_LIMIT;
use super::outcome::Answer;
use crate::subscriptions::{Subscription, TOPICS};

/// The consumer under whose name its position is kept.
pub(super) const SUBSCRIPTION: Subscription = Subscription {
    consumer: "outside",
    topics: TOPICS,
    owner: "worker",
};

/// Where events go.
pub(super) struct Sink {
    url: String,
    key: Vec<u8>,
}

impl Sink {
    /// Reads `events_origin`, `events_path` and `events_secret`; none if the path is empty.
    ///
    /// # Errors
    /// 503 naming the variable that does not go with the others.
    pub(super) fn read(app: &App) -> Result<Option<Self>, Problem> {
        let config = app.config();
        let Some(path) = config.variable("events_path") else {
            return Ok(None);
        };
        let origin = config.variable("events_origin").unwrap_or_default();
        let origin = origin.trim_end_matches('/');
        if !is_origin(origin) {
            return Err(Problem::misconfigured(
                "events_origin",
                "must be an origin, as in `https://events.example`, where `events_path` is set",
            ));
        }
        let secret = config.variable("events_secret").ok_or_else(|| {
            Problem::misconfigured("events_secret", "is missing, and `events_path` is set")
        })?;
        let url = format!("{origin}{path}");
        if !path.starts_with('/') || url.parse::<Uri>().is_err() {
            return Err(Problem::misconfigured(
                "events_path",
                "must be a path that begins with a slash",
            ));
        }
        // The specification's spelling, or any text.
        let key = secret
            .strip_prefix("whsec_")
            .and_then(|text| STANDARD.decode(text).ok())
            .unwrap_or_else(|| secret.as_bytes().to_vec());
        Ok(Some(Self { url, key }))
    }
}

/// Scheme and authority alone; not the manifest's default, which nobody has (RFC 6761 6.4).
fn is_origin(text: &str) -> bool {
    text.parse::<Uri>().is_ok_and(|uri| {
        matches!(uri.scheme_str(), Some("http" | "https"))
            && uri
                .host()
                .is_some_and(|host| !host.is_empty() && !host.ends_with(".invalid"))
            && uri.path_and_query().is_none_or(|rest| rest.as_str() == "/")
    })
}

/// Sends one event.
pub(super) async fn send(
    app: &App,
    sink: &Sink,
    id: &str,
    traceparent: Option<&str>,
    body: Vec<u8>,
) -> Answer {
    let now = kit::clock::now_s();
    let headers = vec![
        ("webhook-id", id.to_owned()),
        ("webhook-timestamp", now.to_string()),
        (
            "webhook-signature",
            signature::sign(&sink.key, id, now, &body),
        ),
    ];
    call::send(
        app,
        call::Call {
            url: sink.url.clone(),
            content_type: "application/cloudevents+json",
            request_id: None,
            traceparent,
            headers,
            body,
            limit: EVENT_LIMIT,
        },
    )
    .await
}
