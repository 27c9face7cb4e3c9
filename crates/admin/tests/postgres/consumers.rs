//! Who takes events, and how an operator lets one begin again, or go.

use serde_json::{Value, json};

use crate::stage::{Answer, Person, Stage};

/// A consumer that stands at the end of the outbox, in which there are three events.
async fn consumer(stage: &Stage) -> Vec<String> {
    let sql = "insert into platform.outbox (id, aggregatetype, aggregateid, type, payload, created_at)
        select gen_random_uuid(), 'user.events', 'ada', 'user.updated', '{}', platform.now() - interval '1 hour' * (3 - n)
        from generate_series(0, 2) n order by n
        returning xid::text || '/' || seq";
    let rows = stage.owner.query(sql, &[]).await.unwrap();
    let positions: Vec<String> = rows.iter().map(|row| row.get(0)).collect();
    stage
        .owner
        .batch_execute(
            "insert into platform.consumers (name, topics, xid, seq, created_at, moved_at)
             select 'audit', '{user.events}', o.xid, o.seq, platform.now(), platform.now()
             from platform.outbox o order by o.xid desc, o.seq desc limit 1",
        )
        .await
        .unwrap();
    positions
}

async fn replay(stage: &Stage, person: &Person, name: &str, body: Value) -> Answer {
    stage
        .send(person, &format!("POST /consumers/{name}/replay"), body)
        .await
}

async fn forget(stage: &Stage, person: &Person, name: &str) -> Answer {
    stage
        .call(
            "DELETE",
            &format!("/consumers/{name}"),
            Some(person),
            &[],
            None,
        )
        .await
}

#[tokio::test]
async fn a_consumer_begins_again_where_it_is_told_to() {
    let stage = Stage::new("consumers").await;
    let admin = stage.person("root", &["admin"]).await;
    let positions = consumer(&stage).await;
    let lag = async || {
        let listed = stage.get(&admin, "/consumers").await.expect(200);
        let items = listed.body["items"].as_array().unwrap().clone();
        assert_eq!(items.len(), 1, "{}", listed.body);
        assert_eq!(items[0]["name"], "audit");
        assert_eq!(items[0]["topics"], json!(["user.events"]));
        (
            items[0]["lag_events"].as_i64().unwrap(),
            items[0]["position"].as_str().unwrap().to_owned(),
        )
    };
    assert_eq!(lag().await, (0, positions[2].clone()));
    let hour_ago = "select platform.time_text(platform.now() - interval '90 minutes')";
    let hour_ago: String = stage.owner.query_one(hour_ago, &[]).await.unwrap().get(0);
    for (body, left, rule) in [
        (json!({"after": positions[0]}), 2, "after the first"),
        (json!({}), 3, "with the oldest"),
        (json!({"since": hour_ago}), 1, "with the youngest"),
        (
            json!({"since": "2100-01-01T00:00:00Z"}),
            1,
            "no event since then: where it is",
        ),
    ] {
        let begun = replay(&stage, &admin, "audit", body).await.expect(200);
        let (lags, position) = lag().await;
        assert_eq!(lags, left, "{rule}");
        assert_eq!(begun.body, json!({"position": position}), "{rule}");
    }
    let record = stage
        .get(&admin, "/audit?target_type=consumer&target_id=audit")
        .await
        .expect(200);
    let deeds = record.body["items"].as_array().unwrap();
    assert_eq!(deeds.len(), 4);
    assert_eq!(deeds[3]["action"], "events.replayed");
    assert_eq!(deeds[3]["before"], json!({"position": positions[2]}));
    assert_eq!(deeds[3]["after"], json!({"position": positions[0]}));

    let (xid, seq) = positions[2].split_once('/').unwrap();
    let next = format!("{xid}/{}", seq.parse::<i64>().unwrap() + 1);
    for ahead in [next, "18446744073709551615/0".to_owned()] {
        let refused = replay(&stage, &admin, "audit", json!({"after": ahead})).await;
        assert_eq!(refused.problem(), (422, "validation"));
        assert_eq!(refused.fields(), ["after"]);
    }
    let unknown = replay(&stage, &admin, "nobody", json!({})).await;
    assert_eq!((unknown.status, unknown.kind()), (404, "not-found"));
}

#[tokio::test]
async fn a_consumer_that_nobody_reads_for_is_forgotten_with_what_is_parked_for_it() {
    let stage = Stage::new("consumers_forgotten").await;
    let admin = stage.person("root", &["admin"]).await;
    let _ = consumer(&stage).await;
    stage
        .owner
        .batch_execute(
            "insert into platform.consumers (name, topics, created_at, moved_at)
             values ('outside', '{user.events}', platform.now(), platform.now());
             insert into platform.parked_events (consumer, xid, seq, event_id, topic, key, payload, state, run_at, parked_at)
             select 'outside', o.xid, o.seq, o.id, o.aggregatetype, o.aggregateid, o.payload, 'dead', platform.now(), platform.now()
             from platform.outbox o",
        )
        .await
        .unwrap();
    for (name, status, rule) in [
        ("audit", 409, "its subscription is there"),
        ("outside", 204, "nobody reads for it"),
        ("outside", 404, "it is gone"),
    ] {
        let answer = forget(&stage, &admin, name).await;
        assert_eq!(answer.status, status, "{name}: {rule}");
    }
    let left = "select count(*) from platform.parked_events";
    assert_eq!(stage.count(left, &[]).await, 0);
    let listed = stage.get(&admin, "/consumers").await.expect(200);
    assert_eq!(listed.body["items"].as_array().unwrap().len(), 1);
    let record = stage
        .get(&admin, "/audit?target_type=consumer&target_id=outside")
        .await
        .expect(200);
    let deed = &record.body["items"][0];
    assert_eq!(deed["action"], "consumer.forgotten", "{}", record.body);
    assert_eq!(
        deed["before"],
        json!({"topics": ["user.events"], "position": "0/0"})
    );
}

#[tokio::test]
async fn consumers_are_for_those_who_manage_tasks() {
    let stage = Stage::new("consumers_permission").await;
    let support = stage.person("sue", &["support"]).await;
    let positions = consumer(&stage).await;
    assert_eq!(stage.get(&support, "/consumers").await.status, 403);
    let refused = replay(&stage, &support, "audit", json!({})).await;
    assert_eq!(refused.status, 403);
    assert_eq!(forget(&stage, &support, "audit").await.status, 403);
    let left = "select count(*) from platform.consumers where xid::text || '/' || seq = $1";
    assert_eq!(stage.count(left, &[&positions[2]]).await, 1);
}
