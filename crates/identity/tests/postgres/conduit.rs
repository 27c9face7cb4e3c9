//! Accounts as the RealWorld API has them, asked for as its component does.

use serde_json::{Value, json};

use crate::application::Application;
use crate::database::Database;
use crate::second_factor::set_up;
use crate::steps::{PASSWORD, text};

const ON: &[(&str, &str)] = &[("conduit", "on")];

/// What is asked, and for whom.
fn by_client(mut what: Value) -> Value {
    what["client"] = json!({"address": "192.0.2.1", "agent": "a test"});
    what
}

fn person(name: &str) -> Value {
    let email = format!("{name}@example.com");
    by_client(json!({"username": name, "email": email, "password": PASSWORD}))
}

/// Registers somebody; the token of the session.
async fn registered(app: &Application, name: &str) -> String {
    let answer = app
        .internal("/conduit/register", None, person(name))
        .await
        .expect(200);
    assert_eq!(answer.body["username"], name);
    text(&answer.body, "token").to_owned()
}

#[tokio::test]
async fn where_the_realworld_api_is_off_there_is_none() {
    let db = Database::new("conduit_off").await;
    let app = Application::new(&db);
    for path in ["register", "login", "session", "user", "account"] {
        let path = format!("/conduit/{path}");
        let answer = app.internal(&path, None, person("ada")).await;
        assert_eq!(answer.problem(), (404, "not-found"), "{path}");
    }
}

#[tokio::test]
async fn whoever_registers_is_told_what_is_taken_and_what_is_wrong() {
    let db = Database::new("conduit_register").await;
    let app = Application::with(&db, ON);
    registered(&app, "ada").await;
    let again = app.internal("/conduit/register", None, person("ada")).await;
    assert_eq!(again.problem(), (409, "username-taken"));
    assert_eq!(again.fields(), ["username", "email"]);
    let mut other = person("bob");
    other["email"] = json!("ada@example.com");
    let address = app.internal("/conduit/register", None, other).await;
    assert_eq!(address.problem(), (409, "email-taken"));
    assert_eq!(address.fields(), ["email"]);
    let wrong = by_client(json!({"username": "", "email": "x", "password": "short"}));
    let answer = app.internal("/conduit/register", None, wrong).await;
    assert_eq!(answer.status, 422);
    assert_eq!(answer.fields(), ["username", "email", "password"]);
}

#[tokio::test]
async fn a_login_is_by_address_and_owes_what_any_login_owes() {
    let db = Database::new("conduit_login").await;
    let app = Application::with(&db, ON);
    let token = registered(&app, "ada").await;
    let login = async |email: &str, password: &str| {
        let body = by_client(json!({"email": email, "password": password}));
        app.internal("/conduit/login", None, body).await
    };
    let answer = login("ada@example.com", PASSWORD).await.expect(200);
    assert_eq!(answer.body["email"], "ada@example.com");
    for (email, password) in [
        ("ada@example.com", "another password"),
        ("bob@example.com", PASSWORD),
        ("ada", PASSWORD),
    ] {
        let refused = login(email, password).await;
        assert_eq!(refused.status, 401, "{email}: {refused:?}");
    }
    set_up(&app, &token).await;
    let owing = login("ada@example.com", PASSWORD).await;
    assert_eq!(owing.problem(), (403, "forbidden"), "it knows no factors");
    let change = by_client(json!({"email": "countess@example.com"}));
    let refused = app.internal("/conduit/account", Some(&token), change).await;
    assert_eq!(
        refused.problem(),
        (403, "forbidden"),
        "nor changes past one"
    );
}

#[tokio::test]
async fn an_account_is_changed_at_once_and_its_other_sessions_end() {
    let db = Database::new("conduit_change").await;
    let app = Application::with(&db, ON);
    let token = registered(&app, "ada").await;
    registered(&app, "bob").await;
    let login = by_client(json!({"email": "ada@example.com", "password": PASSWORD}));
    let other = app
        .internal("/conduit/login", None, login)
        .await
        .expect(200);
    let other = text(&other.body, "token").to_owned();
    let change = async |what: Value| {
        app.internal("/conduit/account", Some(&token), by_client(what))
            .await
    };

    let all =
        json!({"username": "countess", "email": "countess@example.com", "password": "bonjour1"});
    let changed = change(all).await.expect(200);
    assert_eq!(
        (&changed.body["username"], &changed.body["email"]),
        (&json!("countess"), &json!("countess@example.com"))
    );
    let shown = app
        .internal("/conduit/user", Some(&token), json!({}))
        .await
        .expect(200);
    assert_eq!(shown.body["account"], changed.body["account"]);
    // By the session itself, and by a snapshot that has its end.
    for app in [&app, &Application::with(&db, ON)] {
        let ended = app.internal("/conduit/user", Some(&other), json!({})).await;
        assert_eq!(ended.problem(), (401, "unauthorized"));
    }
    let same = change(json!({})).await.expect(200);
    assert_eq!(same.body["username"], "countess", "what is absent stays");

    for (what, kind) in [
        (json!({"username": "bob"}), "username-taken"),
        (json!({"email": "bob@example.com"}), "email-taken"),
    ] {
        assert_eq!(change(what).await.problem(), (409, kind));
    }
    let wrong = json!({"username": "", "email": "x", "password": "short"});
    let answer = change(wrong).await;
    assert_eq!(answer.status, 422);
    assert_eq!(answer.fields(), ["username", "email", "password"]);
}

#[tokio::test]
async fn a_token_that_has_expired_leads_to_the_next_one_of_its_session() {
    let db = Database::new("conduit_renewal").await;
    let app = Application::with(&db, ON);
    let clock = async |moment: &str| {
        db.run(&format!(
            "create or replace function platform.now() returns timestamptz language sql stable as
             $$ select {moment} $$"
        ))
        .await;
    };
    clock("now() - interval '1 hour'").await;
    let token = registered(&app, "ada").await;
    clock("now()").await;
    let expired = app.internal("/conduit/user", Some(&token), json!({})).await;
    assert_eq!(expired.problem(), (401, "unauthorized"));
    let renewed = async |token: &str| {
        let body = by_client(json!({"token": token}));
        app.internal("/conduit/session", None, body).await
    };
    let answer = renewed(&token).await.expect(200);
    assert_eq!(answer.body["username"], "ada");
    let next = text(&answer.body, "token");
    let _ = app
        .internal("/conduit/user", Some(next), json!({}))
        .await
        .expect(200);
    let (signed, _) = token.rsplit_once('.').unwrap();
    let (_, signature) = next.rsplit_once('.').unwrap();
    for other in ["", "spk_x", "x.y.z", &format!("{signed}.{signature}")] {
        assert_eq!(renewed(other).await.problem(), (401, "unauthorized"));
    }
    db.run("update identity.sessions set amr = '{pwd,otp,mfa}'")
        .await;
    assert_eq!(renewed(&token).await.problem(), (401, "unauthorized"));
    db.run("update identity.sessions set amr = '{pwd}', ended_at = platform.now()")
        .await;
    for token in [token.as_str(), next] {
        assert_eq!(renewed(token).await.problem(), (401, "unauthorized"));
    }
}
