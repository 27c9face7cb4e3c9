//! `/users`, `/users/login`, `/user`.

use futures::future::join_all;
use serde_json::{Value, json};

use crate::stage::{PASSWORD, RealWorld, Stage};

#[tokio::test]
async fn a_registration_signs_in_and_says_nothing_of_a_profile_yet() {
    let stage = Stage::new().await;
    let user = json!({"username": "ada_1", "email": "Ada@Test.com", "password": PASSWORD});
    let created = stage
        .call(None, "POST", "/users", Some(json!({ "user": user })))
        .await
        .expect(201);
    let token = created.text_at("/user/token");
    assert_eq!(
        created.body,
        json!({"user": {"username": "ada_1", "email": "ada@test.com", "token": token, "bio": null, "image": null}})
    );
    for credential in [
        format!("Token {token}"),
        format!("token {token}"),
        format!("Bearer {token}"),
    ] {
        let user = stage
            .send(Some(&credential), "GET", "/user", None)
            .await
            .expect(200);
        assert_eq!(user.body["user"]["username"], "ada_1", "{credential}");
    }
    let login = json!({"user": {"email": "ADA@test.com", "password": PASSWORD}});
    let again = stage
        .call(None, "POST", "/users/login", Some(login))
        .await
        .expect(200);
    assert_eq!(again.body["user"]["email"], "ada@test.com");
    assert_eq!(
        stage
            .count("select count(*) from identity.sessions where address = '192.0.2.1' and agent = 'a test'")
            .await,
        2,
        "sessions are known by who called us, not by our component"
    );
    assert_eq!(
        stage
            .count("select count(*) from identity.account_roles")
            .await,
        2,
        "an account as any other"
    );
}

#[tokio::test]
async fn what_is_blank_or_wrong_is_named() {
    let stage = Stage::new().await;
    let blank = json!(["can't be blank"]);
    let register = async |user: Value| {
        stage
            .call(None, "POST", "/users", Some(json!({ "user": user })))
            .await
    };
    register(json!({})).await.refused(
        422,
        &json!({"username": blank, "email": blank, "password": blank}),
    );
    register(json!({"username": "", "email": " ", "password": null}))
        .await
        .refused(
            422,
            &json!({"username": blank, "email": blank, "password": blank}),
        );
    let wrong = register(json!({"username": "a b", "email": "ada", "password": "short"})).await;
    assert_eq!(wrong.status, 422);
    let mut fields: Vec<&String> = wrong.body["errors"].as_object().unwrap().keys().collect();
    fields.sort();
    assert_eq!(fields, ["email", "password", "username"]);
    let login = async |user: Value| {
        stage
            .call(None, "POST", "/users/login", Some(json!({ "user": user })))
            .await
    };
    login(json!({"email": ""}))
        .await
        .refused(422, &json!({"email": blank, "password": blank}));
    stage
        .call(None, "POST", "/users", Some(json!({})))
        .await
        .refused(422, &json!({"user": ["is required"]}));
}

#[tokio::test]
async fn who_has_a_name_or_an_address_is_told() {
    let stage = Stage::new().await;
    stage.user("ada").await;
    let taken = json!(["has already been taken"]);
    for (username, email, errors) in [
        ("Ada", "new@test.com", json!({"username": taken})),
        ("new", "ADA@test.com", json!({"email": taken})),
        (
            "ada",
            "ada@test.com",
            json!({"username": taken, "email": taken}),
        ),
    ] {
        let user = json!({"username": username, "email": email, "password": PASSWORD});
        stage
            .call(None, "POST", "/users", Some(json!({ "user": user })))
            .await
            .refused(409, &errors);
    }
    assert_eq!(
        stage
            .count("select count(*) from identity.held_usernames")
            .await,
        0,
        "a refused registration leaves nothing behind"
    );
}

#[tokio::test]
async fn ten_registrations_at_once_of_one_name_are_one_account() {
    let stage = Stage::new().await;
    let answers = join_all((0..10).map(|n| {
        let user =
            json!({"username": "ada", "email": format!("ada{n}@test.com"), "password": PASSWORD});
        stage.call(None, "POST", "/users", Some(json!({ "user": user })))
    }))
    .await;
    let mut statuses: Vec<u16> = answers.iter().map(|answer| answer.status).collect();
    statuses.sort_unstable();
    assert_eq!(statuses, [vec![201], vec![409; 9]].concat());
}

#[tokio::test]
async fn a_login_that_fails_does_not_tell_why() {
    let stage = Stage::new().await;
    stage.user("ada").await;
    for (email, password) in [
        ("ada@test.com", "wrong-password"),
        ("nobody@test.com", PASSWORD),
        ("ada", PASSWORD),
        ("no address", PASSWORD),
    ] {
        let login = json!({"user": {"email": email, "password": password}});
        stage
            .call(None, "POST", "/users/login", Some(login))
            .await
            .refused(401, &json!({"credentials": ["invalid"]}));
    }
}

#[tokio::test]
async fn guesses_are_counted_by_who_calls_us() {
    let stage = Stage::new().await;
    stage.user("ada").await;
    let login = json!({"user": {"email": "ada@test.com", "password": "wrong-password"}});
    let mut last = None;
    for _ in 0..12 {
        let answer = stage
            .call(None, "POST", "/users/login", Some(login.clone()))
            .await;
        last = Some(answer);
    }
    let last = last.unwrap().expect(429);
    assert!(last.headers.contains_key("retry-after"), "{last:?}");
    assert!(last.body["errors"].is_object(), "{last:?}");
}

#[tokio::test]
async fn a_change_of_everything_keeps_the_token_that_made_it() {
    let stage = Stage::new().await;
    let token = stage.user("ada").await;
    let other = json!({"user": {"email": "ada@test.com", "password": PASSWORD}});
    let other = stage
        .call(None, "POST", "/users/login", Some(other))
        .await
        .expect(200)
        .text_at("/user/token");
    let long = "p".repeat(64);
    for password in ["bonjour1", long.as_str()] {
        let change = json!({"user": {"username": "countess", "email": "countess@test.com", "password": password,
            "bio": "Engines", "image": "https://a.example/ada.png", "unknown": 1}});
        let changed = stage.put(&token, "/user", change).await.expect(200);
        let next = changed.text_at("/user/token");
        assert_eq!(
            changed.body,
            json!({"user": {"username": "countess", "email": "countess@test.com", "token": next, "bio": "Engines",
                "image": "https://a.example/ada.png"}})
        );
        for token in [&token, &next] {
            stage.get(Some(token), "/user").await.expect(200);
        }
        let login = json!({"user": {"email": "countess@test.com", "password": password}});
        stage
            .call(None, "POST", "/users/login", Some(login))
            .await
            .expect(200);
    }
    // By the snapshot of revocations or by the session itself, whichever is asked first.
    let ended = stage.get(Some(&other), "/user").await.expect(401);
    assert!(ended.body["errors"]["token"].is_array(), "{}", ended.text);
    let old = json!({"user": {"email": "ada@test.com", "password": PASSWORD}});
    stage
        .call(None, "POST", "/users/login", Some(old))
        .await
        .expect(401);
    assert_eq!(
        stage
            .count(
                "select count(*) from platform.tasks where payload ->> 'template' = 'email_changed'"
            )
            .await,
        1,
        "the old address is told, once"
    );
}

#[tokio::test]
async fn a_password_that_is_changed_with_the_address_is_told_to_the_proved_one() {
    let stage = Stage::new().await;
    let token = stage.user("ada").await;
    stage
        .run("update identity.accounts set email_verified_at = platform.now()")
        .await;
    let change = json!({"user": {"email": "eve@test.com", "password": "bonjour1"}});
    stage.put(&token, "/user", change).await.expect(200);
    let told = "select count(*) from platform.tasks
        where payload ->> 'type' = 'password_changed' and payload ->> 'address' = 'ada@test.com'";
    assert_eq!(stage.count(told).await, 1);
}

#[tokio::test]
async fn what_is_absent_stays_and_null_clears_what_may_be_without() {
    let stage = Stage::new().await;
    let token = stage.user("ada").await;
    let person = async |change: Value| {
        let user = stage
            .put(&token, "/user", json!({ "user": change }))
            .await
            .expect(200);
        (
            user.body["user"]["bio"].clone(),
            user.body["user"]["image"].clone(),
        )
    };
    let image = "https://a.example/a.png";
    assert_eq!(
        person(json!({"bio": "b", "image": image})).await,
        (json!("b"), json!(image))
    );
    assert_eq!(person(json!({})).await, (json!("b"), json!(image)));
    assert_eq!(
        person(json!({"bio": ""})).await,
        (Value::Null, json!(image))
    );
    assert_eq!(
        person(json!({"bio": "b", "image": null})).await,
        (json!("b"), Value::Null)
    );
    for unsafe_url in [
        "javascript:alert(1)",
        "data:text/html,<script>alert(1)</script>",
        "",
    ] {
        person(json!({ "image": image })).await;
        assert_eq!(
            person(json!({ "image": unsafe_url })).await.1,
            Value::Null,
            "{unsafe_url}"
        );
    }
    for (field, value) in [
        ("email", Value::Null),
        ("email", json!("")),
        ("username", json!("")),
        ("username", Value::Null),
        ("password", json!("")),
        ("password", Value::Null),
    ] {
        let mut user = serde_json::Map::new();
        user.insert(field.to_owned(), value);
        user.insert("bio".to_owned(), json!("not this"));
        let mut errors = serde_json::Map::new();
        errors.insert(field.to_owned(), json!(["can't be blank"]));
        stage
            .put(&token, "/user", json!({ "user": user }))
            .await
            .refused(422, &Value::Object(errors));
    }
    let short = stage
        .put(&token, "/user", json!({"user": {"password": "seven77"}}))
        .await;
    assert_eq!(short.status, 422);
    assert!(short.body["errors"]["password"].is_array());
    assert_eq!(
        stage.get(Some(&token), "/user").await.body["user"]["bio"],
        "b",
        "what was refused changed nothing"
    );
}

#[tokio::test]
async fn a_name_or_address_of_somebody_else_is_refused_and_nothing_is_changed() {
    let stage = Stage::new().await;
    let token = stage.user("ada").await;
    stage.user("bob").await;
    let taken = json!(["has already been taken"]);
    for (change, errors) in [
        (
            json!({"username": "BOB", "bio": "x"}),
            json!({"username": taken}),
        ),
        (
            json!({"username": "new", "email": "bob@test.com", "bio": "x"}),
            json!({"email": taken}),
        ),
        (
            json!({"username": "bob", "password": "another-one", "bio": "x"}),
            json!({"username": taken}),
        ),
    ] {
        stage
            .put(&token, "/user", json!({ "user": change }))
            .await
            .refused(409, &errors);
    }
    let user = stage.get(Some(&token), "/user").await.expect(200);
    assert_eq!(user.body["user"]["username"], "ada");
    assert_eq!(user.body["user"]["bio"], Value::Null);
    let login = json!({"user": {"email": "ada@test.com", "password": PASSWORD}});
    stage
        .call(None, "POST", "/users/login", Some(login))
        .await
        .expect(200);
}

#[tokio::test]
async fn a_second_factor_is_not_gone_round() {
    let stage = Stage::new().await;
    let token = stage.user("ada").await;
    stage
        .run(
            "insert into identity.totp_factors (account_id, id, sealed, created_at, confirmed_at)
             select id, gen_random_uuid(), 'sealed', platform.now(), platform.now() from identity.accounts",
        )
        .await;
    let login = json!({"user": {"email": "ada@test.com", "password": PASSWORD}});
    let refused = stage
        .call(None, "POST", "/users/login", Some(login))
        .await
        .expect(403);
    assert!(refused.body["errors"]["credentials"].is_array());
    for change in [
        json!({"password": "another-one"}),
        json!({"email": "new@test.com"}),
    ] {
        stage
            .put(&token, "/user", json!({ "user": change }))
            .await
            .expect(403);
    }
    stage
        .put(
            &token,
            "/user",
            json!({"user": {"username": "countess", "email": "ada@test.com"}}),
        )
        .await
        .expect(200);
}

#[tokio::test]
async fn a_disabled_account_and_an_ended_session_are_out() {
    let stage = Stage::new().await;
    let token = stage.user("ada").await;
    stage
        .run("update identity.sessions set ended_at = platform.now()")
        .await;
    stage.get(Some(&token), "/user").await.refused(
        401,
        &json!({"token": ["The session is over; sign in again."]}),
    );
    stage
        .run("update identity.accounts set disabled_at = platform.now()")
        .await;
    let login = json!({"user": {"email": "ada@test.com", "password": PASSWORD}});
    stage
        .call(None, "POST", "/users/login", Some(login))
        .await
        .refused(401, &json!({"credentials": ["invalid"]}));
}

#[tokio::test]
async fn the_paths_of_auth_behind_it_are_for_our_components_alone() {
    let stage = Stage::new().await;
    let login = json!({"email": "ada@test.com", "password": PASSWORD, "client": {"address": null, "agent": null}});
    for path in ["register", "login", "session", "user", "account"] {
        let path = format!("/internal/conduit/{path}");
        let answer = stage.auth(None, "POST", &path, login.clone()).await;
        assert_eq!(answer.status, 404, "{path}: {}", answer.text);
    }
}
