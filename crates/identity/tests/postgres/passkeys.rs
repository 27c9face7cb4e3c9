//! Passkeys, as second factor and as the first.

use futures::future::{join, join_all};
use serde_json::{Value, json};

use crate::application::{Answer, Application};
use crate::database::Database;
use crate::security_key::SecurityKey;
use crate::steps::{PASSWORD, signed_in, text, try_login};

async fn add(app: &Application, bearer: &str, key: &mut SecurityKey) -> Answer {
    let started = app
        .post_as(bearer, "/passkeys/register/start", json!({}))
        .await;
    assert_eq!(started.status, 200, "{started:?}");
    let credential = key.register(&started.body["options"]);
    app.post_as(
        bearer,
        "/passkeys/register/finish",
        json!({"ceremony": started.body["ceremony"], "name": "my key", "credential": credential}),
    )
    .await
}

async fn start(app: &Application, mfa_token: Option<&str>) -> Value {
    let started = app
        .post("/passkeys/login/start", json!({"mfa_token": mfa_token}))
        .await;
    assert_eq!(started.status, 200, "{started:?}");
    started.body
}

async fn finish(app: &Application, started: &Value, credential: Value) -> Answer {
    app.post(
        "/passkeys/login/finish",
        json!({"ceremony": started["ceremony"], "credential": credential}),
    )
    .await
}

#[tokio::test]
async fn a_passkey_is_the_second_factor_and_the_first() {
    let db = Database::new("passkey").await;
    let app = Application::new(&db);
    let access = signed_in(&app, "ada").await;
    let mut key = SecurityKey::new(7);
    let added = add(&app, &access, &mut key).await;
    assert_eq!(
        (added.status, text(&added.body, "name")),
        (201, "my key"),
        "{added:?}"
    );
    assert_eq!(
        added.body["recovery_codes"].as_array().unwrap().len(),
        10,
        "with the first second factor"
    );

    // Alone.
    let started = start(&app, None).await;
    assert_eq!(started["options"]["userVerification"], "required");
    assert_eq!(started["options"]["rpId"], "spindle.example");
    let signed = finish(&app, &started, key.sign(&started["options"])).await;
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
        json!(["pop", "user", "mfa"])
    );

    // After the password.
    let owed = try_login(&app, "ada", PASSWORD).await;
    assert_eq!(owed.body["methods"], json!(["passkey", "recovery_code"]));
    let started = start(&app, Some(text(&owed.body, "mfa_token"))).await;
    assert_eq!(
        started["options"]["allowCredentials"]
            .as_array()
            .unwrap()
            .len(),
        1
    );
    key.flags = 1;
    let signed = finish(&app, &started, key.sign(&started["options"])).await;
    assert_eq!(
        signed.status, 200,
        "touched, not verified: the password was the other factor"
    );

    let listed = app.call("GET", "/passkeys", Some(&access), None).await;
    let item = &listed.body["items"][0];
    assert!(item["last_used_at"].is_string(), "{item}");
    let path = format!("/passkeys/{}", text(item, "id"));
    let bob = signed_in(&app, "bob").await;
    assert_eq!(
        app.call("DELETE", &path, Some(&bob), None).await.status,
        404
    );
    assert_eq!(
        app.call("DELETE", &path, Some(&access), None).await.status,
        204
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

#[tokio::test]
async fn a_challenge_is_good_once_for_its_own_ceremony() {
    let db = Database::new("passkey_challenge").await;
    let app = Application::new(&db);
    let access = signed_in(&app, "ada").await;
    let mut key = SecurityKey::new(7);
    add(&app, &access, &mut key).await;
    let started = start(&app, None).await;
    let credential = key.sign(&started["options"]);
    assert_eq!(finish(&app, &started, credential.clone()).await.status, 200);
    let again = finish(&app, &started, credential.clone()).await;
    assert_eq!(
        (again.status, again.kind()),
        (401, "passkey-invalid"),
        "replayed"
    );
    let other = start(&app, None).await;
    assert_eq!(
        finish(&app, &other, credential).await.status,
        401,
        "an answer to another challenge"
    );
    let used_up = finish(&app, &other, key.sign(&other["options"])).await;
    assert_eq!(
        used_up.status, 401,
        "a challenge is used up by a wrong answer too"
    );
    let old = start(&app, None).await;
    db.run("update identity.passkey_ceremonies set expires_at = platform.now()")
        .await;
    assert_eq!(
        finish(&app, &old, key.sign(&old["options"])).await.status,
        401
    );
    let raced = start(&app, None).await;
    let credential = key.sign(&raced["options"]);
    let answers = join_all((0..10).map(|_| finish(&app, &raced, credential.clone()))).await;
    assert_eq!(
        answers.iter().filter(|answer| answer.status == 200).count(),
        1,
        "ten times at once: {answers:?}"
    );
    let registration = app
        .post_as(&access, "/passkeys/register/start", json!({}))
        .await
        .body;
    assert_eq!(
        finish(&app, &registration, key.sign(&registration["options"]))
            .await
            .status,
        401
    );
}

#[tokio::test]
async fn every_lie_of_an_authenticator_or_a_page_is_refused() {
    let db = Database::new("passkey_lies").await;
    let app = Application::new(&db);
    let access = signed_in(&app, "ada").await;
    let mut key = SecurityKey::new(7);
    add(&app, &access, &mut key).await;
    type Lie = fn(&mut SecurityKey);
    let lies: &[(&str, Lie)] = &[
        ("another origin", |key| {
            key.origin = "https://spindle.example.evil".into()
        }),
        ("another port", |key| {
            key.origin = "https://spindle.example:8443".into()
        }),
        ("another party", |key| key.party = "evil.example".into()),
        ("nobody present", |key| key.flags = 0b100),
        ("nobody verified", |key| key.flags = 0b001),
        ("backed up though it can't be", |key| key.flags = 0b1_0101),
        ("a counter that does not grow", |key| key.count = 0),
    ];
    for (rule, lie) in lies {
        let mut liar = SecurityKey::new(7);
        liar.count = 100;
        lie(&mut liar);
        let started = start(&app, None).await;
        let answer = finish(&app, &started, liar.sign(&started["options"])).await;
        assert_eq!(
            (answer.status, answer.kind()),
            (401, "passkey-invalid"),
            "{rule}"
        );
    }
    let started = start(&app, None).await;
    let answer = finish(
        &app,
        &started,
        key.answer(&started["options"], "webauthn.create"),
    )
    .await;
    assert_eq!(answer.status, 401, "another ceremony");
    let mut forged = SecurityKey::new(9);
    forged.id = key.id.clone();
    let started = start(&app, None).await;
    assert_eq!(
        finish(&app, &started, forged.sign(&started["options"]))
            .await
            .status,
        401,
        "another key"
    );
    let started = start(&app, None).await;
    let mut credential = key.sign(&started["options"]);
    credential["response"]["userHandle"] = json!("AAAA");
    assert_eq!(
        finish(&app, &started, credential).await.status,
        401,
        "another user"
    );
    assert!(
        db.count("select count(*) from platform.audit where action = 'passkey.copied'")
            .await
            == 1
    );
    let started = start(&app, None).await;
    assert_eq!(
        finish(&app, &started, key.sign(&started["options"]))
            .await
            .status,
        200,
        "and the truth is taken"
    );
}

#[tokio::test]
async fn somebody_elses_passkey_finishes_nobodys_login() {
    let db = Database::new("passkey_foreign").await;
    let app = Application::new(&db);
    let (ada, bob) = (signed_in(&app, "ada").await, signed_in(&app, "bob").await);
    let (mut hers, mut his) = (SecurityKey::new(7), SecurityKey::new(9));
    add(&app, &ada, &mut hers).await;
    add(&app, &bob, &mut his).await;
    let owed = try_login(&app, "ada", PASSWORD).await;
    let started = start(&app, Some(text(&owed.body, "mfa_token"))).await;
    assert_eq!(
        finish(&app, &started, his.sign(&started["options"]))
            .await
            .status,
        401
    );
    let known = add(&app, &ada, &mut his).await;
    assert_eq!(known.status, 409, "one credential, one account");
    let started = app
        .post_as(&ada, "/passkeys/register/start", json!({}))
        .await
        .body;
    let stolen = app
        .post_as(&bob, "/passkeys/register/finish", json!({"ceremony": started["ceremony"], "credential": SecurityKey::new(11).register(&started["options"])}))
        .await;
    assert_eq!(stolen.status, 422, "a challenge is its account's own");
    db.run("update identity.accounts set disabled_at = platform.now()")
        .await;
    let started = start(&app, None).await;
    assert_eq!(
        finish(&app, &started, hers.sign(&started["options"]))
            .await
            .status,
        401,
        "disabled"
    );
}

#[tokio::test]
async fn what_is_no_registration_is_refused_field_by_field() {
    let db = Database::new("passkey_input").await;
    let app = Application::new(&db);
    let access = signed_in(&app, "ada").await;
    let started = app
        .post_as(&access, "/passkeys/register/start", json!({}))
        .await
        .body;
    let good = SecurityKey::new(7).register(&started["options"]);
    for (change, field) in [
        (
            json!({"credential": {"response": {"clientDataJSON": "!", "attestationObject": ""}}}),
            "credential.response.clientDataJSON",
        ),
        (
            json!({"credential": {"response": {"clientDataJSON": ""}}}),
            "credential.response.attestationObject",
        ),
        (json!({"ceremony": "x"}), "ceremony"),
        (json!({"name": ""}), "name"),
        (json!({"name": " "}), "name"),
    ] {
        let mut body = json!({"ceremony": started["ceremony"], "credential": good});
        for (name, value) in change.as_object().unwrap() {
            body[name] = value.clone();
        }
        let answer = app
            .post_as(&access, "/passkeys/register/finish", body)
            .await;
        assert_eq!(
            (answer.status, answer.body["errors"][0]["field"].as_str()),
            (422, Some(field)),
            "{answer:?}"
        );
    }
    let body = json!({"ceremony": started["ceremony"], "credential": {"response": {"clientDataJSON": "e30", "attestationObject": "oA"}}});
    let answer = app
        .post_as(&access, "/passkeys/register/finish", body)
        .await;
    assert_eq!(
        (answer.status, text(&answer.body["errors"][0], "field")),
        (422, "credential")
    );
}

#[tokio::test]
async fn twenty_passkeys_are_enough_however_they_were_begun() {
    let db = Database::new("passkey_limit").await;
    let app = Application::new(&db);
    let access = signed_in(&app, "ada").await;
    for seed in 1..20 {
        assert_eq!(
            add(&app, &access, &mut SecurityKey::new(seed)).await.status,
            201
        );
    }
    // Both begin while there are nineteen.
    let mut begun = Vec::new();
    for _ in 0..2 {
        begun.push(
            app.post_as(&access, "/passkeys/register/start", json!({}))
                .await,
        );
    }
    for (started, (seed, status)) in begun.iter().zip([(20, 201), (21, 409)]) {
        let credential = SecurityKey::new(seed).register(&started.body["options"]);
        let body = json!({"ceremony": started.body["ceremony"], "credential": credential});
        let finished = app
            .post_as(&access, "/passkeys/register/finish", body)
            .await;
        assert_eq!(finished.status, status, "{finished:?}");
    }
    let third = app
        .post_as(&access, "/passkeys/register/start", json!({}))
        .await;
    assert_eq!(third.status, 409);
}

/// A passkey alone is a way to sign in like any other, and as a second factor it belongs to its login.
#[tokio::test]
async fn a_passkey_is_no_way_round_what_a_login_owes() {
    let db = Database::new("passkey_owes").await;
    let app = Application::new(&db);
    let access = signed_in(&app, "ada").await;
    let mut key = SecurityKey::new(7);
    add(&app, &access, &mut key).await;
    let strict = Application::with(&db, &[("email_verification", "required")]);
    let started = start(&strict, None).await;
    let unproved = finish(&strict, &started, key.sign(&started["options"])).await;
    assert_eq!(unproved.problem(), (403, "email-not-verified"));

    let begin = async |token: &str| {
        app.post("/passkeys/login/start", json!({"mfa_token": token}))
            .await
    };
    for nonsense in ["", "x", access.as_str()] {
        assert_eq!(begin(nonsense).await.problem(), (401, "login-expired"));
    }
    let owed = try_login(&app, "ada", PASSWORD).await;
    let owed = text(&owed.body, "mfa_token");
    let started = start(&app, Some(owed)).await;
    db.run("delete from identity.mfa_challenges").await;
    let late = finish(&app, &started, key.sign(&started["options"])).await;
    assert_eq!(late.problem(), (401, "login-expired"));

    for _ in 0..2 {
        let owed = try_login(&app, "ada", PASSWORD).await;
        for _ in 0..5 {
            let body =
                json!({"mfa_token": owed.body["mfa_token"], "method": "totp", "code": "000000"});
            let wrong = app.post("/login/mfa", body).await;
            assert_eq!(wrong.problem(), (401, "code-invalid"), "there is no app");
        }
    }
    let owed = try_login(&app, "ada", PASSWORD).await;
    let throttled = begin(text(&owed.body, "mfa_token")).await;
    assert_eq!(throttled.status, 429, "{throttled:?}");
}

/// Whoever changes the password holds the account and comes to what its logins owe: a login that goes on must not keep that and wait
/// for the account, or a thief with the old password could be in the way of the new one.
#[tokio::test]
async fn a_passkey_that_is_asked_for_waits_for_who_ends_the_login() {
    let db = Database::new("passkey_end").await;
    let app = Application::new(&db);
    let access = signed_in(&app, "ada").await;
    add(&app, &access, &mut SecurityKey::new(7)).await;
    let owed = try_login(&app, "ada", PASSWORD).await;
    let ending = db.connect().await;
    ending
        .batch_execute("begin; select 1 from identity.accounts for update")
        .await
        .unwrap();
    let body = json!({"mfa_token": owed.body["mfa_token"]});
    let asked = app.post("/passkeys/login/start", body);
    let end = async {
        let waits = "select count(*) from pg_stat_activity
            where datname = current_database() and wait_event_type = 'Lock'";
        while db.count(waits).await == 0 {
            tokio::task::yield_now().await;
        }
        ending
            .batch_execute("select identity.end_access(id, null) from identity.accounts; commit")
            .await
            .unwrap();
    };
    let (asked, ()) = join(asked, end).await;
    assert_eq!(asked.problem(), (401, "login-expired"));
}
