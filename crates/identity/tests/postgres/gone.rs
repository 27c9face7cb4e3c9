//! What is asked for by somebody whose session or account ended a moment ago, in the second before the trust snapshot says so.

use serde_json::{Value, json};

use crate::application::Application;
use crate::authenticator::code_at;
use crate::database::Database;
use crate::security_key::SecurityKey;
use crate::steps::{signed_in, text};

#[tokio::test]
async fn a_session_that_has_ended_sets_up_no_factor_and_takes_none_away() {
    let db = Database::new("ended_factors").await;
    let app = Application::new(&db);
    let access = signed_in(&app, "ada").await;
    let start = async || {
        app.post_as(&access, "/passkeys/register/start", json!({}))
            .await
            .expect(200)
            .body
    };
    let answer_to = |started: &Value, key: &mut SecurityKey| {
        let credential = key.register(&started["options"]);
        json!({"ceremony": started["ceremony"], "credential": credential})
    };
    let body = answer_to(&start().await, &mut SecurityKey::new(7));
    let added = app
        .post_as(&access, "/passkeys/register/finish", body)
        .await
        .expect(201);
    let passkey = format!("/passkeys/{}", text(&added.body, "id"));
    let another = answer_to(&start().await, &mut SecurityKey::new(9));
    let offered = app
        .post_as(&access, "/mfa/totp", json!({}))
        .await
        .expect(201);
    let code = code_at(text(&offered.body, "secret"), kit::clock::now_s());

    db.run("update identity.sessions set ended_at = platform.now()")
        .await;
    for (method, path, body) in [
        ("POST", "/passkeys/register/start", json!({})),
        ("POST", "/passkeys/register/finish", another),
        ("DELETE", passkey.as_str(), Value::Null),
        ("POST", "/mfa/totp/confirm", json!({"code": code})),
    ] {
        let body = (!body.is_null()).then_some(body);
        let answer = app.call(method, path, Some(&access), body).await;
        assert_eq!(
            answer.problem(),
            (401, "unauthorized"),
            "{method} {path}: {answer:?}"
        );
    }
    let factors = "select (select count(*) from identity.passkeys)
        + 10 * (select count(*) from identity.totp_factors where confirmed_at is not null)";
    assert_eq!(db.count(factors).await, 1);
}

#[tokio::test]
async fn of_an_account_that_is_gone_nothing_is_shown() {
    let db = Database::new("gone_account").await;
    let app = Application::new(&db);
    let access = signed_in(&app, "ada").await;
    let ask = async |method: &str, path: &str| app.call(method, path, Some(&access), None).await;
    for path in ["/me", "/me/export"] {
        let _ = ask("GET", path).await.expect(200);
    }
    db.run("update identity.accounts set disabled_at = platform.now()")
        .await;
    for (method, path) in [("GET", "/me"), ("GET", "/me/export"), ("POST", "/mfa/totp")] {
        let answer = ask(method, path).await;
        assert_eq!(answer.problem(), (401, "unauthorized"), "{method} {path}");
    }
}

#[tokio::test]
async fn a_session_that_has_ended_changes_nothing_by_the_realworld_api() {
    let db = Database::new("ended_conduit").await;
    let app = Application::with(&db, &[("conduit", "on")]);
    let access = signed_in(&app, "ada").await;
    db.run("update identity.sessions set ended_at = platform.now()")
        .await;
    let client = json!({"address": "192.0.2.1", "agent": "a test"});
    for (path, body) in [
        (
            "/conduit/session",
            json!({"client": client, "token": access}),
        ),
        ("/conduit/user", json!({"client": client})),
        (
            "/conduit/account",
            json!({"client": client, "username": "countess"}),
        ),
        (
            "/conduit/account",
            json!({"client": client, "password": "bonjour1"}),
        ),
    ] {
        let answer = app.internal(path, Some(&access), body).await;
        assert_eq!(answer.problem(), (401, "unauthorized"), "{path}");
    }
    let named = "select count(*) from identity.accounts where username = 'ada'";
    assert_eq!(db.count(named).await, 1);
}
