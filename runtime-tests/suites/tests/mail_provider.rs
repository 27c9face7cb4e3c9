//! Mails through the component `mailer`, composed into `profile`, to servers shaped like the providers. Owns its apps; with
//! `SPINDLE_BASE_URL` it is skipped.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stderr,
    reason = "helpers of tests stop the test, and a skipped one says so"
)]

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use axum::Router;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};
use spindle_harness::{App, Options, WORKER_TOKEN};
use spindle_suites::skipped;

/// What the provider was asked: path, headers, body. It is down for the first mail.
type Desk = Arc<Mutex<Vec<(String, HeaderMap, Value)>>>;

async fn take(State(desk): State<Desk>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let body = axum::body::to_bytes(body, 1 << 20).await.unwrap();
    let body: Value = serde_json::from_slice(&body).unwrap();
    let mut asked = desk.lock().unwrap();
    asked.push((parts.uri.path().to_owned(), parts.headers, body));
    if asked.len() == 1 {
        return (StatusCode::SERVICE_UNAVAILABLE, [("retry-after", "1")]).into_response();
    }
    axum::Json(json!({"id": "m-1", "MessageID": "m-1", "ErrorCode": 0, "Message": "OK"}))
        .into_response()
}

async fn provider() -> (String, Desk) {
    let desk = Desk::default();
    let router = Router::new().fallback(take).with_state(Arc::clone(&desk));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let origin = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
    (origin, desk)
}

/// An app whose mails go to this provider.
async fn app(name: &str, origin: &str) -> App {
    let mut arguments = Vec::new();
    for (variable, value) in [
        ("mail_provider", name),
        ("mail_api_origin", origin),
        ("mail_api_token", "hush"),
        ("mail_from", "Spindle <no-reply@spindle.example>"),
    ] {
        arguments.extend(["--variable".to_owned(), format!("{variable}={value}")]);
    }
    App::start(Options {
        arguments,
        ..Options::default()
    })
    .await
}

/// Ticks until `check` has an answer.
async fn until<T>(app: &App, check: impl AsyncFn() -> Option<T>) -> T {
    let started = Instant::now();
    loop {
        if let Some(answer) = check().await {
            return answer;
        }
        assert!(
            started.elapsed() < Duration::from_secs(120),
            "nothing within two minutes"
        );
        let _ = app
            .call("POST", "/internal/worker/tick")
            .bearer(WORKER_TOKEN)
            .send()
            .await
            .expect(200);
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

async fn a_mail_reaches(name: &str, path: &str) {
    let (origin, desk) = provider().await;
    let app = app(name, &origin).await;
    let sql = app.database().unwrap().connect().await.unwrap();
    sql.batch_execute(
        "select platform.send_mail('{\"request_id\": \"r-mail\"}', 'k-1', 'ada@a.example', 'bot_stopped',
             '{\"name\": \"<Night>\", \"reason\": \"Loss limit\"}')",
    )
    .await
    .unwrap();
    let state = async || {
        // It waits for as long as the provider has said, and longer. The test does not.
        sql.batch_execute("update platform.tasks set run_at = platform.now() where kind = 'send_mail' and state = 'scheduled'")
            .await
            .unwrap();
        let row = sql
            .query_one(
                "select state, snoozes, payload::text from platform.tasks where kind = 'send_mail'",
                &[],
            )
            .await
            .unwrap();
        let (state, snoozes, payload): (String, i32, String) = (row.get(0), row.get(1), row.get(2));
        matches!(state.as_str(), "done" | "dead").then_some((state, snoozes, payload))
    };
    let (state, snoozes, payload) = until(&app, state).await;
    assert_eq!((state.as_str(), snoozes), ("done", 1), "put off once");
    assert!(
        !payload.contains("Night"),
        "the mail's data has gone: {payload}"
    );

    let asked = desk.lock().unwrap().clone();
    assert_eq!(
        asked.len(),
        2,
        "once while it was down, once when it took the mail"
    );
    for (asked_path, headers, body) in asked.iter() {
        assert_eq!(asked_path, path);
        let text = body.to_string();
        assert!(
            text.contains("ada@a.example") && text.contains("&lt;Night&gt;"),
            "{text}"
        );
        let token = headers
            .get("authorization")
            .or(headers.get("x-postmark-server-token"));
        assert!(token.unwrap().to_str().unwrap().ends_with("hush"));
    }
    if name == "resend" {
        let key = |index: usize| {
            asked
                .get(index)
                .and_then(|(_, headers, _)| headers.get("idempotency-key").cloned())
        };
        assert!(
            key(0).is_some() && key(0) == key(1),
            "the same mail by its key"
        );
    }
    assert!(
        app.mails("ada@a.example").await.is_empty(),
        "a provider has it, not the mailbox"
    );
}

#[tokio::test]
async fn a_mail_reaches_postmark_when_it_is_up_again() {
    if !skipped() {
        a_mail_reaches("postmark", "/email").await;
    }
}

#[tokio::test]
async fn a_mail_reaches_resend_when_it_is_up_again() {
    if !skipped() {
        a_mail_reaches("resend", "/emails").await;
    }
}
