//! Authenticator apps and recovery codes.

use std::sync::Arc;

use serde_json::{Value, json};
use uuid::Uuid;

use crate::application::{Answer, Application};
use crate::authenticator::{UNUSED_STEP, code_at};
use crate::database::Database;
use crate::mailbox::last_code;
use crate::notices::last_notice;
use crate::steps::{PASSWORD, signed_in, text, try_login, verify};

fn now() -> i64 {
    kit::clock::now_s()
}

/// Sets up an app; its secret and the recovery codes. The step of the confirming code is used up; `later` makes it fresh again.
pub(crate) async fn set_up(app: &Application, bearer: &str) -> (String, Vec<String>) {
    let offered = app.post_as(bearer, "/mfa/totp", json!({})).await;
    assert_eq!(offered.status, 201, "{offered:?}");
    let secret = text(&offered.body, "secret").to_owned();
    assert!(text(&offered.body, "otpauth_url").contains(&secret));
    let confirmed = app
        .post_as(
            bearer,
            "/mfa/totp/confirm",
            json!({"code": code_at(&secret, now())}),
        )
        .await;
    assert_eq!(confirmed.status, 200, "{confirmed:?}");
    let codes = confirmed.body["recovery_codes"].as_array().unwrap();
    (
        secret,
        codes
            .iter()
            .map(|code| code.as_str().unwrap().to_owned())
            .collect(),
    )
}

/// Time passes: the last used step lies back.
async fn later(db: &Database) {
    db.run(UNUSED_STEP).await;
}

async fn owed(app: &Application, name: &str) -> String {
    let answer = try_login(app, name, PASSWORD).await;
    assert_eq!(
        (answer.status, &answer.body["mfa_required"]),
        (200, &json!(true)),
        "{answer:?}"
    );
    assert_eq!(answer.body.get("access_token"), None);
    text(&answer.body, "mfa_token").to_owned()
}

async fn show(app: &Application, token: &str, method: &str, code: &str) -> Answer {
    app.post(
        "/login/mfa",
        json!({"mfa_token": token, "method": method, "code": code}),
    )
    .await
}

/// ASVS 6.3.7.
#[tokio::test]
async fn an_app_that_comes_or_goes_is_told_to_an_owner_whose_address_was_proved() {
    let db = Database::new("factor_told").await;
    let app = Application::new(&db);
    let access = signed_in(&app, "ada").await;
    let disable = async || {
        let body = json!({"password": PASSWORD});
        let answer = app.post_as(&access, "/mfa/totp/disable", body).await;
        assert_eq!(answer.status, 204, "{answer:?}");
    };
    set_up(&app, &access).await;
    disable().await;
    assert_eq!(
        last_notice(&db, "factor_changed").await,
        Value::Null,
        "the address may be a stranger's"
    );
    let code = last_code(&db, "ada@example.com").await;
    verify(&app, "ada@example.com", &code).await;
    set_up(&app, &access).await;
    let enabled = json!({"change": "totp_enabled"});
    assert_eq!(last_notice(&db, "factor_changed").await, enabled);
    disable().await;
    let disabled = json!({"change": "totp_disabled"});
    assert_eq!(last_notice(&db, "factor_changed").await, disabled);
    let offered = app.post_as(&access, "/mfa/totp", json!({})).await;
    assert_eq!(offered.status, 201);
    disable().await;
    let told = "select count(*) from platform.tasks where kind = 'notify' and payload ->> 'type' = 'factor_changed'";
    assert_eq!(db.count(told).await, 2, "what was never in use is no news");
}

#[tokio::test]
async fn a_login_owes_the_second_factor_once_an_app_is_in_use() {
    let db = Database::new("totp").await;
    let app = Application::new(&db);
    let access = signed_in(&app, "ada").await;
    let offered = app.post_as(&access, "/mfa/totp", json!({})).await;
    let secret = text(&offered.body, "secret").to_owned();
    assert_eq!(
        try_login(&app, "ada", PASSWORD)
            .await
            .body
            .get("mfa_required"),
        None,
        "not before it is confirmed"
    );
    let wrong = app
        .post_as(
            &access,
            "/mfa/totp/confirm",
            json!({"code": code_at(&secret, now() + 600)}),
        )
        .await;
    assert_eq!(
        (wrong.status, text(&wrong.body["errors"][0], "field")),
        (422, "code")
    );

    let (secret, recovery) = set_up(&app, &access).await;
    assert_eq!(recovery.len(), 10);
    assert_eq!(
        app.post_as(&access, "/mfa/totp", json!({})).await.status,
        409,
        "one app at a time"
    );
    let me = app.call("GET", "/me", Some(&access), None).await;
    assert_eq!(me.body["mfa"], json!(true));
    later(&db).await;

    let answer = try_login(&app, "ada", PASSWORD).await;
    assert_eq!(answer.body["methods"], json!(["totp", "recovery_code"]));
    let signed = show(
        &app,
        text(&answer.body, "mfa_token"),
        "totp",
        &code_at(&secret, now()),
    )
    .await;
    assert_eq!(signed.status, 200, "{signed:?}");
    let sessions = app
        .call(
            "GET",
            "/sessions",
            Some(text(&signed.body, "access_token")),
            None,
        )
        .await;
    assert_eq!(
        sessions.body["items"][0]["amr"],
        json!(["pwd", "otp", "mfa"])
    );
    let again = show(
        &app,
        text(&answer.body, "mfa_token"),
        "totp",
        &code_at(&secret, now()),
    )
    .await;
    assert_eq!(
        (again.status, again.kind()),
        (401, "login-expired"),
        "a login is finished once"
    );

    let stored =
        format!("select count(*) from identity.totp_factors t where t::text like '%{secret}%'");
    assert_eq!(db.count(&stored).await, 0, "sealed at rest");
    let off = app
        .post_as(&access, "/mfa/totp/disable", json!({"password": "not it"}))
        .await;
    assert_eq!(off.status, 422);
    assert_eq!(
        app.post_as(&access, "/mfa/totp/disable", json!({"password": PASSWORD}))
            .await
            .status,
        204
    );
    assert_eq!(
        app.post_as(&access, "/mfa/totp/disable", json!({"password": PASSWORD}))
            .await
            .status,
        404
    );
    assert_eq!(
        try_login(&app, "ada", PASSWORD)
            .await
            .body
            .get("mfa_required"),
        None
    );
    assert_eq!(
        db.count("select count(*) from identity.recovery_codes")
            .await,
        0
    );
}

/// RFC 6238 section 5.2; facts/identity.md 5.5; ASVS 6.5.1.
#[tokio::test]
async fn a_code_ten_times_at_once_signs_in_once_and_never_again() {
    let db = Database::new("totp_replay").await;
    let app = Arc::new(Application::new(&db));
    let access = signed_in(&app, "ada").await;
    let (secret, recovery) = set_up(&app, &access).await;
    later(&db).await;
    let mut used = Vec::new();
    for (method, code) in [
        ("totp", code_at(&secret, now())),
        ("recovery_code", recovery[0].to_lowercase()),
    ] {
        let mut challenges = Vec::new();
        for _ in 0..10 {
            challenges.push(owed(&app, "ada").await);
        }
        let mut running = Vec::new();
        for token in challenges {
            let (app, code) = (app.clone(), code.clone());
            running.push(tokio::spawn(async move {
                show(&app, &token, method, &code).await.status
            }));
        }
        let mut statuses = Vec::new();
        for one in running {
            statuses.push(one.await.unwrap());
        }
        assert_eq!(
            statuses.iter().filter(|status| **status == 200).count(),
            1,
            "{method} {statuses:?}"
        );
        assert!(
            statuses
                .iter()
                .all(|status| matches!(status, 200 | 401 | 429)),
            "{method} {statuses:?}"
        );
        db.run("delete from identity.login_failures").await;
        used.push((method, code));
    }
    for (method, code) in used {
        let again = show(&app, &owed(&app, "ada").await, method, &code).await;
        assert_eq!(
            (again.status, again.kind()),
            (401, "code-invalid"),
            "{method}"
        );
    }
    assert_eq!(
        show(
            &app,
            &owed(&app, "ada").await,
            "recovery_code",
            &recovery[1]
        )
        .await
        .status,
        200
    );
}

/// ASVS 6.6.2, 6.6.3.
#[tokio::test]
async fn a_login_is_good_for_five_codes_and_an_account_for_ten() {
    let db = Database::new("totp_guesses").await;
    let app = Application::new(&db);
    let access = signed_in(&app, "ada").await;
    let (secret, _) = set_up(&app, &access).await;
    later(&db).await;
    let token = owed(&app, "ada").await;
    let wrong = code_at(&secret, now() + 6_000);
    for _ in 0..5 {
        let answer = show(&app, &token, "totp", &wrong).await;
        assert_eq!((answer.status, answer.kind()), (401, "code-invalid"));
    }
    let sixth = show(&app, &token, "totp", &code_at(&secret, now())).await;
    assert_eq!((sixth.status, sixth.kind()), (401, "login-expired"));
    let token = owed(&app, "ada").await;
    for _ in 0..5 {
        assert_eq!(
            show(&app, &token, "recovery_code", "0000-0000")
                .await
                .status,
            401
        );
    }
    let token = owed(&app, "ada").await;
    assert_eq!(
        show(&app, &token, "totp", &code_at(&secret, now()))
            .await
            .status,
        429
    );
}

/// facts/identity.md 5.4. An attempt is let in before its code is looked at, and many of many logins may have been let in by then.
#[tokio::test]
async fn of_many_codes_at_once_no_more_are_looked_at_than_in_a_row() {
    let db = Database::new("totp_guess_race").await;
    let app = Application::new(&db);
    let access = signed_in(&app, "ada").await;
    set_up(&app, &access).await;
    later(&db).await;
    db.run(
        "insert into identity.mfa_challenges (hash, account_id, amr, created_at, expires_at)
         select '\\x01', id, '{pwd}', platform.now(), platform.now() + interval '5 minutes' from identity.accounts",
    )
    .await;
    let begin = "select identity.begin_second_factor('\\x01', 'here')::text";
    assert_eq!(db.json(begin, &[]).await["outcome"], "begun");
    for _ in 0..10 {
        db.run("select identity.count_failure('mfa:' || id, 'here') from identity.accounts")
            .await;
    }
    let step = now() / 30;
    let outcome = async || {
        let pass = "select identity.pass_second_factor('{}', '\\x01', $1, null, 'here', $2, '\\x02', $3)::text";
        let answer = db
            .json(pass, &[&step, &Uuid::now_v7(), &Uuid::now_v7()])
            .await;
        answer["outcome"].clone()
    };
    assert_eq!(
        outcome().await,
        "refused",
        "a right code that comes too late"
    );
    db.run("delete from identity.login_failures").await;
    assert_eq!(outcome().await, "opened", "and it was not used up");
}

#[tokio::test]
async fn an_app_is_confirmed_by_a_code_of_it_and_ten_guesses_are_enough() {
    let db = Database::new("totp_confirm").await;
    let app = Application::new(&db);
    let access = signed_in(&app, "ada").await;
    let confirm = async |code: &str| {
        app.post_as(&access, "/mfa/totp/confirm", json!({"code": code}))
            .await
    };
    assert_eq!(
        confirm("123456").await.problem(),
        (409, "conflict"),
        "no app waits"
    );
    let offered = app.post_as(&access, "/mfa/totp", json!({})).await;
    let secret = text(&offered.body, "secret");
    let wrong = code_at(secret, now() + 6_000);
    for guess in [wrong.as_str(), "letters", "12345"]
        .into_iter()
        .cycle()
        .take(10)
    {
        let answer = confirm(guess).await;
        assert_eq!(answer.status, 422, "{guess}: {answer:?}");
    }
    let right = code_at(secret, now());
    assert_eq!(confirm(&right).await.status, 429);
    db.run("delete from identity.login_failures").await;
    assert_eq!(confirm(&right).await.status, 200);
}

#[tokio::test]
async fn an_owed_factor_is_owed_for_five_minutes_by_its_own_login_alone() {
    let db = Database::new("totp_bound").await;
    let app = Application::new(&db);
    let access = signed_in(&app, "ada").await;
    let (secret, _) = set_up(&app, &access).await;
    later(&db).await;
    signed_in(&app, "bob").await;
    for nonsense in [
        "",
        "spm_",
        "spp_BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc",
        &access,
    ] {
        let answer = show(&app, nonsense, "totp", &code_at(&secret, now())).await;
        assert_eq!((answer.status, answer.kind()), (401, "login-expired"));
    }
    let token = owed(&app, "ada").await;
    db.run("update identity.mfa_challenges set expires_at = expires_at - interval '5 minutes'")
        .await;
    assert_eq!(
        show(&app, &token, "totp", &code_at(&secret, now()))
            .await
            .kind(),
        "login-expired"
    );
    assert_eq!(show(&app, &token, "smoke_signals", "1").await.status, 422);
}

#[tokio::test]
async fn a_sign_in_of_yesterday_sets_up_no_factor() {
    let db = Database::new("totp_fresh").await;
    let app = Application::new(&db);
    signed_in(&app, "ada").await;
    let tokens = try_login(&app, "ada", PASSWORD).await.body;
    db.run(
        "update identity.sessions set authenticated_at = authenticated_at - interval '16 minutes'",
    )
    .await;
    let refreshed = crate::steps::refresh(&app, text(&tokens, "refresh_token")).await;
    let stale = text(&refreshed.body, "access_token");
    for (method, path, body) in [
        ("POST", "/mfa/totp", json!({})),
        ("POST", "/mfa/totp/confirm", json!({"code": "123456"})),
        ("PATCH", "/me", json!({"email": "new@example.com"})),
    ] {
        let answer = app.call(method, path, Some(stale), Some(body)).await;
        assert_eq!(
            (answer.status, answer.kind()),
            (403, "reauthentication-required"),
            "{path}"
        );
    }
    assert_eq!(
        db.json(
            "select (select max(email) from identity.email_codes where purpose = 'change')::text",
            &[]
        )
        .await,
        Value::Null
    );
}
