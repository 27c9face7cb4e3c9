//! Limits, as a client sees them. That they refuse is tested on an app with tight ones: `dependencies.rs`.

use serde_json::json;
use spindle_harness::{Account, App};

#[tokio::test]
async fn limited_answers_tell_what_is_left() {
    let app = App::shared();
    let account = Account::new(app).await;
    let login = app
        .call("POST", "/api/v1/auth/login")
        .patient()
        .json(json!({"login": account.email, "password": account.password}))
        .await
        .expect(200);
    let Some(policy) = login.header("ratelimit-policy") else {
        // The operator of a foreign app may have turned them off.
        assert!(App::is_foreign(), "a login is not limited");
        return;
    };
    assert!(policy.starts_with("\"login\";q="), "{policy}");
    let left = login.header("ratelimit").unwrap_or_default();
    assert!(left.starts_with("\"login\";r="), "{left}");
    let free = app
        .call("GET", "/api/v1/blog/posts")
        .send()
        .await
        .expect(200);
    assert_eq!(free.header("ratelimit"), None, "reading is free");
}
