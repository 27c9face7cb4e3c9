//! The answers that the host gives itself, as RFC 9457 problems like the guests' own.

use bytes::Bytes;
use http::header::{CACHE_CONTROL, CONTENT_TYPE, RETRY_AFTER};
use http::{HeaderValue, Response, StatusCode};
use http_body_util::{BodyExt, Full};
use wasmtime_wasi_http::WasiBody;

use crate::instances::Refusal;

/// A body of fixed bytes.
pub(crate) fn full(bytes: impl Into<Bytes>) -> WasiBody {
    Full::new(bytes.into())
        .map_err(|never| match never {})
        .boxed_unsync()
}

/// An answer without a body.
pub(crate) fn empty(status: StatusCode) -> Response<WasiBody> {
    let mut response = Response::new(full(Bytes::new()));
    *response.status_mut() = status;
    response
}

/// A problem of the kind `urn:spindle:problem:<kind>`.
pub(crate) fn problem(status: StatusCode, kind: &str, detail: &str) -> Response<WasiBody> {
    let request_id = uuid::Uuid::now_v7().to_string();
    let body = serde_json::json!({
        "type": format!("urn:spindle:problem:{kind}"),
        "title": status.canonical_reason().unwrap_or_default(),
        "status": status.as_u16(),
        "detail": detail,
        "request_id": request_id,
    });
    let mut response = Response::new(full(body.to_string()));
    *response.status_mut() = status;
    response.headers_mut().insert(
        CONTENT_TYPE,
        HeaderValue::from_static("application/problem+json"),
    );
    if let Ok(id) = HeaderValue::from_str(&request_id) {
        response.headers_mut().insert("x-request-id", id);
    }
    response
        .headers_mut()
        .insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    if status == StatusCode::SERVICE_UNAVAILABLE {
        response
            .headers_mut()
            .insert(RETRY_AFTER, HeaderValue::from_static("1"));
    }
    response
}

/// The answer to a request that no guest answered.
pub(crate) fn of_refusal(refusal: Refusal) -> Response<WasiBody> {
    match refusal {
        Refusal::Overloaded => problem(
            StatusCode::SERVICE_UNAVAILABLE,
            "unavailable",
            "Too many requests are in progress; try again.",
        ),
        Refusal::TimedOut => problem(
            StatusCode::GATEWAY_TIMEOUT,
            "timeout",
            "The request took too long and was stopped.",
        ),
        Refusal::Failed => problem(
            StatusCode::INTERNAL_SERVER_ERROR,
            "internal",
            "The request failed; the host's log has the cause.",
        ),
    }
}
