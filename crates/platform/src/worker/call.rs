//! Calls to owners by service chaining: in process, to paths that no public trigger routes to them.

use std::time::Duration;

use http::{Request, StatusCode, header};
use kit::App;
use kit::outbound::OutboundError;

use super::outcome::Answer;

/// What a call carries besides its body.
pub(crate) struct Call<'a> {
    pub(crate) url: String,
    pub(crate) content_type: &'static str,
    /// Of the cause, for the owner's log line.
    pub(crate) request_id: Option<&'a str>,
    pub(crate) traceparent: Option<&'a str>,
    pub(crate) headers: Vec<(&'static str, String)>,
    pub(crate) body: Vec<u8>,
    pub(crate) limit: Duration,
}

/// Sends it and waits for the answer.
pub(crate) async fn send(app: &App, call: Call<'_>) -> Answer {
    let mut request = Request::post(&call.url).header(header::CONTENT_TYPE, call.content_type);
    for (name, value) in [
        ("x-request-id", call.request_id),
        ("traceparent", call.traceparent),
    ] {
        if let Some(value) = value {
            request = request.header(name, value);
        }
    }
    for (name, value) in &call.headers {
        request = request.header(*name, value);
    }
    let request = match request.body(call.body) {
        Ok(request) => request,
        Err(error) => return Answer::Failed(error.to_string()),
    };
    match app.outbound().send(request, call.limit).await {
        Ok(answer) => Answer::Status {
            status: answer.status().as_u16(),
            retry_after: retry_after(answer.status(), answer.headers()),
            body: answer.into_body(),
        },
        Err(OutboundError::Timeout(limit)) => Answer::Timeout(limit),
        Err(OutboundError::Failed(cause)) => Answer::Failed(cause),
    }
}

/// Seconds alone: our own owners send no dates, and an outside sink's clock is its own.
fn retry_after(status: StatusCode, headers: &http::HeaderMap) -> Option<Duration> {
    if !matches!(
        status,
        StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE
    ) {
        return None;
    }
    headers
        .get(header::RETRY_AFTER)?
        .to_str()
        .ok()?
        .trim()
        .parse()
        .ok()
        .map(Duration::from_secs)
}

/// A number in [0, 1), for jitter.
pub(crate) fn chance() -> f64 {
    // 53 random bits are what a float holds.
    let bits = getrandom::u64().unwrap_or(u64::MAX / 2) >> 11;
    bits as f64 / (1_u64 << 53) as f64
}
