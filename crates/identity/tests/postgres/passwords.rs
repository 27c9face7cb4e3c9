//! Changing and replacing passwords, and what ends with them.

use std::sync::Arc;

use serde_json::{Value, json};

use crate::application::Application;
use crate::database::Database;
use crate::mailbox::{last_code, last_mail};
use crate::notices::last_notice;
use crate::steps::{
    PASSWORD, a_second_later, code_for_new_address, login, refresh, register, signed_in, text,
    try_login, verify,
};

const NEW: &str = "a wholly other one";
const ADA: &str = "ada@example.com";

async fn change(app: &Application, bearer: &str, current: &str, new: &str) -> (u16, String) {
    let answer = app
        .post_as(
            bearer,
            "/password/change",
            json!({"current_password": current, "new_password": new}),
        )
        .await;
    let field = answer.body["errors"][0]["field"]
        .as_str()
        .unwrap_or_default()
        .to_owned();
    (answer.status, field)
}

/// Asks for a link, with headers that would like it to lead elsewhere, and answers its token.
async fn link(app: &Application, db: &Database, email: &str) -> String {
    let forged = [
        ("spin-client-addr", "192.0.2.1"),
        ("host", "evil.example"),
        ("x-forwarded-host", "evil.example"),
        ("forwarded", "host=evil.example"),
        ("origin", "https://evil.example"),
    ];
    // The task's key holds the second: the next one is another.
    db.run(
        "update platform.tasks set idempotency_key = id::text where kind = 'send_password_reset'",
    )
    .await;
    let body = json!({"email": email});
    let asked = app.post_with("/password/forgot", body, &forged).await;
    assert_eq!((asked.status, &asked.body), (202, &Value::Null));
    app.work(db).await;
    let mail = last_mail(db, email, "password_reset").await;
    let url = text(&mail, "url");
    let (page, token) = url.split_once('#').unwrap();
    assert_eq!(
        page, "https://spindle.example/oauth2/password/reset",
        "the configured origin"
    );
    token.to_owned()
}

async fn reset(app: &Application, token: &str, password: &str) -> u16 {
    app.post(
        "/password/reset",
        json!({"token": token, "new_password": password}),
    )
    .await
    .status
}

/// ASVS 6.3.7.
#[tokio::test]
async fn another_password_is_told_to_an_owner_whose_address_was_proved() {
    let db = Database::new("password_told").await;
    let app = Application::new(&db);
    let access = signed_in(&app, "ada").await;
    assert_eq!(change(&app, &access, PASSWORD, NEW).await.0, 204);
    assert_eq!(
        last_notice(&db, "password_changed").await,
        Value::Null,
        "the address may be a stranger's"
    );
    let token = link(&app, &db, ADA).await;
    assert_eq!(reset(&app, &token, PASSWORD).await, 204);
    let told = "select count(*) from platform.tasks where kind = 'notify' and payload ->> 'type' = 'password_changed'";
    assert_eq!(db.count(told).await, 1, "the link proved it");
    let tokens = login(&app, "ada").await;
    let bearer = text(&tokens, "access_token");
    assert_eq!(change(&app, bearer, PASSWORD, NEW).await.0, 204);
    assert_eq!(db.count(told).await, 2);
    assert_eq!(last_notice(&db, "password_changed").await, json!({}));
}

/// ASVS 6.2.2, 6.2.3; facts/identity.md 5.10: change × {session, refresh token, API key, pending link and code}.
#[tokio::test]
async fn a_change_ends_everything_but_the_session_that_made_it() {
    let db = Database::new("password_change").await;
    let app = Application::new(&db);
    let access = signed_in(&app, "ada").await;
    let mine = login(&app, "ada").await;
    let other = login(&app, "ada").await;
    let key = app
        .post_as(
            &access,
            "/api-keys",
            json!({"name": "ci", "scopes": ["account.manage"]}),
        )
        .await;
    let pending_link = link(&app, &db, ADA).await;
    let pending_code = last_code(&db, ADA).await;

    let bearer = text(&mine, "access_token");
    assert_eq!(
        change(&app, bearer, "not it", NEW).await,
        (422, "current_password".into())
    );
    assert_eq!(
        change(&app, bearer, PASSWORD, "short").await,
        (422, "new_password".into())
    );
    assert_eq!(
        change(&app, bearer, PASSWORD, "password123").await,
        (422, "new_password".into())
    );
    assert_eq!(
        change(&app, bearer, PASSWORD, "ada@example.com").await,
        (422, "new_password".into())
    );
    let missing = app
        .post_as(bearer, "/password/change", json!({"new_password": NEW}))
        .await;
    assert_eq!(missing.status, 422, "the current one is asked for");
    assert_eq!(change(&app, bearer, PASSWORD, NEW).await.0, 204);

    let later = a_second_later(&db);
    assert_eq!(
        later.call("GET", "/me", Some(bearer), None).await.status,
        200,
        "the session that changed it"
    );
    assert_eq!(
        refresh(&later, text(&mine, "refresh_token")).await.status,
        200
    );
    for dead in [
        &access,
        text(&other, "access_token"),
        text(&key.body, "key"),
    ] {
        assert_eq!(later.call("GET", "/me", Some(dead), None).await.status, 401);
    }
    assert_eq!(
        refresh(&later, text(&other, "refresh_token")).await.status,
        401
    );
    assert_eq!(reset(&later, &pending_link, "yet another one").await, 401);
    assert_eq!(verify(&later, ADA, &pending_code).await.status, 401);
    assert_eq!(try_login(&later, "ada", PASSWORD).await.status, 401);
    assert_eq!(try_login(&later, "ada", NEW).await.status, 200);
}

#[tokio::test]
async fn a_session_that_was_ended_changes_nothing_even_within_the_second() {
    let db = Database::new("password_exact").await;
    let app = Application::new(&db);
    let access = signed_in(&app, "ada").await;
    // This instance has read its snapshot and will not know for a second.
    assert_eq!(
        app.call("GET", "/me", Some(&access), None).await.status,
        200
    );
    db.run("update identity.sessions set ended_at = platform.now()")
        .await;
    assert_eq!(change(&app, &access, PASSWORD, NEW).await.0, 401);
    for (path, body) in [
        ("/api-keys", json!({"name": "x", "scopes": ["posts.read"]})),
        ("/mfa/totp", json!({})),
        ("/mfa/totp/disable", json!({"password": PASSWORD})),
        ("/me/delete", json!({"password": PASSWORD})),
    ] {
        assert_eq!(app.post_as(&access, path, body).await.status, 401, "{path}");
    }
    let renamed = app
        .call(
            "PATCH",
            "/me",
            Some(&access),
            Some(json!({"username": "countess"})),
        )
        .await;
    assert_eq!(renamed.status, 401);
}

#[tokio::test]
async fn wrong_current_passwords_are_counted() {
    let db = Database::new("password_guesses").await;
    let app = Application::new(&db);
    let access = signed_in(&app, "ada").await;
    for _ in 0..10 {
        assert_eq!(change(&app, &access, "not it", NEW).await.0, 422);
    }
    assert_eq!(change(&app, &access, PASSWORD, NEW).await.0, 429);
    assert_eq!(
        try_login(&app, "ada", PASSWORD).await.status,
        200,
        "a stolen session locks nobody out"
    );
}

/// facts/identity.md 5.11.
#[tokio::test]
async fn a_link_is_good_once_for_half_an_hour_and_ends_everything() {
    let db = Database::new("password_reset").await;
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
    let token = link(&app, &db, ADA).await;
    let stored =
        format!("select count(*) from identity.password_resets r where r::text like '%{token}%'");
    assert_eq!(db.count(&stored).await, 0, "hashed at rest");
    assert_eq!(reset(&app, &token, "short").await, 422);
    assert_eq!(reset(&app, &token, "Ada").await, 422);
    assert_eq!(reset(&app, &token, NEW).await, 204);
    assert_eq!(
        reset(&app, &token, "yet another one").await,
        401,
        "good once"
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
    assert_eq!(try_login(&later, "ada", NEW).await.status, 200);

    let expired = link(&later, &db, ADA).await;
    db.run("update identity.password_resets set expires_at = expires_at - interval '30 minutes'")
        .await;
    assert_eq!(reset(&later, &expired, "yet another one").await, 401);
    for nonsense in [
        "",
        "spp_",
        "spr_BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc",
    ] {
        assert_eq!(reset(&later, nonsense, NEW).await, 401);
    }
}

/// facts/identity.md 5.11.
#[tokio::test]
async fn a_link_dies_with_the_address_that_it_was_mailed_to() {
    let db = Database::new("link_address").await;
    let app = Application::new(&db);
    let access = signed_in(&app, "ada").await;
    let token = link(&app, &db, ADA).await;
    let new = "countess@example.com";
    let code = code_for_new_address(&app, &db, &access, new).await;
    let proved = app
        .post_as(&access, "/otp/verify", json!({"email": new, "code": code}))
        .await;
    assert_eq!(proved.status, 200, "{proved:?}");
    assert_eq!(reset(&app, &token, NEW).await, 401);
    assert_eq!(try_login(&app, "ada", PASSWORD).await.status, 200);
}

/// facts/identity.md 5.18.
#[tokio::test]
async fn of_two_resets_with_one_link_one_wins() {
    let db = Database::new("reset_race").await;
    let app = Arc::new(Application::new(&db));
    register(&app, "ada").await;
    let token = link(&app, &db, ADA).await;
    let mut running = Vec::new();
    for n in 0..6 {
        let (app, token) = (app.clone(), token.clone());
        running.push(tokio::spawn(async move {
            reset(&app, &token, &format!("new password {n}")).await
        }));
    }
    let mut statuses = Vec::new();
    for one in running {
        statuses.push(one.await.unwrap());
    }
    statuses.sort_unstable();
    assert_eq!(statuses, [204, 401, 401, 401, 401, 401]);
}

#[tokio::test]
async fn two_changes_at_once_are_one() {
    let db = Database::new("change_race").await;
    let app = Arc::new(Application::new(&db));
    let access = signed_in(&app, "ada").await;
    let mut running = Vec::new();
    for n in 0..4 {
        let (app, access) = (app.clone(), access.clone());
        running.push(tokio::spawn(async move {
            change(&app, &access, PASSWORD, &format!("new password {n}"))
                .await
                .0
        }));
    }
    let mut statuses = Vec::new();
    for one in running {
        statuses.push(one.await.unwrap());
    }
    assert_eq!(
        statuses.iter().filter(|status| **status == 204).count(),
        1,
        "{statuses:?}"
    );
    assert!(
        statuses
            .iter()
            .all(|status| matches!(status, 204 | 409 | 422)),
        "{statuses:?}"
    );
}

/// Pre-hijacking by link (facts/identity.md 5.12); ASVS 6.4.3 for the verified.
#[tokio::test]
async fn a_link_drops_factors_that_were_set_up_before_any_proof_and_no_others() {
    let db = Database::new("reset_factors").await;
    let app = Application::new(&db);
    for (name, verified) in [("eve", false), ("bob", true)] {
        let email = format!("{name}@example.com");
        register(&app, name).await;
        if verified {
            let code = last_code(&db, &email).await;
            assert_eq!(verify(&app, &email, &code).await.status, 200);
        }
        db.run(&format!(
            "insert into identity.totp_factors (account_id, id, sealed, created_at, confirmed_at)
             select id, gen_random_uuid(), 'sealed', platform.now(), platform.now()
             from identity.accounts where username = '{name}'"
        ))
        .await;
        let token = link(&app, &db, &email).await;
        assert_eq!(reset(&app, &token, NEW).await, 204);
        let answer = try_login(&app, name, NEW).await;
        assert_eq!(
            answer.body["mfa_required"].as_bool().unwrap_or(false),
            verified,
            "{name} {answer:?}"
        );
    }
}

#[tokio::test]
async fn a_link_ends_the_back_off_that_strangers_caused() {
    let db = Database::new("reset_back_off").await;
    let app = Application::new(&db);
    register(&app, "ada").await;
    for _ in 0..11 {
        try_login(&app, ADA, "a wrong password").await;
    }
    assert_eq!(try_login(&app, ADA, PASSWORD).await.status, 429);
    let token = link(&app, &db, ADA).await;
    assert_eq!(reset(&app, &token, NEW).await, 204);
    assert_eq!(try_login(&app, ADA, NEW).await.status, 200);
}

#[tokio::test]
async fn nobody_learns_who_is_registered_and_no_mailbox_is_filled() {
    let db = Database::new("forgot").await;
    let app = Application::new(&db);
    register(&app, "ada").await;
    register(&app, "bob").await;
    db.run("update identity.accounts set disabled_at = platform.now() where username = 'bob'")
        .await;
    for _ in 0..5 {
        for email in [ADA, "bob@example.com", "nobody@example.com", "no address"] {
            let asked = app.post("/password/forgot", json!({"email": email})).await;
            assert_eq!((asked.status, &asked.body), (202, &Value::Null), "{email}");
        }
        db.run("update platform.tasks set idempotency_key = id::text where kind = 'send_password_reset'").await;
    }
    app.work(&db).await;
    let mails =
        "select count(*) from platform.tasks where payload ->> 'template' = 'password_reset'";
    assert_eq!(db.count(mails).await, 3, "three an hour, to ada alone");
}

/// ASVS 6.2.8, 6.2.9, NIST N2, N3, N6.
#[tokio::test]
async fn a_password_counts_whole_as_it_was_typed_and_in_any_composition() {
    let db = Database::new("password_whole").await;
    let app = Application::new(&db);
    let long = "Correct horse battery staple ".repeat(4);
    let accents = "caf\u{e9} cr\u{e8}me br\u{fb}l\u{e9}e";
    for (name, password) in [
        ("long", long.as_str()),
        ("accents", accents),
        ("plain", "aaaa bbbb cccc dddd"),
    ] {
        let registered = app
            .post("/register", json!({"email": format!("{name}@example.com"), "username": name, "password": password}))
            .await;
        assert_eq!(registered.status, 201, "{registered:?}");
        assert_eq!(try_login(&app, name, password).await.status, 200, "{name}");
    }
    assert_eq!(
        try_login(&app, "long", &long[..72]).await.status,
        401,
        "no truncation"
    );
    assert_eq!(
        try_login(&app, "long", &long.to_lowercase()).await.status,
        401,
        "no folding"
    );
    let decomposed = "cafe\u{301} cre\u{300}me bru\u{302}le\u{301}e";
    assert_eq!(
        try_login(&app, "accents", decomposed).await.status,
        200,
        "one text, two spellings"
    );
    for common in ["password123", "iloveyou1", "QwertyUiop"] {
        let answer = app
            .post(
                "/register",
                json!({"email": "x@example.com", "username": "somebody", "password": common}),
            )
            .await;
        assert_eq!((answer.status, answer.kind()), (422, "validation"));
        assert!(
            text(&answer.body["errors"][0], "message").contains("guessed first"),
            "the reason is given"
        );
    }
}
