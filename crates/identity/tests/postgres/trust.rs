//! What others trust: signing keys and the snapshot.

use contracts::identity::tokens::{RevocationKind, TrustSnapshot};

use crate::database::Database;
use crate::functions::{account, at_once, session};

#[tokio::test]
async fn the_trust_snapshot_is_what_the_contract_reads() {
    let db = Database::new("trust_snapshot").await;
    let ada = account(&db, "ada").await;
    let session = session(&db, ada, b"a").await;
    db.json(
        "select identity.add_signing_key('{}', 'k1', 'x1', 'sealed')::text",
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
        let add = "select identity.add_signing_key('{}', $1, 'x', 'sealed')::text";
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
async fn a_token_from_after_a_revocation_lives_even_if_it_is_of_the_same_second() {
    let db = Database::new("same_second").await;
    let ada = account(&db, "ada").await;
    let session = session(&db, ada, b"a").await;
    let grant = |issued_at: &'static str| {
        let db = &db;
        async move {
            let sql = format!(
                "select (identity.session_grant($1, {issued_at}, gen_random_uuid()) || jsonb_build_object(
                    'at', floor(extract(epoch from {issued_at}))::int8))::text"
            );
            let grant = db.json(&sql, &[&session]).await;
            let second = |name: &str| grant.get(name).and_then(serde_json::Value::as_i64).unwrap();
            second("iat") - second("at")
        }
    };
    db.run(&format!(
        "insert into identity.revocations (kind, id, revoked_at) values
            ('subject', '{ada}', timestamptz '2030-01-01 00:00:00.5Z')"
    ))
    .await;
    // A repeated answer says what it said before, so that the revocation covers it.
    assert_eq!(grant("timestamptz '2030-01-01 00:00:00.4Z'").await, 0);
    assert_eq!(grant("timestamptz '2030-01-01 00:00:00.5Z'").await, 1);
    assert_eq!(grant("timestamptz '2030-01-01 00:00:00.9Z'").await, 1);
    assert_eq!(grant("timestamptz '2030-01-01 00:00:01Z'").await, 0);
}
