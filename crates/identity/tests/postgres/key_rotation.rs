//! Signing keys that follow one another, and secrets that a new master key wraps.

use std::collections::BTreeSet;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Value, json};

use crate::application::Application;
use crate::authenticator::code_at;
use crate::database::Database;
use crate::steps::{PASSWORD, a_second_later, login, register, signed_in, text, try_login};

const OLD: &str = "1:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
const NEW: &str = "2:ICEiIyQlJicoKSorLC0uLzAxMjM0NTY3ODk6Ozw9Pj8=";

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
    let old_ones = "select (select count(*) from identity.signing_keys where sealed like 'v1.1.%')
                         + (select count(*) from identity.totp_factors where sealed like 'v1.1.%')";
    assert!(
        db.count(old_ones).await >= 2,
        "reads go on, and nothing is wrapped anew by reading"
    );
    for _ in 0..2 {
        db.run("select platform.enqueue('{}', 'rewrap_secrets', gen_random_uuid()::text, '{}')")
            .await;
        assert_eq!(both.work(&db).await, 1);
        assert_eq!(db.count(old_ones).await, 0);
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
