//! The queue in an operator's hands.

use serde_json::{Value, json};
use uuid::Uuid;

use crate::stage::Stage;

async fn task(stage: &Stage, state: &str) -> Uuid {
    let id = Uuid::now_v7();
    stage
        .owner
        .execute(
            "insert into platform.tasks (id, kind, payload, state, run_at, idempotency_key, request_id, created_at, errors)
             values ($1, 'send_mail', '{\"code\": \"123456\"}', $2, platform.now(), $3, 'r-1', platform.now(),
                     '[{\"attempt\": 1, \"error\": \"no route\"}]')",
            &[&id, &state, &id.to_string()],
        )
        .await
        .unwrap();
    id
}

#[tokio::test]
async fn dead_letters_are_listed_with_their_history_and_run_again() {
    let stage = Stage::new("tasks").await;
    let admin = stage.person("root", &["admin"]).await;
    let dead = task(&stage, "dead").await;
    let done = task(&stage, "done").await;
    let listed = stage.get(&admin, "/tasks?state=dead").await.expect(200);
    let items = listed.body["items"].as_array().unwrap();
    assert_eq!(items.len(), 1, "{}", listed.body);
    assert_eq!(items[0]["id"], dead.to_string());
    assert_eq!(items[0]["errors"][0]["error"], "no route");
    assert!(
        !listed.body.to_string().contains("123456"),
        "a payload may hold a code"
    );

    let shown = stage
        .get(&admin, &format!("/tasks/{dead}"))
        .await
        .expect(200);
    assert_eq!(shown.body["state"], "dead");
    let requeued = stage
        .call(
            "POST",
            &format!("/tasks/{dead}/requeue"),
            Some(&admin),
            &[],
            None,
        )
        .await
        .expect(200);
    assert_eq!(requeued.body["state"], "queued");
    let cancelled = stage
        .call(
            "POST",
            &format!("/tasks/{dead}/cancel"),
            Some(&admin),
            &[],
            None,
        )
        .await
        .expect(200);
    assert_eq!(cancelled.body["state"], "cancelled");
    let record = stage
        .get(&admin, &format!("/audit?target_type=task&target_id={dead}"))
        .await
        .expect(200);
    let actions: Vec<&Value> = record.body["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|r| &r["action"])
        .collect();
    assert_eq!(actions, [&json!("task.cancelled"), &json!("task.requeued")]);

    for what in ["requeue", "cancel"] {
        let wrong = stage
            .call(
                "POST",
                &format!("/tasks/{done}/{what}"),
                Some(&admin),
                &[],
                None,
            )
            .await;
        assert_eq!((wrong.status, wrong.kind()), (409, "conflict"), "{what}");
        let unknown = stage
            .call(
                "POST",
                &format!("/tasks/{}/{what}", Uuid::now_v7()),
                Some(&admin),
                &[],
                None,
            )
            .await;
        assert_eq!(unknown.status, 404, "{what}");
    }
}

#[tokio::test]
async fn a_stale_version_moves_no_task() {
    let stage = Stage::new("stale_task").await;
    let admin = stage.person("root", &["admin"]).await;
    let path = format!("/tasks/{}", task(&stage, "dead").await);
    let tag = stage.tag(&admin, &path).await;
    let send =
        async |what: &str, tag: &str| stage.post_if(&admin, &format!("{path}/{what}"), tag).await;
    let requeued = send("requeue", &tag).await.expect(200);
    assert_ne!(requeued.etag(), tag);
    for what in ["requeue", "cancel"] {
        let stale = send(what, &tag).await;
        assert_eq!(stale.problem(), (412, "precondition-failed"), "{what}");
    }
    let shown = stage.get(&admin, &path).await.expect(200);
    assert_eq!(
        (shown.etag(), &shown.body["state"]),
        (requeued.etag(), &json!("queued"))
    );
    let cancelled = send("cancel", shown.etag()).await.expect(200);
    let after = stage.get(&admin, &path).await.expect(200);
    assert_eq!(cancelled.etag(), after.etag());
}

#[tokio::test]
async fn tasks_are_paged_newest_first() {
    let stage = Stage::new("task_pages").await;
    let admin = stage.person("root", &["admin"]).await;
    let mut made = Vec::new();
    for _ in 0..5 {
        made.push(task(&stage, "done").await.to_string());
    }
    made.reverse();
    let (mut seen, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = stage
            .get(
                &admin,
                &format!("/tasks?kind=send_mail&limit=2&cursor={cursor}"),
            )
            .await
            .expect(200);
        for item in page.body["items"].as_array().unwrap() {
            seen.push(item["id"].as_str().unwrap().to_owned());
        }
        match page.body["next_cursor"].as_str() {
            Some(next) => cursor = next.to_owned(),
            None => break,
        }
    }
    assert_eq!(seen, made);
}
