//! The private routes, with a receiver that remembers what it got.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use axum::body::{Body, to_bytes};
use http::{Request, Response};
use kit::outbound::{Outbound, OutboundError};
use kit::{AppBuilder, Ports};
use serde_json::{Value, json};

/// Answers a status; 0 is a time-out, 1 a broken connection.
struct Receiver(u16, Arc<Mutex<Vec<Request<Vec<u8>>>>>);

#[async_trait]
impl Outbound for Receiver {
    async fn send(
        &self,
        request: Request<Vec<u8>>,
        limit: Duration,
    ) -> Result<Response<Vec<u8>>, OutboundError> {
        self.1.lock().unwrap().push(request);
        match self.0 {
            0 => Err(OutboundError::Timeout(limit)),
            1 => Err(OutboundError::Failed(
                "connect 10.0.0.7:443 refused".to_owned(),
            )),
            status => Ok(Response::builder()
                .status(status)
                .header("location", "https://127.0.0.1/")
                .body(Vec::new())
                .unwrap()),
        }
    }
}

async fn ask(status: u16, path: &str, body: Value) -> (Value, Vec<Request<Vec<u8>>>) {
    let got = Arc::new(Mutex::new(Vec::new()));
    let variables: HashMap<String, String> = [
        ("public_url", "http://localhost:3000"),
        ("environment", "development"),
        ("webhook_key", "dev-key"),
    ]
    .map(|(name, value)| (name.to_owned(), value.to_owned()))
    .into();
    let ports = Ports {
        outbound: Arc::new(Receiver(status, Arc::clone(&got))),
        ..Ports::none(Arc::new(variables))
    };
    let service = spindle_webhooks::api::service(AppBuilder::new("webhooks", ports));
    let request = Request::post(path)
        .header("content-type", "application/json")
        .body(Body::from(body.to_string()))
        .unwrap();
    let answer = service.call(request).await;
    assert!(answer.status().is_success(), "{answer:?}");
    let bytes = to_bytes(answer.into_body(), 10_000).await.unwrap();
    let got = std::mem::take(&mut *got.lock().unwrap());
    (serde_json::from_slice(&bytes).unwrap(), got)
}

fn message(url: &str) -> Value {
    let id = "01980000-0000-7000-8000-000000000001";
    json!({"webhook_id": id, "generation": 1, "url": url, "message_id": id, "body": "{\"a\":1}"})
}

#[tokio::test]
async fn a_message_is_signed_with_the_secret_that_was_shown() {
    let (answer, got) = ask(
        204,
        "/internal/deliver",
        message("https://hooks.spindle.dev/x"),
    )
    .await;
    assert_eq!(answer, json!({"status": 204, "error": null}));
    let header = |name: &str| got[0].headers()[name].to_str().unwrap().to_owned();
    assert_eq!(got[0].body(), b"{\"a\":1}");
    let timestamp: i64 = header("webhook-timestamp").parse().unwrap();
    let id = "01980000-0000-7000-8000-000000000001".parse().unwrap();
    let secret = spindle_webhooks::signature::Secret::derive(b"dev-key", id, 1);
    assert_eq!(
        header("webhook-signature"),
        secret.sign(id, timestamp, b"{\"a\":1}")
    );
    let (shown, _) = ask(
        200,
        "/internal/secret",
        json!({"webhook_id": id, "generation": 1}),
    )
    .await;
    assert_eq!(shown["secret"], secret.shown());
}

#[tokio::test]
async fn a_redirect_is_a_failure_and_nobody_goes_there() {
    let (answer, got) = ask(
        302,
        "/internal/deliver",
        message("https://hooks.spindle.dev/x"),
    )
    .await;
    assert_eq!((&answer["status"], got.len()), (&json!(302), 1));
    assert!(answer["error"].is_string());
}

#[tokio::test]
async fn what_is_not_of_the_public_internet_is_not_asked() {
    for url in [
        "https://127.0.0.1/",
        "https://kraken.spin.internal/",
        "http://hooks.spindle.dev/",
    ] {
        let (answer, got) = ask(200, "/internal/deliver", message(url)).await;
        assert!(got.is_empty(), "{url}");
        assert_eq!(answer["status"], Value::Null);
    }
}

#[tokio::test]
async fn failures_tell_nothing_about_our_network() {
    for (status, word) in [(0, "no answer within 10 s"), (1, "cannot be reached")] {
        let (answer, _) = ask(
            status,
            "/internal/deliver",
            message("https://hooks.spindle.dev/x"),
        )
        .await;
        let error = answer["error"].as_str().unwrap();
        assert!(
            error.contains(word) && !error.contains("10.0.0.7"),
            "{error}"
        );
    }
}
