//! Somebody who may do everything to the database, and what they cannot do.

use serde_json::Value;

use crate::stage::{Person, Stage};

/// Triggers stop the owner's slip of the hand, not a superuser who means it.
const FREE: &str = "set session_replication_role = replica;";

async fn sealed(name: &str) -> (Stage, Person) {
    let stage = Stage::new(name).await;
    let admin = stage.person("root", &["admin"]).await;
    for n in 0..10 {
        stage.record("thing.made", &n.to_string()).await;
    }
    stage.seal_all().await;
    let verified = stage.get(&admin, "/audit/verify").await.expect(200);
    assert_eq!(verified.body["intact"], true, "{}", verified.body);
    (stage, admin)
}

async fn faults(stage: &Stage, admin: &Person) -> Vec<(Option<i64>, String)> {
    let verified = stage.get(admin, "/audit/verify").await.expect(200);
    let faults: Vec<(Option<i64>, String)> = verified.body["faults"]
        .as_array()
        .unwrap()
        .iter()
        .map(|fault| {
            (
                fault["position"].as_i64(),
                fault["fault"].as_str().unwrap().to_owned(),
            )
        })
        .collect();
    assert_eq!(verified.body["intact"], Value::Bool(faults.is_empty()));
    faults
}

async fn tamper(stage: &Stage, sql: &str) {
    stage
        .owner
        .batch_execute(&format!(
            "{FREE} {sql}; set session_replication_role = default"
        ))
        .await
        .unwrap();
}

fn at(position: i64, fault: &str) -> (Option<i64>, String) {
    (Some(position), fault.to_owned())
}

#[tokio::test]
async fn a_changed_record_is_found_whatever_was_changed() {
    for (column, value) in [
        ("actor", "'nobody'"),
        ("action", "'thing.unmade'"),
        ("target_id", "'7'"),
        ("request_id", "null"),
        ("at", "at + interval '1 microsecond'"),
        ("personal_hash", "sha256('x')"),
        ("seq", "1000000"),
    ] {
        let (stage, admin) = sealed(&format!("changed_{column}")).await;
        tamper(
            &stage,
            &format!(
                "update platform.audit set {column} = {value}
                 where id = (select audit_id from platform.audit_seals where position = 3)"
            ),
        )
        .await;
        let found = faults(&stage, &admin).await;
        assert!(found.contains(&at(3, "changed")), "{column}: {found:?}");
    }
}

#[tokio::test]
async fn a_removed_record_is_found() {
    let (stage, admin) = sealed("removed").await;
    tamper(
        &stage,
        "delete from platform.audit_personal where audit_id = (select audit_id from platform.audit_seals where position = 4);
         delete from platform.audit where id = (select audit_id from platform.audit_seals where position = 4)",
    )
    .await;
    assert_eq!(faults(&stage, &admin).await, [at(4, "missing")]);
}

#[tokio::test]
async fn a_record_removed_with_its_seal_is_found() {
    let (stage, admin) = sealed("with_seal").await;
    tamper(
        &stage,
        "delete from platform.audit where id = (select audit_id from platform.audit_seals where position = 4);
         delete from platform.audit_seals where position = 4",
    )
    .await;
    let mut found = faults(&stage, &admin).await;
    // Transactions of other tests decide how far a sealing goes: the head may have been signed just there.
    found.retain(|fault| *fault != at(4, "forged"));
    assert_eq!(found, [at(5, "removed")]);
}

#[tokio::test]
async fn records_that_changed_places_are_found() {
    let (stage, admin) = sealed("reordered").await;
    tamper(
        &stage,
        "do $$
         declare
             third  uuid := (select audit_id from platform.audit_seals where position = 3);
             fourth uuid := (select audit_id from platform.audit_seals where position = 4);
         begin
             update platform.audit_seals set audit_id = gen_random_uuid() where position = 3;
             update platform.audit_seals set audit_id = third where position = 4;
             update platform.audit_seals set audit_id = fourth where position = 3;
         end $$",
    )
    .await;
    let found = faults(&stage, &admin).await;
    assert!(
        found.contains(&at(4, "reordered")) && found.contains(&at(3, "changed")),
        "{found:?}"
    );
}

#[tokio::test]
async fn a_record_slipped_in_behind_the_end_is_found() {
    let (stage, admin) = sealed("added").await;
    tamper(
        &stage,
        "insert into platform.audit (id, xid, seq, at, actor, action, target_type, target_id, personal_hash)
         select gen_random_uuid(), a.xid, -1, a.at, 'x', 'x', 'x', 'x', '' from platform.audit a order by a.xid limit 1",
    )
    .await;
    assert_eq!(faults(&stage, &admin).await, [(None, "added".to_owned())]);
}

#[tokio::test]
async fn a_changed_personal_part_is_found() {
    let (stage, admin) = sealed("personal").await;
    tamper(
        &stage,
        "update platform.audit_personal set personal = personal || '{\"address\": \"10.0.0.1\"}'
         where audit_id = (select audit_id from platform.audit_seals where position = 2)",
    )
    .await;
    assert_eq!(faults(&stage, &admin).await, [at(2, "personal_changed")]);
}

#[tokio::test]
async fn a_chain_that_was_cut_off_is_found() {
    let (stage, admin) = sealed("cut").await;
    tamper(
        &stage,
        "delete from platform.audit where id in (select audit_id from platform.audit_seals where position > 8);
         delete from platform.audit_seals where position > 8",
    )
    .await;
    let found = faults(&stage, &admin).await;
    assert!(
        found
            .iter()
            .any(|(_, fault)| fault == "cut" || fault == "forged"),
        "{found:?}"
    );
}

/// The whole chain, rehashed by somebody who knows how.
const REWRITE: &str = "
    do $$
    declare
        s record;
        previous bytea := decode(repeat('00', 32), 'hex');
        link bytea;
    begin
        update platform.audit set actor = 'nobody'
        where id = (select audit_id from platform.audit_seals where position = 3);
        for s in select p.position, a from platform.audit_seals p join platform.audit a on a.id = p.audit_id order by p.position loop
            link := platform.audit_hash(previous, s.position, s.a);
            update platform.audit_seals set previous = REWRITE.previous, hash = link where position = s.position;
            previous := link;
        end loop;
        update platform.audit_chain set hash = previous;
    end $$";

fn rewrite() -> String {
    // The block's own name, so that the variable is not taken for the column.
    REWRITE
        .replacen("do $$\n", "do $$\n    <<rewrite>>\n", 1)
        .replace("REWRITE.", "rewrite.")
}

#[tokio::test]
async fn a_chain_rehashed_from_end_to_end_is_betrayed_by_its_signatures() {
    let (stage, admin) = sealed("rehashed").await;
    tamper(&stage, &rewrite()).await;
    let found = faults(&stage, &admin).await;
    assert!(
        !found.is_empty() && found.iter().all(|(_, fault)| fault == "forged"),
        "{found:?}"
    );
    // Looking does not make it right: nothing was signed meanwhile.
    assert_eq!(faults(&stage, &admin).await, found);
}

#[tokio::test]
async fn signatures_made_without_the_master_keys_are_not_believed() {
    let (mut stage, admin) = sealed("forged").await;
    // The attacker has a signer of their own, whose keys they put in the place of ours.
    tamper(
        &stage,
        &format!(
            "{}; delete from platform.audit_heads; delete from identity.signing_keys",
            rewrite()
        ),
    )
    .await;
    stage.behind_another_signer();
    stage.task("seal_audit").await.expect(200);
    assert!(
        faults(&stage, &admin).await.is_empty(),
        "for the attacker's signer it is right"
    );
    stage.behind_our_signer();
    let found = faults(&stage, &admin).await;
    assert!(
        found.iter().any(|(_, fault)| fault == "forged"),
        "{found:?}"
    );
}

#[tokio::test]
async fn a_hash_that_was_written_down_elsewhere_finds_what_signatures_cannot() {
    let (stage, admin) = sealed("noted").await;
    let noted = stage.get(&admin, "/audit/verify").await.expect(200).body;
    let (position, hash) = (
        &noted["last_position"],
        noted["last_hash"].as_str().unwrap(),
    );
    // Everything that was signed is gone, as after a restore of somebody's choosing.
    tamper(
        &stage,
        &format!("{}; delete from platform.audit_heads", rewrite()),
    )
    .await;
    let verified = stage
        .get(
            &admin,
            &format!("/audit/verify?position={position}&hash={hash}"),
        )
        .await
        .expect(200);
    assert_eq!(
        verified.body["faults"][0]["fault"], "rewritten",
        "{}",
        verified.body
    );
}
