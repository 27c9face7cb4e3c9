//! What belongs to no service: health, documents, and the paths that nobody serves.

use std::time::{Duration, Instant};

use serde_json::json;
use spindle_harness::App;

#[tokio::test]
async fn health_tells_what_works() {
    let app = App::shared();
    let live = app.call("GET", "/health/live").send().await.expect(200);
    assert_eq!(live.body, json!({"status": "ok"}));
    let well = json!({"status": "ok", "checks": {"postgres": "ok", "key_value": "ok"}});
    let deadline = Instant::now() + Duration::from_secs(60);
    loop {
        let ready = app.call("GET", "/health/ready").send().await;
        if ready.status == 200 && ready.body == well {
            break;
        }
        // Each check has a second, which beside the rest of the suite may be too little once, and not for ever.
        assert!(
            Instant::now() < deadline,
            "{}: {}",
            ready.status,
            ready.text
        );
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

#[tokio::test]
async fn unknown_paths_and_methods_are_problems() {
    let app = App::shared();
    for path in [
        "/nothing",
        "/api/v1/nothing",
        "/api/v1/auth/nothing",
        "/api/v1/blog/posts/a/b/c",
        "/internal/issue",
    ] {
        let _ = app.call("GET", path).send().await.problem(404, "not-found");
    }
    let wrong = app
        .call("DELETE", "/api/v1/auth/login")
        .send()
        .await
        .problem(405, "method-not-allowed");
    assert_eq!(wrong.header("allow"), Some("POST"));
}

#[tokio::test]
async fn every_answer_carries_an_id_and_the_security_headers() {
    let app = App::shared();
    let answer = app
        .call("GET", "/health/live")
        .header("x-request-id", "my-id-1")
        .send()
        .await
        .expect(200);
    assert_eq!(answer.header("x-request-id"), Some("my-id-1"));
    assert_eq!(answer.header("x-content-type-options"), Some("nosniff"));
    assert!(answer.header("content-security-policy").is_some());
    let made = app
        .call("GET", "/health/live")
        .header("x-request-id", "not sane\u{e9}")
        .send()
        .await;
    assert_ne!(made.header("x-request-id"), Some("not sane\u{e9}"));
}

#[tokio::test]
async fn the_openapi_document_and_its_page_are_served() {
    let app = App::shared();
    let document = app.call("GET", "/openapi.json").send().await.expect(200);
    assert!(document.text_at("/openapi").starts_with("3.1"));
    for path in [
        "/api/v1/auth/register",
        "/api/v1/auth/login",
        "/api/v1/profile",
        "/api/v1/blog/posts",
        "/api/v1/trading/keys",
        "/health/ready",
    ] {
        assert!(
            document.body["paths"][path].is_object(),
            "{path} is not documented"
        );
    }
    let page = app.call("GET", "/docs").send().await.expect(200);
    assert!(page.text.contains("swagger"), "{}", page.text);
}
