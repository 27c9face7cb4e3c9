//! Requests as they reach a service.

use axum::body::{Body, to_bytes};
use http::request::Builder;
use http::{Request, header};
use kit::Service;
use serde_json::Value;

use crate::Answer;

/// The request with this body as JSON, or with none.
pub fn with_body(request: Builder, body: Option<&Value>) -> Request<Body> {
    match body {
        Some(body) => request
            .header(header::CONTENT_TYPE, "application/json")
            .body(Body::from(body.to_string()))
            .unwrap(),
        None => request.body(Body::empty()).unwrap(),
    }
}

/// What the service answers.
pub async fn ask(service: &Service, request: Request<Body>) -> Answer {
    let (parts, body) = service.call(request).await.into_parts();
    let bytes = to_bytes(body, usize::MAX).await.unwrap();
    Answer {
        status: parts.status.as_u16(),
        headers: parts.headers,
        body: serde_json::from_slice(&bytes).unwrap_or(Value::Null),
        text: String::from_utf8_lossy(&bytes).into_owned(),
    }
}
