//! An account's life through the handlers, on a real Postgres and the real signer.

use serde_json::{Value, json};

use crate::application::Application;
use crate::database::Database;
use crate::steps::{PASSWORD, login, refresh, register, signed_in, text};

#[tokio::test]
async fn an_account_from_registration_to_its_last_session() {
    let db = Database::new("life").await;
    let app = Application::new(&db);

    let registered = app
        .post(
            "/register",
            json!({"email": " Ada@Example.com ", "username": "Ada", "password": PASSWORD}),
        )
        .await;
    assert_eq!(registered.status, 201, "{registered:?}");
    let user = &registered.body["user"];
    assert_eq!(
        (text(user, "email"), text(user, "username")),
        ("ada@example.com", "Ada")
    );

    let by_email = login(&app, "ADA@example.com").await;
    let by_name = login(&app, "ada").await;
    assert_eq!(by_name["token_type"], "Bearer");
    assert_eq!(by_name["expires_in"], 300);
    let access = text(&by_name, "access_token");

    let me = app.call("GET", "/me", Some(access), None).await;
    assert_eq!(me.status, 200, "{me:?}");
    assert_eq!(me.body["id"], user["id"]);
    assert_eq!(me.body["roles"], json!(["trader", "user"]));
    assert_eq!(me.body["mfa"], json!(false));

    let sessions = app.call("GET", "/sessions", Some(access), None).await;
    assert_eq!(sessions.status, 200, "{sessions:?}");
    let items = sessions.body["items"].as_array().unwrap();
    assert_eq!(
        items
            .iter()
            .map(|item| item["current"].as_bool().unwrap())
            .collect::<Vec<_>>(),
        [true, false]
    );
    assert_eq!(items[0]["device"], "a test");
    let first = app
        .call("GET", "/sessions?limit=1", Some(access), None)
        .await;
    let cursor = text(&first.body, "next_cursor");
    let second = app
        .call(
            "GET",
            &format!("/sessions?limit=1&cursor={cursor}"),
            Some(access),
            None,
        )
        .await;
    assert_eq!(second.body["items"][0]["id"], items[1]["id"]);
    assert_eq!(second.body["next_cursor"], Value::Null);

    let other = format!("/sessions/{}", text(&items[1], "id"));
    assert_eq!(
        app.call("DELETE", &other, Some(access), None).await.status,
        204
    );
    assert_eq!(
        app.call("DELETE", &other, Some(access), None).await.status,
        404
    );
    assert_eq!(
        refresh(&app, text(&by_email, "refresh_token")).await.status,
        401
    );

    assert_eq!(
        app.call("POST", "/logout", Some(access), None).await.status,
        204
    );
    let after = refresh(&app, text(&by_name, "refresh_token")).await;
    assert_eq!(
        (after.status, text(&after.body, "type")),
        (401, "urn:spindle:problem:refresh-token-invalid")
    );
    for event in ["user.created", "user.logged_in"] {
        assert!(
            db.count(&format!(
                "select count(*) from platform.outbox where type = '{event}'"
            ))
            .await
                > 0,
            "{event}"
        );
    }
}

#[tokio::test]
async fn a_stale_version_of_the_account_changes_nothing() {
    let db = Database::new("me_versions").await;
    let app = Application::new(&db);
    let access = signed_in(&app, "ada").await;
    let ask = async |method: &str, guard: (&str, &str), body: Value| {
        app.call_with(method, "/me", &access, body, &[guard]).await
    };
    let shown = app.call("GET", "/me", Some(&access), None).await;
    let tag = shown.etag();
    assert_eq!(shown.body.get("version"), None, "it is in the tag");
    let known = ask("GET", ("if-none-match", tag), Value::Null).await;
    assert_eq!((known.status, known.etag()), (304, tag));
    let renamed = ask("PATCH", ("if-match", tag), json!({"username": "countess"}))
        .await
        .expect(200);
    assert_ne!(renamed.etag(), tag);
    let stale = ask("PATCH", ("if-match", tag), json!({"username": "ada"})).await;
    assert_eq!(stale.problem(), (412, "precondition-failed"));
    let now = ask("GET", ("if-none-match", tag), Value::Null)
        .await
        .expect(200);
    assert_eq!(
        (now.etag(), text(&now.body, "username")),
        (renamed.etag(), "countess")
    );
}

#[tokio::test]
async fn a_revoked_session_is_refused_once_the_snapshot_is_read_again() {
    let db = Database::new("revoked").await;
    let app = Application::new(&db);
    register(&app, "ada").await;
    let tokens = login(&app, "ada").await;
    assert_eq!(
        app.call(
            "POST",
            "/logout/all",
            Some(text(&tokens, "access_token")),
            None
        )
        .await
        .status,
        204
    );
    // An instance that has not read a snapshot yet, as any will have within a second.
    let fresh = Application::new(&db);
    let answer = fresh
        .call("GET", "/me", Some(text(&tokens, "access_token")), None)
        .await;
    assert_eq!(answer.status, 401, "{answer:?}");
    let again = login(&fresh, "ada").await;
    assert_eq!(
        fresh
            .call("GET", "/me", Some(text(&again, "access_token")), None)
            .await
            .status,
        200,
        "within the same second"
    );
}

#[tokio::test]
async fn refreshing_gives_the_same_answer_twice_and_then_ends_the_session() {
    let db = Database::new("refreshing").await;
    let app = Application::new(&db);
    register(&app, "ada").await;
    let first = login(&app, "ada").await;
    let second = refresh(&app, text(&first, "refresh_token")).await;
    assert_eq!(second.status, 200, "{second:?}");
    let repeated = refresh(&app, text(&first, "refresh_token")).await;
    assert_eq!(
        repeated.body, second.body,
        "byte for byte, the access token included"
    );
    let third = refresh(&app, text(&second.body, "refresh_token")).await;
    assert_eq!(third.status, 200);
    assert_eq!(
        app.call("GET", "/me", Some(text(&third.body, "access_token")), None)
            .await
            .status,
        200
    );

    let stolen = refresh(&app, text(&first, "refresh_token")).await;
    assert_eq!(
        (stolen.status, text(&stolen.body, "type")),
        (401, "urn:spindle:problem:refresh-token-reused")
    );
    assert_eq!(
        refresh(&app, text(&third.body, "refresh_token"))
            .await
            .status,
        401,
        "the family is dead"
    );
}

/// facts/identity.md 5.7.
#[tokio::test]
async fn unknown_wrong_and_disabled_are_one_answer() {
    let db = Database::new("one_answer").await;
    let app = Application::new(&db);
    register(&app, "ada").await;
    register(&app, "bob").await;
    db.run("update identity.accounts set disabled_at = platform.now() where username = 'bob'")
        .await;
    let mut answers = Vec::new();
    for (login, password) in [
        ("ada", "wrong password"),
        ("ada@example.com", ""),
        ("bob", PASSWORD),
        ("nobody", PASSWORD),
        ("nobody@example.com", PASSWORD),
        ("no body", PASSWORD),
        ("", PASSWORD),
        ("' or 1=1 --", PASSWORD),
    ] {
        let mut answer = app
            .post("/login", json!({"login": login, "password": password}))
            .await;
        answer.body.as_object_mut().unwrap().remove("request_id");
        answers.push((answer.status, answer.body));
    }
    assert!(
        answers
            .iter()
            .all(|answer| *answer == answers[0] && answer.0 == 401),
        "{answers:?}"
    );
    assert_eq!(
        db.count("select count(*) from platform.audit where action = 'login.refused'")
            .await,
        8
    );
}

#[tokio::test]
async fn a_taken_name_is_a_conflict_and_a_taken_address_is_not() {
    let db = Database::new("taken").await;
    let app = Application::new(&db);
    assert_eq!(register(&app, "ada").await.status, 201);
    let name = app
        .post(
            "/register",
            json!({"email": "x@example.com", "username": "ADA", "password": PASSWORD}),
        )
        .await;
    assert_eq!(
        (name.status, text(&name.body, "type")),
        (409, "urn:spindle:problem:username-taken")
    );
    let address = app
        .post(
            "/register",
            json!({"email": "ADA@example.com", "username": "eve", "password": "another password"}),
        )
        .await;
    assert_eq!(address.status, 201);
    assert_eq!(address.body["user"]["email"], "ada@example.com");
    let eve = app
        .post(
            "/login",
            json!({"login": "eve", "password": "another password"}),
        )
        .await;
    assert_eq!(eve.status, 401, "nothing was created");
    login(&app, "ada").await;
}

#[tokio::test]
async fn what_is_wrong_with_a_registration_is_said_field_by_field() {
    let db = Database::new("bad_registration").await;
    let app = Application::new(&db);
    let cases = [
        (json!({}), "email"),
        (
            json!({"email": 1, "username": "ada", "password": PASSWORD}),
            "email",
        ),
        (
            json!({"email": "ada", "username": "ada", "password": PASSWORD}),
            "email",
        ),
        (
            json!({"email": "ada@example.com", "username": "a", "password": PASSWORD}),
            "username",
        ),
        (
            json!({"email": "ada@example.com", "username": "ada", "password": "short"}),
            "password",
        ),
        (
            json!({"email": "ada@example.com", "username": "ada", "password": "a".repeat(100_000)}),
            "password",
        ),
        (
            json!({"email": "ada@example.com", "username": "ad\u{0}a", "password": PASSWORD}),
            "username",
        ),
    ];
    for (body, field) in cases {
        let answer = app.post("/register", body).await;
        assert_eq!(
            (answer.status, text(&answer.body["errors"][0], "field")),
            (422, field),
            "{:?}",
            answer.body
        );
    }
    assert_eq!(db.count("select count(*) from identity.accounts").await, 0);
}

#[tokio::test]
async fn the_key_set_is_never_empty_and_holds_the_key_that_signs() {
    let db = Database::new("key_set").await;
    let app = Application::new(&db);
    let set = app.call("GET", "/oauth2/jwks", None, None).await;
    assert_eq!(set.status, 200, "{set:?}");
    assert_eq!(set.headers["cache-control"], "public, max-age=300");
    let key = &set.body["keys"][0];
    assert_eq!(
        (
            text(key, "kty"),
            text(key, "crv"),
            text(key, "alg"),
            text(key, "use")
        ),
        ("OKP", "Ed25519", "EdDSA", "sig")
    );
    assert_eq!(key.as_object().unwrap().len(), 6, "public members alone");

    register(&app, "ada").await;
    let tokens = login(&app, "ada").await;
    let header = text(&tokens, "access_token")
        .split('.')
        .next()
        .unwrap()
        .to_owned();
    let header: Value = serde_json::from_slice(
        &base64::Engine::decode(&base64::engine::general_purpose::URL_SAFE_NO_PAD, header).unwrap(),
    )
    .unwrap();
    assert_eq!(
        header,
        json!({"typ": "at+jwt", "alg": "EdDSA", "kid": key["kid"]})
    );
}

#[tokio::test]
async fn a_policy_that_cannot_be_honoured_stops_every_answer() {
    let db = Database::new("policy").await;
    let app = Application::with(&db, &[("email_verification", "maybe")]);
    for (method, path) in [
        ("POST", "/register"),
        ("POST", "/login"),
        ("POST", "/refresh"),
        ("GET", "/me"),
        ("POST", "/logout"),
        ("GET", "/consents"),
        ("GET", "/oauth2/jwks"),
        ("POST", "/oauth2/token"),
    ] {
        let answer = app.call(method, path, None, Some(json!({}))).await;
        assert_eq!(answer.status, 503, "{path}");
        assert!(
            text(&answer.body, "detail").contains("email_verification"),
            "{path}"
        );
    }
}
