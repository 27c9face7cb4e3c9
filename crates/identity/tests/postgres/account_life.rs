//! Renaming, moving to another address, taking one's data away, leaving.

use serde_json::{Value, json};

use crate::application::{Answer, Application};
use crate::database::Database;
use crate::mailbox::{last_code, last_mail};
use crate::notices::last_notice;
use crate::steps::{
    PASSWORD, a_second_later, login, refresh, register, signed_in, text, try_login, verify,
};

async fn patch(app: &Application, bearer: &str, body: Value) -> Answer {
    app.call("PATCH", "/me", Some(bearer), Some(body)).await
}

#[tokio::test]
async fn a_name_changes_at_once_and_nobody_steps_into_the_old_one() {
    let db = Database::new("rename").await;
    let app = Application::new(&db);
    let access = signed_in(&app, "ada").await;
    signed_in(&app, "bob").await;
    let renamed = patch(&app, &access, json!({"username": "Countess"})).await;
    assert_eq!(
        (renamed.status, text(&renamed.body, "username")),
        (200, "Countess")
    );
    let spelled = patch(&app, &access, json!({"username": "COUNTESS"})).await;
    assert_eq!(text(&spelled.body, "username"), "COUNTESS");
    for taken in ["bob", "BOB"] {
        let answer = patch(&app, &access, json!({"username": taken})).await;
        assert_eq!(
            (answer.status, answer.kind()),
            (409, "username-taken"),
            "{taken}"
        );
    }
    let eve = app
        .post(
            "/register",
            json!({"email": "eve@example.com", "username": "ada", "password": PASSWORD}),
        )
        .await;
    assert_eq!(eve.status, 409);
    login(&app, "countess").await;
    for name in ["ada", "Countess", "Ada"] {
        let again = patch(&app, &access, json!({"username": name})).await;
        assert_eq!(
            (again.status, text(&again.body, "username")),
            (200, name),
            "whose it was takes it again"
        );
    }
    let bob = text(&login(&app, "bob").await, "access_token").to_owned();
    for held in ["countess", "ada"] {
        let answer = patch(&app, &bob, json!({"username": held})).await;
        assert_eq!((answer.status, answer.kind()), (409, "username-taken"));
    }
    let nothing = patch(&app, &access, json!({})).await;
    assert_eq!(nothing.status, 200);
    let wrong = patch(&app, &access, json!({"username": "a", "email": "b"})).await;
    assert_eq!(wrong.body["errors"].as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn a_new_address_counts_once_its_code_comes_back_from_a_session() {
    let db = Database::new("new_address").await;
    let app = Application::new(&db);
    let access = signed_in(&app, "ada").await;
    let bob = signed_in(&app, "bob").await;
    let asked = patch(&app, &access, json!({"email": "Countess@Example.com"})).await;
    assert_eq!(asked.status, 200, "{asked:?}");
    assert_eq!(
        (
            text(&asked.body, "email"),
            text(&asked.body, "pending_email")
        ),
        ("ada@example.com", "countess@example.com")
    );
    let code = last_code(&db, "countess@example.com").await;
    assert_eq!(
        verify(&app, "countess@example.com", &code).await.status,
        401,
        "a mistyped address gives no session"
    );
    let body = json!({"email": "countess@example.com", "code": code});
    assert_eq!(
        app.post_as(&bob, "/otp/verify", body.clone()).await.status,
        401,
        "nor somebody else's session"
    );
    app.post("/password/forgot", json!({"email": "ada@example.com"}))
        .await;
    app.work(&db).await;
    let url = text(
        &last_mail(&db, "ada@example.com", "password_reset").await,
        "url",
    )
    .to_owned();

    let done = app.post_as(&access, "/otp/verify", body.clone()).await;
    assert_eq!(done.status, 200, "{done:?}");
    assert_eq!(
        app.post_as(&access, "/otp/verify", body).await.status,
        401,
        "good once"
    );
    let me = app
        .call("GET", "/me", Some(text(&done.body, "access_token")), None)
        .await;
    assert_eq!(
        (
            text(&me.body, "email"),
            &me.body["email_verified"],
            &me.body["pending_email"]
        ),
        ("countess@example.com", &json!(true), &Value::Null)
    );
    assert_eq!(
        last_mail(&db, "ada@example.com", "email_changed").await,
        json!({"new_email": "countess@example.com"}),
        "ASVS 6.3.7"
    );
    assert_eq!(
        last_notice(&db, "email_changed").await,
        json!({"new_email": "countess@example.com"})
    );
    let token = url.split_once('#').unwrap().1;
    let reset = app
        .post(
            "/password/reset",
            json!({"token": token, "new_password": "by the old mailbox"}),
        )
        .await;
    assert_eq!(reset.status, 401, "a link to the old mailbox died with it");
    login(&app, "countess@example.com").await;
    assert_eq!(
        try_login(&app, "ada@example.com", PASSWORD).await.status,
        401
    );
}

/// ASVS 7.4.3: what one signs in by has changed, so whoever else was signed in is not any more.
#[tokio::test]
async fn a_new_address_ends_all_that_was_signed_in_and_the_present_session_goes_on_under_new_tokens()
 {
    let db = Database::new("new_address_ends").await;
    let app = Application::new(&db);
    register(&app, "ada").await;
    let (present, other) = (login(&app, "ada").await, login(&app, "ada").await);
    let access = text(&present, "access_token");
    let key = app
        .post_as(
            access,
            "/api-keys",
            json!({"name": "ci", "scopes": ["account.manage"]}),
        )
        .await;
    let asked = patch(&app, access, json!({"email": "new@example.com"})).await;
    assert_eq!(asked.status, 200, "{asked:?}");
    let code = last_code(&db, "new@example.com").await;
    let done = app
        .post_as(
            access,
            "/otp/verify",
            json!({"email": "new@example.com", "code": code}),
        )
        .await;
    assert_eq!(done.status, 200, "{done:?}");

    for (whose, tokens) in [("the present", &present), ("the other", &other)] {
        assert_eq!(
            refresh(&app, text(tokens, "refresh_token")).await.status,
            401,
            "{whose} refresh token"
        );
        let bearer = text(tokens, "access_token");
        assert_eq!(
            a_second_later(&db)
                .call("GET", "/me", Some(bearer), None)
                .await
                .status,
            401,
            "{whose} access token"
        );
    }
    let bearer = text(&key.body, "key");
    assert_eq!(app.call("GET", "/me", Some(bearer), None).await.status, 401);
    let again = refresh(&app, text(&done.body, "refresh_token")).await;
    assert_eq!(again.status, 200, "{again:?}");
    let bearer = text(&again.body, "access_token");
    let sessions = app.call("GET", "/sessions", Some(bearer), None).await;
    assert_eq!(sessions.body["items"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn an_address_that_somebody_has_is_answered_as_any_other() {
    let db = Database::new("taken_address").await;
    let app = Application::new(&db);
    let access = signed_in(&app, "ada").await;
    register(&app, "bob").await;
    let members = |answer: &Answer| {
        answer
            .body
            .as_object()
            .unwrap()
            .keys()
            .cloned()
            .collect::<Vec<_>>()
    };
    let taken = patch(&app, &access, json!({"email": "bob@example.com"})).await;
    let free = patch(&app, &access, json!({"email": "free@example.com"})).await;
    assert_eq!(
        (taken.status, members(&taken)),
        (free.status, members(&free))
    );
    assert_eq!(text(&taken.body, "pending_email"), "bob@example.com");
    assert_eq!(
        last_mail(&db, "bob@example.com", "registration_attempt").await,
        json!({})
    );
    for n in 0..10 {
        let answer = patch(
            &app,
            &access,
            json!({"email": format!("free{n}@example.com")}),
        )
        .await;
        assert_eq!(
            answer.status,
            if n < 3 { 200 } else { 429 },
            "{n}: five codes an hour, the one that was not sent among them"
        );
    }
    let again = patch(&app, &access, json!({"email": "bob@example.com"})).await;
    assert_eq!(again.status, 429, "the limit does not tell either");

    // What was refused changed nothing: the last code that was mailed is good.
    let me = app.call("GET", "/me", Some(&access), None).await;
    assert_eq!(text(&me.body, "pending_email"), "free2@example.com");
    let code = last_code(&db, "free2@example.com").await;
    let body = json!({"email": "free2@example.com", "code": code});
    assert_eq!(app.post_as(&access, "/otp/verify", body).await.status, 200);
}

#[tokio::test]
async fn two_accounts_that_move_to_one_address_at_once_are_not_one() {
    let db = Database::new("address_race").await;
    let app = Application::new(&db);
    let (ada, bob) = (signed_in(&app, "ada").await, signed_in(&app, "bob").await);
    let mut codes = Vec::new();
    for access in [&ada, &bob] {
        patch(&app, access, json!({"email": "new@example.com"})).await;
        codes.push(last_code(&db, "new@example.com").await);
    }
    let body = |code: &str| json!({"email": "new@example.com", "code": code});
    assert_eq!(
        app.post_as(&ada, "/otp/verify", body(&codes[0]))
            .await
            .status,
        200
    );
    assert_eq!(
        app.post_as(&bob, "/otp/verify", body(&codes[1]))
            .await
            .status,
        401
    );
}

/// facts/identity.md 5.10 for deletion; ASVS 7.4.2.
#[tokio::test]
async fn an_account_that_is_deleted_is_gone_with_all_that_it_led_to() {
    let db = Database::new("deletion").await;
    let app = Application::new(&db);
    let access = signed_in(&app, "ada").await;
    let tokens = login(&app, "ada").await;
    let key = app
        .post_as(
            &access,
            "/api-keys",
            json!({"name": "ci", "scopes": ["account.manage"]}),
        )
        .await;
    app.post("/password/forgot", json!({"email": "ada@example.com"}))
        .await;
    app.work(&db).await;
    let me = app.call("GET", "/me", Some(&access), None).await;
    let id = text(&me.body, "id").to_owned();
    assert_eq!(
        app.post_as(&access, "/me/delete", json!({"password": "not it"}))
            .await
            .status,
        422
    );
    assert_eq!(
        app.post_as(&access, "/me/delete", json!({})).await.status,
        422
    );
    assert_eq!(
        app.post_as(&access, "/me/delete", json!({"password": PASSWORD}))
            .await
            .status,
        204
    );

    let later = a_second_later(&db);
    for dead in [
        &access,
        text(&tokens, "access_token"),
        text(&key.body, "key"),
    ] {
        assert_eq!(later.call("GET", "/me", Some(dead), None).await.status, 401);
    }
    assert_eq!(
        refresh(&later, text(&tokens, "refresh_token")).await.status,
        401
    );
    assert_eq!(try_login(&later, "ada", PASSWORD).await.status, 401);
    for table in [
        "accounts",
        "sessions",
        "refresh_tokens",
        "api_keys",
        "email_codes",
        "password_resets",
        "known_networks",
        "account_roles",
    ] {
        assert_eq!(
            db.count(&format!("select count(*) from identity.{table}"))
                .await,
            0,
            "{table}"
        );
    }
    assert_eq!(
        db.count(&format!(
            "select count(*) from platform.outbox where type = 'user.deleted' and aggregatetype = 'user.events'
             and aggregateid = '{id}' and payload -> 'data' ->> 'user_id' = '{id}'"
        ))
        .await,
        1
    );
    assert!(
        db.count("select count(*) from platform.audit where action = 'account.deleted'")
            .await
            == 1,
        "the record stays"
    );
    assert_eq!(
        last_mail(&db, "ada@example.com", "account_deleted").await,
        json!({})
    );
    let eve = app
        .post(
            "/register",
            json!({"email": "eve@example.com", "username": "ada", "password": PASSWORD}),
        )
        .await;
    assert_eq!(eve.status, 409, "the name is held");
    let back = app
        .post(
            "/register",
            json!({"email": "ada@example.com", "username": "ada2", "password": PASSWORD}),
        )
        .await;
    assert_eq!(back.status, 201, "the address is not");
}

#[tokio::test]
async fn an_export_holds_what_is_known_and_nothing_secret() {
    let db = Database::new("export").await;
    let app = Application::new(&db);
    let access = signed_in(&app, "ada").await;
    signed_in(&app, "bob").await;
    app.post_as(
        &access,
        "/api-keys",
        json!({"name": "ci", "scopes": ["posts.read"]}),
    )
    .await;
    let export = app.call("GET", "/me/export", Some(&access), None).await;
    assert_eq!(export.status, 200, "{export:?}");
    let identity = &export.body["identity"];
    assert_eq!(text(&identity["account"], "email"), "ada@example.com");
    assert_eq!(identity["sessions"].as_array().unwrap().len(), 1);
    assert_eq!(text(&identity["api_keys"][0], "name"), "ci");
    assert_eq!(identity["known_networks"][0]["network"], "192.0.2.1");
    let all = export.body.to_string();
    for secret in ["argon2", "hash", "bob@example.com", "sealed"] {
        assert!(!all.contains(secret), "{secret}");
    }
    assert_eq!(
        db.count("select count(*) from platform.audit where action = 'account.exported'")
            .await,
        1
    );
}

#[tokio::test]
async fn a_session_ends_after_a_week_without_use_and_thirty_days_with() {
    let db = Database::new("idle").await;
    let app = Application::new(&db);
    register(&app, "ada").await;
    let tokens = login(&app, "ada").await;
    db.run("update identity.sessions set last_used_at = last_used_at - interval '6 days 23 hours'")
        .await;
    let used = refresh(&app, text(&tokens, "refresh_token")).await;
    assert_eq!(used.status, 200, "used within the week");
    db.run("update identity.sessions set last_used_at = last_used_at - interval '7 days'")
        .await;
    assert_eq!(
        refresh(&app, text(&used.body, "refresh_token"))
            .await
            .status,
        401
    );
    let tokens = login(&app, "ada").await;
    db.run("update identity.sessions set expires_at = expires_at - interval '30 days'")
        .await;
    assert_eq!(
        refresh(&app, text(&tokens, "refresh_token")).await.status,
        401
    );
}

#[tokio::test]
async fn a_sign_in_from_somewhere_new_is_told_to_the_owner() {
    let db = Database::new("new_network").await;
    let app = Application::new(&db);
    register(&app, "ada").await;
    let code = last_code(&db, "ada@example.com").await;
    verify(&app, "ada@example.com", &code).await;
    login(&app, "ada").await;
    assert_eq!(last_notice(&db, "new_sign_in").await, Value::Null, "known");
    app.post_from(
        "198.51.100.7",
        "/login",
        json!({"login": "ada", "password": PASSWORD}),
    )
    .await;
    let told = last_notice(&db, "new_sign_in").await;
    assert_eq!(
        (text(&told, "device"), text(&told, "address")),
        ("a test", "198.51.100.7")
    );
    assert!(told["at"].is_string());
    let owned = "select count(*) from platform.tasks
        where payload ->> 'type' = 'new_sign_in' and payload ->> 'address' = 'ada@example.com'";
    assert_eq!(db.count(owned).await, 1, "whatever address comes next");
}

#[tokio::test]
async fn sweeping_forgets_what_is_over_and_nothing_else() {
    let db = Database::new("sweep").await;
    let app = Application::new(&db);
    let access = signed_in(&app, "ada").await;
    try_login(&app, "ada", "wrong password").await;
    app.post("/password/forgot", json!({"email": "ada@example.com"}))
        .await;
    app.work(&db).await;
    let sweep = "select identity.sweep()::text";
    assert_eq!(db.json(sweep, &[]).await, json!({"deleted": 0}));
    db.run(
        "update identity.login_failures set last_failure_at = platform.now() - interval '2 days';
         update identity.password_resets set expires_at = platform.now() - interval '2 hours';
         insert into identity.held_usernames values ('old', platform.now() - interval '1 second', null);
         insert into identity.revocations values ('token', 'old', platform.now() - interval '2 days');
         insert into identity.sessions (id, account_id, amr, authenticated_at, last_used_at, expires_at, ended_at)
         select gen_random_uuid(), id, '{}', platform.now(), platform.now(), platform.now(), platform.now() - interval '31 days'
         from identity.accounts",
    )
    .await;
    assert_eq!(
        db.json(sweep, &[]).await,
        json!({"deleted": 7}),
        "three failures and one of each other"
    );
    assert_eq!(
        app.call("GET", "/sessions", Some(&access), None).await.body["items"]
            .as_array()
            .unwrap()
            .len(),
        1
    );
}
