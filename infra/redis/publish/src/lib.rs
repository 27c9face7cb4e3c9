//! Takes Spindle's events as its worker sends them outside, CloudEvents signed by Standard Webhooks, and publishes each on the
//! Redis channel of its topic. Publishing reaches whoever listens at that moment; a consumer that must not miss anything reads
//! Spindle's outbox.

mod envelope;

use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::Context;
use bytes::Bytes;
use http::{Method, StatusCode};
use http_body_util::{BodyExt, Limited};
use spin_sdk::http::{FullBody, Request, Response};
use spin_sdk::redis::Connection;
use spin_sdk::variables;

/// Events are ids and small facts.
const MAX_BODY: usize = 1 << 20;

#[spin_sdk::http_service]
async fn handle(request: Request) -> Response<FullBody<Bytes>> {
    let (status, said) = match take(request).await {
        Ok(answer) => answer,
        // Spindle tries again.
        Err(error) => (StatusCode::SERVICE_UNAVAILABLE, format!("{error:#}\n")),
    };
    let mut response = Response::new(FullBody::new(Bytes::from(said)));
    *response.status_mut() = status;
    response
}

async fn take(request: Request) -> anyhow::Result<(StatusCode, String)> {
    if request.method() != Method::POST {
        return Ok((StatusCode::METHOD_NOT_ALLOWED, "POST an event\n".to_owned()));
    }
    let (parts, body) = request.into_parts();
    let Ok(body) = Limited::new(body, MAX_BODY).collect().await else {
        return Ok((StatusCode::PAYLOAD_TOO_LARGE, "too large\n".to_owned()));
    };
    let body = body.to_bytes();
    let secret = variable("events_secret").await?;
    let now = SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs();
    let topic = match envelope::open(&parts.headers, &body, &secret, now) {
        Ok(topic) => topic,
        Err(refusal) => return Ok((refusal.status(), format!("{refusal}\n"))),
    };
    let channel = format!("{}.{topic}", variable("events_prefix").await?);
    Connection::open(variable("redis_address").await?)
        .await
        .context("Redis cannot be reached")?
        .publish(channel, &body)
        .await
        .context("Redis did not take the event")?;
    Ok((StatusCode::NO_CONTENT, String::new()))
}

async fn variable(name: &str) -> anyhow::Result<String> {
    variables::get(name.to_owned())
        .await
        .with_context(|| format!("the variable {name}"))
}
