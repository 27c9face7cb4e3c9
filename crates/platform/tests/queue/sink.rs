//! The endpoint outside that may be given all events.

use std::sync::Mutex;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use http::{Request, Response};
use kit::outbound::OutboundError;
use serde_json::{Value, json};
use sha2::Sha256;

use crate::stage::{JOB, ORDERS, Stage};

static RECEIVED: Mutex<Vec<Request<Vec<u8>>>> = Mutex::new(Vec::new());

pub(crate) fn receive(request: Request<Vec<u8>>) -> Result<Response<Vec<u8>>, OutboundError> {
    RECEIVED.lock().unwrap().push(request);
    Ok(Response::builder().status(204).body(Vec::new()).unwrap())
}

#[tokio::test]
async fn all_events_go_to_one_endpoint_outside_signed_and_only_if_it_is_configured() {
    let off = Stage::new(&[JOB], &[ORDERS]).await;
    off.emit("a", 1).await;
    assert_eq!(off.tick().await.events.done, 1);
    let on = Stage::with(
        &[JOB],
        &[ORDERS],
        &[
            ("events_origin", "https://events.example"),
            ("events_path", "/in"),
            ("events_secret", "whsec_c2VjcmV0"),
        ],
    )
    .await;
    let id = on.emit("a", 7).await;
    assert_eq!(
        on.tick().await.events.done,
        2,
        "the consumer's and the one outside"
    );
    let requests = RECEIVED.lock().unwrap();
    assert_eq!(requests.len(), 1, "the other stage sent nothing");
    let request = &requests[0];
    assert_eq!(request.uri(), "https://events.example/in");
    let header = |name: &str| request.headers()[name].to_str().unwrap().to_owned();
    assert_eq!(header("content-type"), "application/cloudevents+json");
    assert_eq!(header("webhook-id"), id.to_string());
    let event: Value = serde_json::from_slice(request.body()).unwrap();
    assert_eq!(
        (&event["specversion"], &event["data"]),
        (&json!("1.0"), &json!({"n": 7}))
    );
    let mut mac = Hmac::<Sha256>::new_from_slice(b"secret").unwrap();
    mac.update(format!("{id}.{}.", header("webhook-timestamp")).as_bytes());
    mac.update(request.body());
    assert_eq!(
        header("webhook-signature"),
        format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes()))
    );
}

#[tokio::test]
async fn a_half_configured_endpoint_stops_the_worker_and_names_the_variable() {
    let stage = Stage::with(&[JOB], &[], &[("events_path", "/in")]).await;
    let request = Request::post("/internal/worker/tick")
        .header("authorization", format!("Bearer {}", crate::stage::TOKEN))
        .body(axum::body::Body::empty())
        .unwrap();
    let answer = stage.worker.call(request).await;
    assert_eq!(answer.status().as_u16(), 503);
    let body = axum::body::to_bytes(answer.into_body(), 10_000)
        .await
        .unwrap();
    assert!(String::from_utf8_lossy(&body).contains("events_secret"));
}
