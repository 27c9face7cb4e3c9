//! The audit log: what it tells, and that nobody can tell it otherwise.

use futures::future::join_all;
use serde_json::json;

use crate::stage::Stage;

#[tokio::test]
async fn records_are_found_by_who_what_whom_and_when() {
    let stage = Stage::new("audit_list").await;
    let admin = stage.person("root", &["admin"]).await;
    for n in 0..3 {
        stage.record("thing.made", &n.to_string()).await;
    }
    stage.record("thing.broken", "1").await;
    let found = async |query: &str| {
        let page = stage
            .get(&admin, &format!("/audit?{query}"))
            .await
            .expect(200);
        page.body["items"]
            .as_array()
            .unwrap()
            .iter()
            .map(|item| {
                format!(
                    "{} {}",
                    item["action"].as_str().unwrap(),
                    item["target_id"].as_str().unwrap()
                )
            })
            .collect::<Vec<_>>()
    };
    assert_eq!(
        found("action=thing.made").await,
        ["thing.made 2", "thing.made 1", "thing.made 0"]
    );
    assert_eq!(found("actor=somebody&limit=1").await, ["thing.broken 1"]);
    assert_eq!(
        found("target_type=thing&target_id=1").await,
        ["thing.broken 1", "thing.made 1"]
    );
    assert_eq!(found("request_id=r-thing.broken").await, ["thing.broken 1"]);
    assert_eq!(
        found("from=2001-01-01T00:00:00Z&to=2002-01-01T00:00:00Z").await,
        [""; 0]
    );
    assert_eq!(
        found("from=2001-01-01T00:00:00Z&action=thing.broken")
            .await
            .len(),
        1
    );
    assert_eq!(found("action=nothing").await, [""; 0]);

    let page = stage.get(&admin, "/audit?action=thing.broken").await;
    let record = &page.body["items"][0];
    assert_eq!(
        (&record["address"], &record["before"], &record["after"]),
        (&json!("192.0.2.7"), &json!({"a": 1}), &json!({"a": 2}))
    );
}

#[tokio::test]
async fn nobody_can_rewrite_a_record_not_even_the_owner_by_mistake() {
    let stage = Stage::new("append_only").await;
    stage.record("thing.made", "1").await;
    let app = stage.app().await;
    for forbidden in [
        "update platform.audit set actor = 'x'",
        "delete from platform.audit",
        "truncate platform.audit cascade",
        "update platform.audit_personal set personal = '{}'",
        "update platform.audit_seals set hash = ''",
        "delete from platform.audit_seals",
        "delete from platform.audit_heads",
    ] {
        for (who, client) in [("the application", &app), ("the owner", &stage.owner)] {
            let refused = client.batch_execute(forbidden).await.unwrap_err();
            assert_eq!(
                refused.code(),
                Some(&tokio_postgres::error::SqlState::INSUFFICIENT_PRIVILEGE),
                "{who}: {forbidden}"
            );
        }
    }
    for forbidden in [
        "insert into platform.audit (id, at, actor, action, target_type, target_id, personal_hash)
         values (gen_random_uuid(), now() - interval '1 year', 'x', 'x', 'x', 'x', '')",
        "insert into platform.audit_seals (position, audit_id, previous, hash) values (1, gen_random_uuid(), '', '')",
        "update platform.audit_chain set position = 0",
        "delete from platform.audit_personal",
    ] {
        assert!(app.batch_execute(forbidden).await.is_err(), "{forbidden}");
    }
    let recorded = "select platform.record('{}', 'thing.made', 'thing', '2')::text";
    app.query_one(recorded, &[]).await.unwrap();
    assert_eq!(
        stage
            .count("select count(*) from platform.audit", &[])
            .await,
        2
    );
}

#[tokio::test]
async fn what_was_recorded_verifies_and_is_signed() {
    let stage = Stage::new("verifies").await;
    let admin = stage.person("root", &["admin"]).await;
    let empty = stage.get(&admin, "/audit/verify").await.expect(200);
    assert_eq!(
        (&empty.body["intact"], &empty.body["checked"]),
        (&json!(true), &json!(0))
    );
    for n in 0..5 {
        stage.record("thing.made", &n.to_string()).await;
    }
    stage.seal_all().await;
    let verified = stage.get(&admin, "/audit/verify").await.expect(200);
    assert_eq!(verified.body["intact"], true, "{}", verified.body);
    assert_eq!(verified.body["complete"], true);
    // Making the signing key was a deed too.
    assert_eq!(verified.body["checked"], 6);
    assert!(
        verified.body["signatures"].as_i64() > Some(0),
        "{}",
        verified.body
    );
    assert_eq!(verified.body["signed_to"], verified.body["last_position"]);
    assert_eq!(verified.body["without_personal"], 0);

    let (position, hash) = (
        &verified.body["last_position"],
        verified.body["last_hash"].as_str().unwrap(),
    );
    let noted = stage
        .get(
            &admin,
            &format!("/audit/verify?position={position}&hash={hash}"),
        )
        .await
        .expect(200);
    assert_eq!(noted.body["intact"], true, "{}", noted.body);
    let other = "0".repeat(64);
    let rewritten = stage
        .get(
            &admin,
            &format!("/audit/verify?position={position}&hash={other}"),
        )
        .await
        .expect(200);
    assert_eq!(rewritten.body["faults"][0]["fault"], "rewritten");
    let later = stage.get(&admin, "/audit/verify?after=4").await.expect(200);
    assert_eq!(later.body["intact"], true, "{}", later.body);
}

#[tokio::test]
async fn records_and_sealers_at_once_give_one_chain_with_every_record_in_it() {
    let stage = Stage::new("sealers").await;
    let admin = stage.person("root", &["admin"]).await;
    let mut writers = Vec::new();
    for n in 0..4 {
        let client = stage.app().await;
        writers.push(async move {
            for m in 0..25 {
                client
                    .query_one(
                        "select platform.record('{}', 'thing.made', 'thing', $1)::text",
                        &[&format!("{n}.{m}")],
                    )
                    .await
                    .unwrap();
                if m % 5 == 0 {
                    client
                        .query_one("select platform.seal_audit(7)::text", &[])
                        .await
                        .unwrap();
                }
            }
        });
    }
    join_all(writers).await;
    stage.seal_all().await;
    let verified = stage.get(&admin, "/audit/verify").await.expect(200);
    assert_eq!(verified.body["intact"], true, "{}", verified.body);
    // And the making of the signing key.
    assert_eq!(verified.body["checked"], 101);
}

#[tokio::test]
async fn a_record_of_a_transaction_that_is_still_open_is_sealed_later_and_in_order() {
    let stage = Stage::new("open").await;
    let admin = stage.person("root", &["admin"]).await;
    let slow = stage.app().await;
    slow.batch_execute("begin; select platform.record('{}', 'thing.slow', 'thing', '1')")
        .await
        .unwrap();
    stage.record("thing.quick", "2").await;
    let meanwhile = stage.get(&admin, "/audit/verify").await.expect(200);
    assert_eq!(
        (&meanwhile.body["intact"], &meanwhile.body["checked"]),
        (&json!(true), &json!(0))
    );
    slow.batch_execute("commit").await.unwrap();
    stage.seal_all().await;
    let afterwards = stage.get(&admin, "/audit/verify").await.expect(200);
    assert_eq!(afterwards.body["intact"], true, "{}", afterwards.body);
    let first =
        "select count(*) from platform.audit_seals s join platform.audit a on a.id = s.audit_id
                 where s.position = 1 and a.action = 'thing.slow'";
    assert_eq!(stage.count(first, &[]).await, 1, "it began first");
}

#[tokio::test]
async fn the_personal_part_goes_with_the_person_and_the_log_stays_provable() {
    let stage = Stage::new("erasure").await;
    let admin = stage.person("root", &["admin"]).await;
    let ada = stage.person("ada", &["user"]).await;
    let roles = format!("PUT /users/{}/roles", ada.id);
    stage
        .send(&admin, &roles, json!({"roles": ["editor"]}))
        .await
        .expect(200);
    stage.get(&admin, "/audit/verify").await.expect(200);
    stage.event("user.updated", ada.id).await.expect(200);
    let about = format!("/audit?target_type=account&target_id={}", ada.id);
    let before = stage.get(&admin, &about).await.expect(200);
    assert!(before.body["items"][0]["after"].is_object());

    for round in ["once", "as often as it comes"] {
        stage.event("user.deleted", ada.id).await.expect(200);
        let after = stage
            .get(&admin, &format!("{about}&action=account.roles_changed"))
            .await
            .expect(200);
        assert_eq!(
            after.body["items"].as_array().unwrap().len(),
            1,
            "{round}: the record stays"
        );
        assert!(after.body["items"][0]["after"].is_null(), "{round}");
    }
    stage.seal_all().await;
    let verified = stage.get(&admin, "/audit/verify").await.expect(200);
    assert_eq!(verified.body["intact"], true, "{}", verified.body);
    assert_eq!(verified.body["without_personal"], 1);
}
