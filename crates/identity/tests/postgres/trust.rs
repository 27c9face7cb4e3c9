//! What others trust: signing keys and the snapshot.

use contracts::identity::tokens::{RevocationKind, TrustSnapshot};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::database::Database;
use crate::functions::{account, at_once, session};

#[tokio::test]
async fn the_trust_snapshot_is_what_the_contract_reads() {
    let db = Database::new("trust_snapshot").await;
    let ada = account(&db, "ada").await;
    let session = session(&db, ada, b"a").await;
    db.json(
        "select identity.add_signing_key('{}', 'EdDSA', 'k1', 'x1', 'sealed')::text",
        &[],
    )
    .await;
    db.json(
        "select identity.end_session('{}', $1, $2)::text",
        &[&ada, &session],
    )
    .await;
    db.run(
        "insert into identity.revocations (kind, id, revoked_at) values
            ('subject', 'a1', platform.now()), ('token', 't1', platform.now()),
            ('token', 'old', platform.now() - interval '7 minutes')",
    )
    .await;
    let text = db
        .json(
            "select identity.trust_snapshot('https://spindle.example/oauth2')::text",
            &[],
        )
        .await;
    let snapshot: TrustSnapshot = serde_json::from_value(text).expect("kit reads it so");
    assert_eq!(
        (snapshot.issuer.as_str(), snapshot.audience.as_str()),
        ("https://spindle.example/oauth2", "spindle")
    );
    assert_eq!(
        snapshot
            .keys
            .iter()
            .map(|key| (key.kid.as_str(), key.x.as_str()))
            .collect::<Vec<_>>(),
        [("k1", "x1")]
    );
    let revoked: Vec<(RevocationKind, &str)> = snapshot
        .revocations
        .iter()
        .map(|revocation| (revocation.kind, revocation.id.as_str()))
        .collect();
    let session = session.to_string();
    assert_eq!(
        revoked,
        [
            (RevocationKind::Session, session.as_str()),
            (RevocationKind::Subject, "a1"),
            (RevocationKind::Token, "t1")
        ]
    );
}

#[tokio::test]
async fn twenty_first_signing_keys_are_one() {
    let db = Database::new("first_key").await;
    let answers = at_once(20, |n| {
        let db = db.clone();
        let add = "select identity.add_signing_key('{}', 'EdDSA', $1, 'x', 'sealed')::text";
        tokio::spawn(async move { db.json(add, &[&format!("k{n}")]).await })
    })
    .await;
    for answer in &answers {
        assert_eq!(answer, &answers[0]);
    }
    assert_eq!(
        db.count("select count(*) from identity.signing_keys").await,
        1
    );
    let set = db.json("select identity.public_keys()::text", &[]).await;
    assert_eq!(set["keys"][0]["kid"], answers[0]["kid"]);
    assert!(!set.to_string().contains("sealed"));
}

#[tokio::test]
async fn a_token_says_its_own_second_and_the_revocation_that_it_follows() {
    let db = Database::new("generation").await;
    let ada = account(&db, "ada").await;
    let session = session(&db, ada, b"a").await;
    let sql = "select identity.session_grant($1, timestamptz '2030-01-01 00:00:00.9Z', gen_random_uuid())::text";
    let second = json!(1_893_456_000);
    let before = db.json(sql, &[&session]).await;
    assert_eq!(
        (&before["iat"], &before["generation"]),
        (&second, &json!(0))
    );
    db.run(&format!(
        "insert into identity.revocations (kind, id, revoked_at) values
            ('subject', '{ada}', timestamptz '2030-01-01 00:00:00.95Z')"
    ))
    .await;
    // An answer that is repeated after a revocation says what is so by now.
    let after = db.json(sql, &[&session]).await;
    assert_eq!(
        (&after["iat"], &after["generation"]),
        (&second, &json!(1_893_456_000_950_000_i64))
    );
}

async fn is_live(db: &Database, credential: &Value) -> bool {
    let sql = "select identity.credential_is_live($1)::text";
    db.json(sql, &[credential]).await == json!(true)
}

#[tokio::test]
async fn a_credential_stands_as_long_as_all_that_it_stands_on() {
    let db = Database::new("credential_is_live").await;
    let (ada, bob) = (account(&db, "ada").await, account(&db, "bob").await);
    let session = session(&db, ada, b"a").await;
    let (key, grant) = (Uuid::now_v7(), Uuid::now_v7());
    db.run(&format!(
        "insert into identity.api_keys (id, account_id, name, prefix, hash, scopes, created_at)
         values ('{key}', '{ada}', 'k', 'spk_', '\\x01', '{{*}}', platform.now());
         insert into identity.oauth_clients (
             id, name, auth_method, application_type, redirect_uris, post_logout_redirect_uris, grant_types, scopes, resources,
             id_token_algorithm, require_pkce, require_par, dpop_bound, created_at, updated_at)
         values ('oc_0123456789', 'App', 'none', 'web', '{{}}', '{{}}', '{{}}', '{{trading.trade}}', '{{}}', 'EdDSA', true,
                 false, false, platform.now(), platform.now());
         insert into identity.oauth_grants (
             id, client_id, account_id, session_id, scopes, resources, claims, auth_time, amr, acr, created_at, last_used_at,
             expires_at)
         values ('{grant}', 'oc_0123456789', '{ada}', '{session}', '{{trading.trade}}', '{{}}', '{{}}', platform.now(),
                 '{{pwd}}', '1', platform.now(), platform.now(), 'infinity');
         -- The tokens know of this one.
         insert into identity.revocations (kind, id, revoked_at) values ('subject', '{ada}', to_timestamp(0.001))"
    ))
    .await;
    let token = |account: Uuid, session: Uuid| json!({"kind": "User", "subject": account, "session": session, "jti": "t1", "generation": 1_000});
    let user = token(ada, session);
    let api_key =
        json!({"kind": "ApiKey", "subject": ada, "session": null, "jti": key, "generation": 1_000});
    let granted = token(ada, grant);
    let client = json!({"kind": "Client", "subject": "oc_0123456789", "session": null, "jti": "t1", "generation": 1_000});
    let all = [&user, &granted, &api_key, &client];
    assert!(
        !is_live(&db, &token(bob, session)).await,
        "another's session"
    );
    assert!(!is_live(&db, &token(bob, grant)).await, "another's grant");
    assert!(!is_live(&db, &token(ada, key)).await, "no such session");

    // What is done; what then stands of a session, a grant, an API key and a client; how it is undone.
    let steps = [
        (
            "update identity.sessions set ended_at = platform.now()",
            [false, false, true, true],
            "update identity.sessions set ended_at = null",
        ),
        (
            "update identity.sessions set expires_at = platform.now()",
            [false, false, true, true],
            "update identity.sessions set expires_at = 'infinity'",
        ),
        (
            "update identity.oauth_grants set ended_at = platform.now()",
            [true, false, true, true],
            "update identity.oauth_grants set ended_at = null",
        ),
        (
            "insert into identity.revocations (kind, id, revoked_at) values ('token', 't1', platform.now())",
            [false, false, true, false],
            "delete from identity.revocations where kind = 'token'",
        ),
        (
            "update identity.revocations set revoked_at = platform.now() where kind = 'subject'",
            [false, false, true, true],
            "update identity.revocations set revoked_at = to_timestamp(0.001) where kind = 'subject'",
        ),
        (
            "update identity.api_keys set revoked_at = platform.now()",
            [true, true, false, true],
            "update identity.api_keys set revoked_at = null",
        ),
        (
            "update identity.api_keys set expires_at = platform.now()",
            [true, true, false, true],
            "update identity.api_keys set expires_at = null",
        ),
        (
            "update identity.oauth_clients set disabled_at = platform.now()",
            [true, true, true, false],
            "update identity.oauth_clients set disabled_at = null",
        ),
        (
            "update identity.accounts set disabled_at = platform.now()",
            [false, false, false, true],
            "update identity.accounts set disabled_at = null",
        ),
    ];
    for (done, live, undone) in steps {
        for (credential, live) in all.iter().zip(live) {
            assert!(
                is_live(&db, credential).await,
                "before {done}: {credential}"
            );
            db.run(done).await;
            assert_eq!(is_live(&db, credential).await, live, "{done}: {credential}");
            db.run(undone).await;
        }
    }
    for credential in all {
        assert!(is_live(&db, credential).await, "{credential}");
    }
}

#[tokio::test]
async fn a_context_without_a_credential_moves_nothing() {
    let db = Database::new("require_live").await;
    let ada = account(&db, "ada").await;
    let session = session(&db, ada, b"a").await;
    let mut credential = json!({
        "kind": "User", "subject": ada, "session": session, "jti": "t1", "generation": 0,
    });
    assert!(is_live(&db, &credential).await);
    // As a version before said it.
    credential["generation"] = Value::Null;
    let outdated = json!({"credential": credential}).to_string();
    for context in [
        "{}",
        r#"{"credential": null}"#,
        r#"{"actor": "ada"}"#,
        outdated.as_str(),
    ] {
        let sql = "do $$ begin perform identity.require_live('CONTEXT'); raise 'passed'; exception when sqlstate 'SP401' then null; end $$";
        db.run(&sql.replace("CONTEXT", context)).await;
    }
}
