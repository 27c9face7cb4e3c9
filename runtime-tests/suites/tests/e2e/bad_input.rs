//! Bad input in its particulars: which field is named. `every_route` has what all routes have in common.

use serde_json::json;
use spindle_harness::{Account, App};

#[tokio::test]
async fn registration_names_the_wrong_field() {
    let app = App::shared();
    let good = json!({"email": "a@example.com", "username": "someone", "password": "correct horse battery staple"});
    let long = "x".repeat(2_000);
    for (field, value) in [
        ("email", json!("")),
        ("email", json!("no-at-sign")),
        ("email", json!("a@b@c")),
        ("email", json!(format!("{long}@example.com"))),
        ("email", json!(5)),
        ("username", json!("")),
        ("username", json!("a b")),
        ("username", json!("x\u{202e}y")),
        ("username", json!(long)),
        ("username", json!(["a"])),
        ("password", json!("short")),
        ("password", json!(long)),
        ("password", json!(null)),
    ] {
        let mut body = good.clone();
        body[field] = value;
        app.call("POST", "/api/v1/auth/register")
            .json(body)
            .await
            .invalid(field);
    }
    for field in ["email", "username", "password"] {
        let mut body = good.clone();
        body.as_object_mut().unwrap().remove(field);
        app.call("POST", "/api/v1/auth/register")
            .json(body)
            .await
            .invalid(field);
    }
}

#[tokio::test]
async fn odd_addresses_name_nothing() {
    let app = App::shared();
    let account = Account::new(app).await;
    for path in [
        "/api/v1/blog/posts/%00",
        "/api/v1/blog/posts/%FF%FE",
        "/api/v1/blog/posts/..%2F..%2Fetc",
        "/api/v1/profile/users/%00",
        "/api/v1/profile/users/%27%20or%201=1--",
        "/api/v1/trading/keys/not-a-uuid",
        "/api/v1/trading/keys/00000000-0000-0000-0000-000000000000",
        "/api/v1/blog/posts?cursor=%00",
        "/api/v1/blog/posts?limit=abc",
        "/api/v1/blog/posts?limit=99999999999999999999",
    ] {
        let answer = app.call("GET", path).bearer(&account.token).send().await;
        assert!(
            (400..500).contains(&answer.status),
            "{path}: {} {}",
            answer.status,
            answer.text
        );
        assert_eq!(
            answer.header("content-type"),
            Some("application/problem+json"),
            "{path}"
        );
    }
}
