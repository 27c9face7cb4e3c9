//! Proving a mailbox, and what somebody else can make of an address that nobody has proved.

use futures::future::join_all;
use serde_json::{Value, json};

use crate::application::{Answer, Application};
use crate::database::Database;
use crate::functions::at_once;
use crate::mailbox::{a_minute_passes, last_code, last_mail, wrong};
use crate::steps::{
    PASSWORD, a_second_later, code_for_new_address, login, refresh, register, signed_in, text,
    try_login, verify,
};

const ADA: &str = "ada@example.com";

#[tokio::test]
async fn where_addresses_must_be_proved_nobody_signs_in_before() {
    let db = Database::new("verification_required").await;
    let app = Application::with(&db, &[("email_verification", "required")]);
    assert_eq!(register(&app, "ada").await.status, 201);
    let early = try_login(&app, "ada", PASSWORD).await;
    assert_eq!((early.status, early.kind()), (403, "email-not-verified"));
    let guess = try_login(&app, "ada", "a wrong password").await;
    assert_eq!(
        (guess.status, guess.kind()),
        (401, "invalid-credential"),
        "only with the right one"
    );

    let code = last_code(&db, ADA).await;
    let refused = verify(&app, ADA, wrong(&code)).await;
    assert_eq!((refused.status, refused.kind()), (401, "code-invalid"));
    let verified = verify(&app, " Ada@Example.com ", &code).await;
    assert_eq!(verified.status, 200, "{verified:?}");
    let me = app
        .call(
            "GET",
            "/me",
            Some(text(&verified.body, "access_token")),
            None,
        )
        .await;
    assert_eq!(me.body["email_verified"], json!(true));
    assert_eq!(
        verified.body.get("password_required"),
        None,
        "it is the registration's own code"
    );
    login(&app, "ada").await;

    let again = verify(&app, ADA, &code).await;
    assert_eq!(again.status, 401, "good once");
    let unknown = verify(&app, "nobody@example.com", &code).await;
    let same = |answer: &Answer| {
        let mut body = answer.body.clone();
        body.as_object_mut().unwrap().remove("request_id");
        (answer.status, body)
    };
    assert_eq!(same(&unknown), same(&again));
    assert_eq!(same(&refused), same(&again));
}

/// ASVS 6.6.3, shesha#4772, Clinical-Insight#2351: guesses are counted, and asking for another code gives none back.
/// facts/identity.md 5.4.
#[tokio::test]
async fn a_code_may_be_guessed_five_times_an_hour_whatever_is_sent() {
    let db = Database::new("otp_attempts").await;
    let app = Application::new(&db);
    register(&app, "ada").await;
    let code = last_code(&db, ADA).await;
    for _ in 0..5 {
        assert_eq!(verify(&app, ADA, wrong(&code)).await.status, 401);
    }
    assert_eq!(
        verify(&app, ADA, &code).await.status,
        401,
        "the sixth is not looked at"
    );

    a_minute_passes(&db).await;
    app.post("/otp/resend", json!({"email": ADA})).await;
    assert_eq!(app.work(&db).await, 1);
    let next = last_code(&db, ADA).await;
    assert_eq!(
        verify(&app, ADA, &next).await.status,
        401,
        "a resend gives no attempt back"
    );

    db.run("update identity.email_codes set attempts_since = attempts_since - interval '1 hour'")
        .await;
    assert_eq!(verify(&app, ADA, &next).await.status, 200, "an hour later");
}

#[tokio::test]
async fn of_fifty_guesses_at_once_five_are_looked_at() {
    let db = Database::new("otp_race").await;
    let app = Application::new(&db);
    register(&app, "ada").await;
    let guess = "select identity.verify_email('{}', 'ada@example.com', $1, '', gen_random_uuid(), $1, gen_random_uuid(), $1)::text";
    let answers = at_once(50, |n| {
        let db = db.clone();
        tokio::spawn(async move { db.json(guess, &[&vec![u8::try_from(n).unwrap(); 32]]).await })
    })
    .await;
    assert!(answers.iter().all(|answer| answer["outcome"] == "refused"));
    assert_eq!(
        db.count("select attempts::int8 from identity.email_codes")
            .await,
        5
    );
}

#[tokio::test]
async fn a_right_code_ten_times_at_once_signs_in_once() {
    let db = Database::new("otp_once").await;
    let app = std::sync::Arc::new(Application::new(&db));
    register(&app, "ada").await;
    let code = last_code(&db, ADA).await;
    let mut running = Vec::new();
    for _ in 0..10 {
        let (app, code) = (app.clone(), code.clone());
        running.push(tokio::spawn(async move {
            verify(&app, ADA, &code).await.status
        }));
    }
    let mut statuses = Vec::new();
    for one in running {
        statuses.push(one.await.unwrap());
    }
    statuses.sort_unstable();
    assert_eq!(statuses[..2], [200, 401]);
    assert_eq!(statuses[9], 401);
}

#[tokio::test]
async fn a_code_lives_ten_minutes_and_is_nowhere_in_the_clear() {
    let db = Database::new("otp_expiry").await;
    let app = Application::new(&db);
    register(&app, "ada").await;
    let code = last_code(&db, ADA).await;
    let stored =
        format!("select count(*) from identity.email_codes c where c::text like '%{code}%'");
    assert_eq!(db.count(&stored).await, 0);
    db.run("update identity.email_codes set expires_at = expires_at - interval '10 minutes'")
        .await;
    assert_eq!(verify(&app, ADA, &code).await.status, 401);
}

#[tokio::test]
async fn a_mailbox_is_sent_one_code_a_minute_and_five_an_hour() {
    let db = Database::new("otp_mails").await;
    let app = Application::new(&db);
    register(&app, "ada").await;
    let mails = "select count(*) from platform.tasks where kind = 'send_mail'";
    for round in 0..8 {
        let asked = app.post("/otp/resend", json!({"email": ADA})).await;
        assert_eq!((asked.status, &asked.body), (202, &Value::Null));
        // The task's key holds the second: the next one is another.
        db.run("update platform.tasks set idempotency_key = id::text")
            .await;
        app.work(&db).await;
        if round == 0 {
            assert_eq!(db.count(mails).await, 1, "within the minute");
        }
        a_minute_passes(&db).await;
    }
    assert_eq!(db.count(mails).await, 5);
    let nobody = app
        .post("/otp/resend", json!({"email": "nobody@example.com"}))
        .await;
    assert_eq!((nobody.status, &nobody.body), (202, &Value::Null));
    let nonsense = app
        .post("/otp/resend", json!({"email": "no address"}))
        .await;
    assert_eq!(nonsense.status, 202);
    app.work(&db).await;
    assert_eq!(db.count(mails).await, 5);
}

/// Somebody registers with the victim's address and sets up all there is; a session, an API key, a refresh token.
async fn attacker(app: &Application) -> (String, String, String) {
    let tokens = {
        let registered = app
            .post_from(
                "198.51.100.66",
                "/register",
                json!({"email": ADA, "username": "eve", "password": "eve's own password"}),
            )
            .await;
        assert_eq!(registered.status, 201);
        let answer = app
            .post_from(
                "198.51.100.66",
                "/login",
                json!({"login": ADA, "password": "eve's own password"}),
            )
            .await;
        assert_eq!(answer.status, 200, "{answer:?}");
        answer.body
    };
    let access = text(&tokens, "access_token").to_owned();
    let key = app
        .post_as(
            &access,
            "/api-keys",
            json!({"name": "back door", "scopes": ["account.manage"]}),
        )
        .await;
    assert_eq!(key.status, 201, "{key:?}");
    (
        access,
        text(&tokens, "refresh_token").to_owned(),
        text(&key.body, "key").to_owned(),
    )
}

async fn nothing_of_the_attacker_lives(
    db: &Database,
    (access, refresh_token, key): &(String, String, String),
) {
    let app = a_second_later(db);
    for credential in [access, key] {
        assert_eq!(
            app.call("GET", "/me", Some(credential), None).await.status,
            401
        );
    }
    assert_eq!(refresh(&app, refresh_token).await.status, 401);
    assert_eq!(try_login(&app, ADA, "eve's own password").await.status, 401);
    let known = "select count(*) from identity.known_networks where network = '198.51.100.66'";
    assert_eq!(db.count(known).await, 0, "a stranger's network again");
}

/// Pre-hijacking (facts/identity.md 5.12).
#[tokio::test]
async fn who_registers_with_anothers_address_loses_all_when_the_owner_registers_and_proves_it() {
    let db = Database::new("prehijack_register").await;
    let app = Application::new(&db);
    let eve = attacker(&app).await;
    db.run("update identity.email_codes set expires_at = expires_at - interval '10 minutes'")
        .await;
    a_minute_passes(&db).await;

    let ada = register(&app, "ada").await;
    assert_eq!(ada.status, 201);
    let verified = verify(&app, ADA, &last_code(&db, ADA).await).await;
    assert_eq!(verified.status, 200, "{verified:?}");
    let me = app
        .call(
            "GET",
            "/me",
            Some(text(&verified.body, "access_token")),
            None,
        )
        .await;
    assert_eq!(
        me.body["username"], "ada",
        "her own name, not the attacker's"
    );
    nothing_of_the_attacker_lives(&db, &eve).await;
    login(&app, "ada").await;
}

#[tokio::test]
async fn a_name_that_somebody_takes_in_between_is_theirs_and_the_proof_counts_all_the_same() {
    let db = Database::new("rename_in_between").await;
    let app = Application::new(&db);
    signed_in(&app, "bob").await;
    let eve = attacker(&app).await;
    db.run("update identity.email_codes set expires_at = expires_at - interval '10 minutes'")
        .await;
    a_minute_passes(&db).await;
    assert_eq!(register(&app, "ada").await.status, 201);
    let code = last_code(&db, ADA).await;

    let mut connection = db.connect().await;
    let renaming = connection.transaction().await.unwrap();
    renaming
        .batch_execute("update identity.accounts set username = 'ada', username_key = 'ada' where username = 'bob'")
        .await
        .unwrap();
    let proof = tokio::spawn(async move { verify(&app, ADA, &code).await });
    let waits = "select count(*) from pg_stat_activity
        where datname = current_database() and wait_event_type = 'Lock'";
    while db.count(waits).await == 0 {
        tokio::task::yield_now().await;
    }
    renaming.commit().await.unwrap();
    let verified = proof.await.unwrap();
    assert_eq!(verified.status, 200, "{verified:?}");
    let app = a_second_later(&db);
    let access = text(&verified.body, "access_token");
    let me = app.call("GET", "/me", Some(access), None).await;
    assert_eq!(me.body["username"], "eve", "another's name she cannot have");
    nothing_of_the_attacker_lives(&db, &eve).await;
}

#[tokio::test]
async fn while_two_claim_a_mailbox_a_code_confirms_nobodys_password() {
    let db = Database::new("prehijack_contested").await;
    let app = Application::new(&db);
    let eve = attacker(&app).await;
    // The owner registers while the attacker's code is still in the mailbox: which of the two she enters nobody can tell.
    assert_eq!(register(&app, "ada").await.status, 201);
    let verified = verify(&app, ADA, &last_code(&db, ADA).await).await;
    assert_eq!(verified.status, 200, "{verified:?}");
    assert_eq!(verified.body["password_required"], json!(true));
    nothing_of_the_attacker_lives(&db, &eve).await;
    assert_eq!(try_login(&app, ADA, PASSWORD).await.status, 401, "nor hers");
    let access = text(&verified.body, "access_token");
    let chosen = app
        .post_as(
            access,
            "/password/change",
            json!({"new_password": PASSWORD}),
        )
        .await;
    assert_eq!(chosen.status, 204, "{chosen:?}");
    assert_eq!(try_login(&app, ADA, PASSWORD).await.status, 200);
}

#[tokio::test]
async fn a_code_that_was_asked_for_from_elsewhere_confirms_nobodys_password() {
    let db = Database::new("prehijack_resend").await;
    let app = Application::new(&db);
    let eve = attacker(&app).await;
    a_minute_passes(&db).await;
    app.post_from("192.0.2.1", "/otp/resend", json!({"email": ADA}))
        .await;
    app.work(&db).await;
    // The attacker asks again, to have the password confirmed after all; the task's key holds the second.
    a_minute_passes(&db).await;
    db.run("update platform.tasks set idempotency_key = id::text")
        .await;
    app.post_from("198.51.100.66", "/otp/resend", json!({"email": ADA}))
        .await;
    app.work(&db).await;
    let verified = verify(&app, ADA, &last_code(&db, ADA).await).await;
    assert_eq!(
        verified.body["password_required"],
        json!(true),
        "{verified:?}"
    );
    nothing_of_the_attacker_lives(&db, &eve).await;
}

#[tokio::test]
async fn a_code_that_was_asked_for_again_from_the_same_place_is_the_registrations_own() {
    let db = Database::new("resend_own").await;
    let app = Application::new(&db);
    let access = signed_in(&app, "ada").await;
    a_minute_passes(&db).await;
    app.post("/otp/resend", json!({"email": ADA})).await;
    app.work(&db).await;
    let verified = verify(&app, ADA, &last_code(&db, ADA).await).await;
    assert_eq!(verified.status, 200);
    assert_eq!(verified.body.get("password_required"), None);
    let later = a_second_later(&db);
    assert_eq!(
        later.call("GET", "/me", Some(&access), None).await.status,
        200,
        "the session lives on"
    );
    assert_eq!(
        last_mail(&db, ADA, "registration_attempt").await,
        Value::Null
    );
}

#[tokio::test]
async fn a_new_address_that_is_proved_ten_times_at_once_is_one_change_and_one_session() {
    let db = Database::new("new_address_race").await;
    let app = Application::new(&db);
    let access = signed_in(&app, "ada").await;
    let new = "countess@example.com";
    let code = code_for_new_address(&app, &db, &access, new).await;
    let proof = json!({"email": new, "code": code});
    let answers =
        join_all((0..10).map(|_| app.post_as(&access, "/otp/verify", proof.clone()))).await;
    let count = |status: u16| {
        answers
            .iter()
            .filter(|answer| answer.status == status)
            .count()
    };
    assert_eq!((count(200), count(401)), (1, 9), "{answers:?}");
    let live = "select count(*) from identity.sessions where ended_at is null";
    assert_eq!(db.count(live).await, 1);
    let changed = "select count(*) from platform.audit where action = 'email.changed'";
    assert_eq!(db.count(changed).await, 1);
}
