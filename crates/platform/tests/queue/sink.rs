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
async fn an_endpoint_that_is_not_configured_rightly_stops_nothing_but_itself() {
    let right = [
        ("events_origin", "https://events.example"),
        ("events_path", "/wrong"),
        ("events_secret", "whsec_c2VjcmV0"),
    ];
    let url = Stage::new(&[JOB], &[ORDERS]).await.url;
    for (variable, wrong) in [
        ("events_secret", ""),
        ("events_origin", ""),
        ("events_origin", "https://unset.invalid"),
        ("events_origin", "events.example"),
        ("events_origin", "ftp://events.example"),
        ("events_origin", "https://events.example/wrong"),
        ("events_path", "wrong"),
        ("events_path", "/wr ong"),
    ] {
        let variables = right.map(|(name, value)| {
            let value = if name == variable { wrong } else { value };
            (name, value)
        });
        let stage = Stage::at(url.clone(), &[JOB], &[ORDERS], &variables).await;
        stage.emit("a", 1).await;
        stage
            .enqueue(&format!("{variable}={wrong}"), json!({}))
            .await;
        let report = stage.tick().await;
        assert_eq!(
            (report.tasks.done, report.events.done),
            (1, 1),
            "{variable}={wrong}"
        );
        assert!(report.outside_misconfigured, "{variable}={wrong}");
    }
    let requests = RECEIVED.lock().unwrap();
    assert!(
        requests.iter().all(|sent| sent.uri().path() != "/wrong"),
        "nothing goes out on a guess"
    );
}
