//! Signing keys that follow one another, and secrets that a new master key wraps.

use std::collections::BTreeSet;
use std::sync::Arc;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Value, json};
use signer::TotpSeed;
use uuid::Uuid;

use crate::application::{Answer, Application};
use crate::authenticator::code_at;
use crate::database::Database;
use crate::functions::account;
use crate::second_factor::set_up;
use crate::steps::{
    PASSWORD, a_second_later, login, refresh, register, signed_in, text, try_login,
};

const OLD: &str = "1:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
const NEW: &str = "2:ICEiIyQlJicoKSorLC0uLzAxMjM0NTY3ODk6Ozw9Pj8=";
const OLD_ONES: &str =
    "select (select count(*) from identity.signing_keys where sealed like 'v1.1.%')
    + (select count(*) from identity.totp_factors where sealed like 'v1.1.%')";

async fn published(app: &Application) -> BTreeSet<String> {
    let set = app.call("GET", "/oauth2/jwks", None, None).await;
    let keys = set.body["keys"].as_array().unwrap();
    keys.iter()
        .filter(|key| key["alg"] == "EdDSA")
        .map(|key| text(key, "kid").to_owned())
        .collect()
}

fn kid(token: &str) -> String {
    let header = URL_SAFE_NO_PAD
        .decode(token.split('.').next().unwrap())
        .unwrap();
    text(&serde_json::from_slice::<Value>(&header).unwrap(), "kid").to_owned()
}

async fn rotate(db: &Database, app: &Application, payload: &str) {
    db.run(&format!(
        "select platform.enqueue('{{}}', 'rotate_signing_keys', gen_random_uuid()::text, '{payload}')"
    ))
    .await;
    assert!(app.work(db).await >= 1);
}

/// facts/identity.md 5.14: published before it signs, served until the last token of it has expired.
#[tokio::test]
async fn a_key_is_published_before_it_signs_and_served_after() {
    let db = Database::new("rotation").await;
    let app = Application::new(&db);
    let first = signed_in(&app, "ada").await;
    let old = kid(&first);
    assert_eq!(published(&app).await.len(), 1);
    rotate(&db, &app, r#"{"now": false}"#).await;
    assert_eq!(
        published(&app).await.len(),
        1,
        "young: the schedule lets it be"
    );

    rotate(&db, &app, r#"{"now": true}"#).await;
    let both = published(&app).await;
    assert_eq!(both.len(), 2);
    let new = both.iter().find(|kid| **kid != old).unwrap().clone();
    assert_eq!(
        kid(text(
            &login(&a_second_later(&db), "ada").await,
            "access_token"
        )),
        old,
        "not yet"
    );
    rotate(&db, &app, r#"{"now": true}"#).await;
    assert_eq!(
        published(&app).await,
        both,
        "asked again while the next one waits"
    );
    let lead = "select extract(epoch from max(signs_from) - platform.now())::int8 from identity.signing_keys where algorithm = 'EdDSA'";
    assert!(
        db.count(lead).await > 2 * 300,
        "longer than anybody may keep the key set"
    );

    db.run(
        "update identity.signing_keys set trusted_until = trusted_until - interval '15 minutes' where trusted_until is not null;
         update identity.signing_keys set signs_from = platform.now() where trusted_until is null",
    )
    .await;
    let later = a_second_later(&db);
    let second = text(&login(&later, "ada").await, "access_token").to_owned();
    assert_eq!(kid(&second), new);
    for token in [&first, &second] {
        assert_eq!(
            later.call("GET", "/me", Some(token), None).await.status,
            200,
            "both verify"
        );
    }
    let overlap = "select extract(epoch from trusted_until - platform.now())::int8 from identity.signing_keys where trusted_until is not null and algorithm = 'EdDSA'";
    assert!(
        db.count(overlap).await > 300 + 30 + 60,
        "longer than a token lives"
    );

    db.run("update identity.signing_keys set trusted_until = platform.now() where trusted_until is not null").await;
    let last = a_second_later(&db);
    assert_eq!(published(&last).await, BTreeSet::from([new]));
    assert_eq!(
        last.call("GET", "/me", Some(&first), None).await.status,
        401
    );
    assert_eq!(
        last.call("GET", "/me", Some(&second), None).await.status,
        200
    );

    db.run("update identity.signing_keys set signs_from = platform.now() - interval '28 days'")
        .await;
    rotate(&db, &last, r#"{"now": false}"#).await;
    assert_eq!(published(&last).await.len(), 2, "four weeks old");
}

#[tokio::test]
async fn after_the_rewrapping_the_old_master_key_can_go() {
    let db = Database::new("rewrap").await;
    let app = Application::with(&db, &[("identity_master_keys", OLD)]);
    let access = signed_in(&app, "ada").await;
    let offered = app.post_as(&access, "/mfa/totp", json!({})).await;
    let secret = text(&offered.body, "secret").to_owned();
    // A code is good for half a minute: it is that of the moment in which it is sent.
    let code = || code_at(&secret, kit::clock::now_s());
    let confirmed = app
        .post_as(&access, "/mfa/totp/confirm", json!({"code": code()}))
        .await;
    assert_eq!(confirmed.status, 200);

    let both = Application::with(&db, &[("identity_master_keys", &format!("{NEW},{OLD}"))]);
    register(&both, "bob").await;
    login(&both, "bob").await;
    assert!(
        db.count(OLD_ONES).await >= 2,
        "reads go on, and nothing is wrapped anew by reading"
    );
    for _ in 0..2 {
        db.run("select platform.enqueue('{}', 'rewrap_secrets', gen_random_uuid()::text, '{}')")
            .await;
        assert_eq!(both.work(&db).await, 1);
        assert_eq!(db.count(OLD_ONES).await, 0);
    }

    let new = Application::with(&db, &[("identity_master_keys", NEW)]);
    db.run("update identity.totp_factors set last_step = 0")
        .await;
    login(&new, "bob").await;
    let owed = try_login(&new, "ada", PASSWORD).await;
    let signed = new
        .post(
            "/login/mfa",
            json!({"mfa_token": owed.body["mfa_token"], "method": "totp", "code": code()}),
        )
        .await;
    assert_eq!(signed.status, 200, "{signed:?}");
}

/// Accounts with a seed each, under the old master key, in the order in which they are wrapped anew.
async fn seeds(db: &Database, count: usize) -> Vec<Uuid> {
    let keyring = signer::native_keyring(OLD).unwrap();
    let mut accounts = Vec::new();
    for n in 0..count {
        let owner = account(db, &format!("seed{n}")).await;
        let id = Uuid::now_v7();
        let sealed = TotpSeed::generate()
            .unwrap()
            .seal(&*keyring, &owner.to_string(), &id.to_string())
            .unwrap();
        db.run(&format!(
            "insert into identity.totp_factors (account_id, id, sealed, created_at, confirmed_at)
             values ('{owner}', '{id}', '{sealed}', platform.now(), platform.now())"
        ))
        .await;
        accounts.push(owner);
    }
    accounts
}

/// One attempt of the task, as the worker brings it.
async fn attempt(app: &Application) -> Answer {
    let task = json!({
        "task_id": Uuid::now_v7(), "kind": "rewrap_secrets", "attempt": 1, "payload": {},
        "idempotency_key": "daily", "request_id": null, "traceparent": null,
    });
    app.internal("/tasks/rewrap_secrets", None, task).await
}

/// Signs in with the app's code of a step that was not used yet.
async fn sign_in(db: &Database, app: &Application, name: &str, secret: &str) {
    db.run(&format!(
        "update identity.totp_factors t set last_step = 0
         from identity.accounts a where a.id = t.account_id and a.username_key = '{name}'"
    ))
    .await;
    let owed = try_login(app, name, PASSWORD).await;
    let code = code_at(secret, kit::clock::now_s());
    let body = json!({"mfa_token": owed.body["mfa_token"], "method": "totp", "code": code});
    let signed = app.post("/login/mfa", body).await;
    assert_eq!(signed.status, 200, "{name}: {signed:?}");
}

#[tokio::test]
async fn a_rewrapping_that_is_cut_off_in_the_middle_goes_on_with_the_rest_while_people_sign_in() {
    let db = Database::new("rewrap_cut").await;
    let old = Application::with(&db, &[("identity_master_keys", OLD)]);
    let of_ada = set_up(&old, &signed_in(&old, "ada").await).await.0;
    // More than one page.
    let between = seeds(&db, 120).await;
    let of_bob = set_up(&old, &signed_in(&old, "bob").await).await.0;
    let under_the_old_key = async |name: &str| {
        db.count(&format!(
            "select count(*) from identity.totp_factors t join identity.accounts a on a.id = t.account_id
             where a.username_key = '{name}' and t.sealed like 'v1.1.%'"
        ))
        .await
            == 1
    };

    let both = Arc::new(Application::with(
        &db,
        &[("identity_master_keys", &format!("{NEW},{OLD}"))],
    ));
    // Somebody holds a row of the second page, and there the attempt is cut off, as by a host that ends.
    let holder = db.connect().await;
    holder
        .batch_execute(&format!(
            "begin; select 1 from identity.totp_factors where account_id = '{}' for update",
            between[110]
        ))
        .await
        .unwrap();
    let app = Arc::clone(&both);
    let running = tokio::spawn(async move { attempt(&app).await });
    let waits = "select count(*) from pg_stat_activity
        where datname = current_database() and wait_event_type = 'Lock'";
    while db.count(waits).await == 0 {
        tokio::task::yield_now().await;
    }
    for (name, secret, is_old) in [("ada", &of_ada, false), ("bob", &of_bob, true)] {
        assert_eq!(under_the_old_key(name).await, is_old, "{name}");
        sign_in(&db, &both, name, secret).await;
    }
    running.abort();
    assert!(running.await.unwrap_err().is_cancelled());
    db.count(
        "select count(pg_cancel_backend(pid)) from pg_stat_activity
         where datname = current_database() and wait_event_type = 'Lock'",
    )
    .await;
    while db.count(waits).await != 0 {
        tokio::task::yield_now().await;
    }
    holder.batch_execute("rollback").await.unwrap();
    assert_eq!(db.count(OLD_ONES).await, 11, "what is done stays done");

    let rest = attempt(&both).await;
    assert_eq!(
        (rest.status, &rest.body["rewrapped"]),
        (200, &json!(11)),
        "{rest:?}"
    );
    assert_eq!(db.count(OLD_ONES).await, 0);
    let again = attempt(&both).await;
    assert_eq!(again.body["rewrapped"], 0, "{again:?}");
    let new = Application::with(&db, &[("identity_master_keys", NEW)]);
    for (name, secret) in [("ada", &of_ada), ("bob", &of_bob)] {
        sign_in(&db, &new, name, secret).await;
    }
}

#[tokio::test]
async fn a_secret_that_does_not_open_holds_up_no_other_and_is_named() {
    let db = Database::new("rewrap_damaged").await;
    let old = Application::with(&db, &[("identity_master_keys", OLD)]);
    signed_in(&old, "ada").await;
    let owners = seeds(&db, 3).await;
    // It opens for its own row alone.
    db.run(&format!(
        "create table identity.kept as select account_id, sealed from identity.totp_factors;
         update identity.totp_factors set sealed = (select sealed from identity.kept where account_id = '{}')
         where account_id = '{}'",
        owners[1], owners[0]
    ))
    .await;
    let both = Application::with(&db, &[("identity_master_keys", &format!("{NEW},{OLD}"))]);
    let failed = attempt(&both).await;
    assert_eq!(failed.problem(), (500, "internal"), "{failed:?}");
    let told = text(&failed.body, "detail");
    assert!(
        told.contains(&owners[0].to_string()) && !told.contains(&owners[1].to_string()),
        "the operator learns which: {told}"
    );
    assert_eq!(db.count(OLD_ONES).await, 1, "all others are done");

    db.run(
        "update identity.totp_factors t set sealed = k.sealed from identity.kept k
         where k.account_id = t.account_id and t.sealed like 'v1.1.%'",
    )
    .await;
    assert_eq!(attempt(&both).await.body["rewrapped"], 1);
    assert_eq!(db.count(OLD_ONES).await, 0);
}

/// The successor of a refresh token is derived by the lowest master key: without it the first answer can't be given again.
#[tokio::test]
async fn a_refresh_token_used_under_another_master_key_is_refused_and_its_successor_lives() {
    let db = Database::new("successor_key").await;
    let old = Application::with(&db, &[("identity_master_keys", OLD)]);
    register(&old, "ada").await;
    let first = login(&old, "ada").await;
    let first = text(&first, "refresh_token");
    let second = refresh(&old, first).await.expect(200);
    let new = Application::with(&db, &[("identity_master_keys", NEW)]);
    let again = refresh(&new, first).await;
    assert_eq!(again.problem(), (401, "refresh-token-invalid"));
    let third = refresh(&old, text(&second.body, "refresh_token")).await;
    assert_eq!(third.status, 200, "nobody is taken for a thief: {third:?}");
}
