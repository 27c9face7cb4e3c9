//! One line for each request. The route is the template, never the path: paths hold slugs, ids and worse.

use std::time::Duration;

use axum::extract::{MatchedPath, Request};
use axum::middleware::Next;
use axum::response::Response;
use http::{Method, StatusCode};
use serde_json::json;

use crate::log::{self, Level};
use crate::{Context, Problem};

/// The template of the route that answered, carried from the router to the log line.
#[derive(Clone, Debug)]
pub struct Route(pub String);

/// On an answer: the request gets no line unless it failed. For a schedule's, when there was nothing to do: a line a second would hide
/// all others.
#[derive(Clone, Copy, Debug)]
pub struct Unlogged;

/// Notes the route on the answer. A layer of the router, because only there the match is known.
pub async fn note_route(matched: Option<MatchedPath>, request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    if let Some(matched) = matched {
        response
            .extensions_mut()
            .insert(Route(matched.as_str().to_owned()));
    }
    response
}

/// Writes the line.
pub fn write(
    component: &str,
    context: &Context,
    method: &Method,
    route: Option<&Route>,
    status: StatusCode,
    elapsed: Duration,
    problem: Option<&Problem>,
) {
    let level = if status.is_server_error() {
        Level::Error
    } else {
        Level::Info
    };
    let mut fields = json!({
        "request_id": context.request_id,
        "method": method.as_str(),
        "route": route.map_or("unmatched", |route| route.0.as_str()),
        "status": status.as_u16(),
        "ms": elapsed.as_secs_f64() * 1000.0,
    });
    if let (Some(fields), Some(trace)) = (fields.as_object_mut(), &context.traceparent) {
        fields.insert("traceparent".into(), json!(trace));
    }
    if let (Some(fields), Some(problem)) = (fields.as_object_mut(), problem) {
        fields.insert("problem".into(), json!(problem.kind()));
        if let Some(cause) = problem.cause() {
            fields.insert("cause".into(), json!(cause));
        }
    }
    log::line(level, component, "request", fields);
}
