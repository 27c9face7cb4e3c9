//! Events that a consumer could not take, in an operator's hands.

use serde_json::{Value, json};
use uuid::Uuid;

use crate::stage::{Answer, Person, Stage};

/// Parks an event as platform.advance_consumer does. `seq` is its place in the outbox.
async fn park(stage: &Stage, consumer: &str, seq: i64, key: &str, state: &str) -> Uuid {
    let id = Uuid::now_v7();
    stage
        .owner
        .execute(
            "insert into platform.consumers (name, topics, created_at, moved_at)
             values ($1, '{user.events}', platform.now(), platform.now())
             on conflict (name) do nothing",
            &[&consumer],
        )
        .await
        .unwrap();
    stage
        .owner
        .execute(
            "insert into platform.parked_events (
                 consumer, xid, seq, event_id, topic, key, payload, state, attempts, run_at, lease_holder, leased_until,
                 errors, parked_at)
             values ($1, '7', $2, $3, 'user.events', $4,
                     '{\"type\": \"user.deleted\", \"requestid\": \"r-1\", \"data\": {\"secret\": \"123456\"}}', $5, 12,
                     platform.now(), case when $5 = 'running' then gen_random_uuid() end,
                     case when $5 = 'running' then platform.now() + interval '30 seconds' end,
                     '[{\"attempt\": 12, \"error\": \"no route\"}]', platform.now())",
            &[&consumer, &seq, &id, &key, &state],
        )
        .await
        .unwrap();
    id
}

async fn ask(stage: &Stage, person: &Person, consumer: &str, id: Uuid, what: &str) -> Answer {
    let path = format!("/parked-events/{consumer}/{id}/{what}");
    stage.call("POST", &path, Some(person), &[], None).await
}

fn ids(page: &Answer) -> Vec<String> {
    let items = page.body["items"].as_array().unwrap();
    items
        .iter()
        .map(|item| item["event_id"].as_str().unwrap().to_owned())
        .collect()
}

#[tokio::test]
async fn a_dead_event_is_shown_with_its_history_requeued_and_skipped() {
    let stage = Stage::new("parked").await;
    let admin = stage.person("root", &["admin"]).await;
    let dead = park(&stage, "audit", 1, "ada", "dead").await;
    let behind = park(&stage, "audit", 2, "ada", "behind").await;
    let running = park(&stage, "blog", 1, "ada", "running").await;

    let listed = stage
        .get(&admin, "/parked-events?state=dead")
        .await
        .expect(200);
    assert_eq!(ids(&listed), [dead.to_string()]);
    let item = &listed.body["items"][0];
    assert_eq!(item["type"], "user.deleted");
    assert_eq!(item["request_id"], "r-1");
    assert_eq!(item["position"], "7/1");
    assert_eq!(item["errors"][0]["error"], "no route");
    assert!(
        !listed.body.to_string().contains("123456"),
        "its data may be somebody's"
    );
    let shown = stage
        .get(&admin, &format!("/parked-events/audit/{dead}"))
        .await
        .expect(200);
    assert_eq!(&shown.body, item);
    let elsewhere = stage
        .get(&admin, &format!("/parked-events/blog/{dead}"))
        .await;
    assert_eq!(elsewhere.status, 404, "another consumer has taken it");

    let requeued = ask(&stage, &admin, "audit", dead, "requeue")
        .await
        .expect(200);
    assert_eq!(
        (&requeued.body["state"], &requeued.body["attempts"]),
        (&json!("retry"), &json!(0))
    );
    assert_eq!(
        requeued.body["errors"], shown.body["errors"],
        "history stays"
    );
    for (consumer, id, what, detail) in [
        ("audit", behind, "requeue", "earlier event"),
        ("blog", running, "requeue", "running"),
        ("blog", running, "skip", "running"),
    ] {
        let refused = ask(&stage, &admin, consumer, id, what).await;
        assert_eq!(
            (refused.status, refused.kind()),
            (409, "conflict"),
            "{what}"
        );
        assert!(
            refused.body["detail"].as_str().unwrap().contains(detail),
            "{}",
            refused.body
        );
    }

    let skipped = ask(&stage, &admin, "audit", dead, "skip").await;
    assert_eq!((skipped.status, skipped.body), (204, Value::Null));
    for what in ["requeue", "skip"] {
        let gone = ask(&stage, &admin, "audit", dead, what).await;
        assert_eq!((gone.status, gone.kind()), (404, "not-found"), "{what}");
    }
    let next = stage
        .get(&admin, &format!("/parked-events/audit/{behind}"))
        .await
        .expect(200);
    assert_eq!(
        next.body["state"], "retry",
        "the next of its key has its turn"
    );

    let record = stage
        .get(
            &admin,
            &format!("/audit?target_type=event&target_id={dead}"),
        )
        .await
        .expect(200);
    let deeds: Vec<(&Value, &Value)> = record.body["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|deed| (&deed["action"], &deed["actor"]))
        .collect();
    let actor = json!(admin.id);
    assert_eq!(
        deeds,
        [
            (&json!("event.skipped"), &actor),
            (&json!("event.requeued"), &actor)
        ],
        "refused ones leave no record"
    );
    assert_eq!(record.body["items"][0]["before"]["consumer"], "audit");
}

#[tokio::test]
async fn a_stale_version_moves_no_event() {
    let stage = Stage::new("stale_event").await;
    let admin = stage.person("root", &["admin"]).await;
    let dead = park(&stage, "audit", 1, "ada", "dead").await;
    let path = format!("/parked-events/audit/{dead}");
    let tag = stage.tag(&admin, &path).await;
    let send =
        async |what: &str, tag: &str| stage.post_if(&admin, &format!("{path}/{what}"), tag).await;
    let requeued = send("requeue", &tag).await.expect(200);
    assert_ne!(requeued.etag(), tag);
    for what in ["requeue", "skip"] {
        let stale = send(what, &tag).await;
        assert_eq!(stale.problem(), (412, "precondition-failed"), "{what}");
    }
    let shown = stage.get(&admin, &path).await.expect(200);
    assert_eq!(
        (shown.etag(), &shown.body["state"]),
        (requeued.etag(), &json!("retry"))
    );
    send("skip", shown.etag()).await.expect(204);
}

#[tokio::test]
async fn parked_events_come_in_pages_by_consumer_in_their_order() {
    let stage = Stage::new("parked_pages").await;
    let admin = stage.person("root", &["admin"]).await;
    let mut blog = Vec::new();
    for (seq, state) in [(1, "dead"), (2, "behind"), (3, "behind")] {
        blog.push(park(&stage, "blog", seq, "a", state).await.to_string());
    }
    let mut audit = Vec::new();
    for (seq, state) in [(10, "dead"), (9, "retry")] {
        let key = format!("key {seq}");
        audit.insert(0, park(&stage, "audit", seq, &key, state).await.to_string());
    }
    let all = async |filter: &str| {
        let (mut seen, mut cursor) = (Vec::new(), String::new());
        loop {
            let path = format!("/parked-events?limit=2&cursor={cursor}{filter}");
            let page = stage.get(&admin, &path).await.expect(200);
            seen.extend(ids(&page));
            match page.body["next_cursor"].as_str() {
                Some(next) => cursor = next.to_owned(),
                None => return seen,
            }
        }
    };
    assert_eq!(all("").await, [audit.clone(), blog.clone()].concat());
    assert_eq!(all("&consumer=blog").await, blog);
    assert_eq!(all("&consumer=nobody").await, Vec::<String>::new());
    assert_eq!(
        all("&state=dead").await,
        [audit[1].clone(), blog[0].clone()]
    );
    assert_eq!(all("&consumer=blog&state=behind").await, blog[1..]);
}

#[tokio::test]
async fn parked_events_are_for_those_who_manage_tasks() {
    let stage = Stage::new("parked_permission").await;
    let support = stage.person("sue", &["support"]).await;
    let dead = park(&stage, "audit", 1, "ada", "dead").await;
    for path in [
        "/parked-events".to_owned(),
        format!("/parked-events/audit/{dead}"),
    ] {
        assert_eq!(stage.get(&support, &path).await.status, 403, "{path}");
    }
    for what in ["requeue", "skip"] {
        let refused = ask(&stage, &support, "audit", dead, what).await;
        assert_eq!(refused.status, 403, "{what}");
    }
    let left = "select count(*) from platform.parked_events where state = 'dead' and attempts = 12";
    assert_eq!(stage.count(left, &[]).await, 1);
}
