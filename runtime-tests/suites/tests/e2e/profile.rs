//! Profiles: one's own, and what others see.

use serde_json::json;
use spindle_harness::{Account, App, unique};

#[tokio::test]
async fn absent_keeps_and_null_clears() {
    let app = App::shared();
    let account = Account::new(app).await;
    let patch = |body| {
        app.call("PATCH", "/api/v1/profile")
            .bearer(&account.token)
            .json(body)
    };

    let fresh = app
        .call("GET", "/api/v1/profile/")
        .bearer(&account.token)
        .send()
        .await
        .expect(200);
    assert_eq!(fresh.body["username"], json!(account.username));
    assert_eq!(fresh.body["bio"], json!(null));

    let first = patch(json!({"display_name": "Ada 🦀", "bio": "First programmer", "website": "https://example.com/ada"})).await.expect(200);
    assert_eq!(first.body["display_name"], "Ada 🦀");
    let second = patch(json!({"bio": null})).await.expect(200);
    assert_eq!(second.body["bio"], json!(null));
    assert_eq!(second.body["display_name"], "Ada 🦀");
    assert_eq!(second.body["website"], "https://example.com/ada");

    let public = app
        .call(
            "GET",
            &format!("/api/v1/profile/users/{}", account.username),
        )
        .send()
        .await
        .expect(200);
    assert_eq!(public.body["display_name"], "Ada 🦀");
    assert!(
        !public.text.contains(&account.email),
        "an address is published"
    );
}

#[tokio::test]
async fn a_stale_etag_loses_no_update() {
    let app = App::shared();
    let account = Account::new(app).await;
    let read = app
        .call("GET", "/api/v1/profile")
        .bearer(&account.token)
        .send()
        .await
        .expect(200);
    let etag = read.header("etag").unwrap().to_owned();
    let patch = |etag: &str, body| {
        app.call("PATCH", "/api/v1/profile")
            .bearer(&account.token)
            .header("if-match", etag)
            .json(body)
    };
    let _ = patch(&etag, json!({"bio": "one"})).await.expect(200);
    let _ = patch(&etag, json!({"bio": "two"}))
        .await
        .problem(412, "precondition-failed");
}

#[tokio::test]
async fn an_unknown_user_is_not_found() {
    let app = App::shared();
    let _ = app
        .call(
            "GET",
            &format!("/api/v1/profile/users/{}", unique("nobody")),
        )
        .send()
        .await
        .problem(404, "not-found");
    let _ = app
        .call("GET", "/api/v1/profile")
        .send()
        .await
        .problem(401, "unauthorized");
}

#[tokio::test]
async fn fields_say_what_they_allow() {
    let app = App::shared();
    let account = Account::new(app).await;
    for (field, value) in [
        ("website", json!("javascript:alert(1)")),
        ("image_url", json!("not a url")),
        ("display_name", json!(1)),
        ("display_name", json!("x".repeat(1_000))),
        ("bio", json!("a\u{0}b")),
    ] {
        app.call("PATCH", "/api/v1/profile")
            .bearer(&account.token)
            .json(json!({field: value}))
            .await
            .invalid(field);
    }
}
