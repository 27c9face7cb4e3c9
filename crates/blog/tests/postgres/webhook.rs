//! Webhooks: made, told, tried again, switched off.

use std::sync::atomic::Ordering;

use serde_json::{Value, json};

use crate::stage::Stage;

const URL: &str = "https://hooks.spindle.dev/blog";

#[tokio::test]
async fn a_webhook_shows_its_secret_once_and_is_its_owners() {
    let stage = Stage::new().await;
    let (ada, bob) = (stage.account("ada").await, stage.account("bob").await);
    let wish = json!({"url": URL, "events": ["post.published", "comment.created"]});
    let key = [("idempotency-key", "w-1")];
    let made = stage
        .call(Some(&ada), "POST", "/webhooks", &key, Some(wish.clone()))
        .await;
    assert_eq!(made.status, 201, "{made:?}");
    assert!(made.body["secret"].as_str().unwrap().starts_with("whsec_"));
    let again = stage
        .call(Some(&ada), "POST", "/webhooks", &key, Some(wish.clone()))
        .await;
    assert_eq!(again.problem(), (409, "secret-shown-once"));
    assert_eq!(again.header("location"), made.header("location"));
    let path = format!("/webhooks/{}", made.body["id"].as_str().unwrap());
    let listed = stage.get(Some(&ada), "/webhooks").await;
    assert_eq!(listed.body["items"][0]["url"], URL);
    assert!(!listed.body.to_string().contains("whsec_"));
    let table = stage
        .sql
        .query_one("select w::text from blog.webhooks w", &[])
        .await
        .unwrap()
        .get::<_, String>(0);
    let secret = made.body["secret"]
        .as_str()
        .unwrap()
        .strip_prefix("whsec_")
        .unwrap();
    assert!(!table.contains(secret), "it is stored nowhere");

    assert!(
        stage
            .get(Some(&bob), "/webhooks")
            .await
            .each("id")
            .is_empty()
    );
    for (method, path) in [
        ("DELETE", path.clone()),
        ("POST", format!("{path}/rotate-secret")),
        ("GET", format!("{path}/deliveries")),
    ] {
        assert_eq!(
            stage.act(&bob, method, &path).await.status,
            404,
            "{method} {path}"
        );
        assert_eq!(stage.call(None, method, &path, &[], None).await.status, 401);
    }
    let rotated = stage
        .act(&ada, "POST", &format!("{path}/rotate-secret"))
        .await;
    assert_ne!(rotated.body["secret"], made.body["secret"]);
    let stale = stage
        .call(
            Some(&ada),
            "PATCH",
            &path,
            &[("if-match", made.etag())],
            Some(json!({"active": false})),
        )
        .await;
    assert_eq!(stale.status, 412);
    let off = stage
        .call(
            Some(&ada),
            "PATCH",
            &path,
            &[("if-match", rotated.etag())],
            Some(json!({"active": false})),
        )
        .await;
    assert_eq!(
        (off.status, &off.body["active"]),
        (200, &json!(false)),
        "{off:?}"
    );
    assert_eq!(stage.act(&ada, "DELETE", &path).await.status, 204);

    for (body, field) in [
        (
            json!({"url": "http://hooks.spindle.dev", "events": ["post.published"]}),
            "url",
        ),
        (
            json!({"url": "https://127.0.0.1/", "events": ["post.published"]}),
            "url",
        ),
        (
            json!({"url": "https://worker.spin.internal/", "events": ["post.published"]}),
            "url",
        ),
        (json!({"url": URL, "events": []}), "events"),
        (json!({"url": URL, "events": ["user.deleted"]}), "events[0]"),
    ] {
        let answer = stage.post(&ada, "/webhooks", body.clone()).await;
        assert_eq!(
            (answer.status, answer.fields()),
            (422, vec![field]),
            "{body}"
        );
    }
    for _ in 0..20 {
        assert_eq!(
            stage.post(&ada, "/webhooks", wish.clone()).await.status,
            201
        );
    }
    assert_eq!(
        stage.post(&ada, "/webhooks", wish).await.problem(),
        (409, "conflict"),
        "twenty are enough"
    );
}

#[tokio::test]
async fn a_secret_counts_until_its_successor_can_be_shown() {
    let stage = Stage::new().await;
    let ada = stage.account("ada").await;
    let wish = json!({"url": URL, "events": ["post.published"]});
    let made = stage.post(&ada, "/webhooks", wish).await;
    let rotate = format!(
        "/webhooks/{}/rotate-secret",
        made.body["id"].as_str().unwrap()
    );
    stage.cut_off.store(true, Ordering::Relaxed);
    assert_eq!(stage.act(&ada, "POST", &rotate).await.status, 503);
    let generation = "select generation::int8 from blog.webhooks";
    assert_eq!(stage.count(generation).await, 1, "the old one counts");
    stage.cut_off.store(false, Ordering::Relaxed);

    // At the same moment: each shows a secret that counted, and the last one counts.
    let turn = || stage.act(&ada, "POST", &rotate);
    let (one, two, three) = tokio::join!(turn(), turn(), turn());
    let mut secrets: Vec<&str> = [&one, &two, &three]
        .into_iter()
        .map(|answer| {
            assert_eq!(answer.status, 200, "{answer:?}");
            answer.body["secret"].as_str().unwrap()
        })
        .collect();
    secrets.extend(made.body["secret"].as_str());
    secrets.sort_unstable();
    secrets.dedup();
    assert_eq!(secrets.len(), 4, "each has its own");
    assert_eq!(stage.count(generation).await, 4);
    let stale = stage
        .call(
            Some(&ada),
            "POST",
            &rotate,
            &[("if-match", made.etag())],
            None,
        )
        .await;
    assert_eq!((stale.status, stage.count(generation).await), (412, 4));
}

#[tokio::test]
async fn what_happens_to_ones_own_posts_is_told_once_to_those_who_asked() {
    let stage = Stage::new().await;
    let (ada, bob) = (stage.account("ada").await, stage.account("bob").await);
    let hook = stage
        .post(
            &ada,
            "/webhooks",
            json!({"url": URL, "events": ["post.published", "comment.created"]}),
        )
        .await;
    stage
        .post(
            &bob,
            "/webhooks",
            json!({"url": URL, "events": ["post.updated"]}),
        )
        .await;
    stage.published(&ada, "News").await;
    stage
        .patch(&ada, "/posts/news", json!({"summary": "s"}))
        .await;
    stage
        .post(&bob, "/posts/news/comments", json!({"body": "hi"}))
        .await;
    stage.published(&bob, "Other").await;
    stage.take_blog_events().await;
    stage.take_blog_events().await;
    let done = stage.do_tasks("deliver_webhook").await;
    assert_eq!(
        done.iter()
            .map(|answer| (answer.status, &answer.body["state"]))
            .collect::<Vec<_>>(),
        [(200, &json!("delivered")), (200, &json!("delivered"))]
    );
    for answer in stage.do_tasks("deliver_webhook").await {
        assert_eq!(answer.body["state"], "obsolete", "a task may come twice");
    }
    let sent = std::mem::take(&mut *stage.sent.lock().unwrap());
    assert_eq!(sent.len(), 2);
    let bodies: Vec<Value> = sent
        .iter()
        .map(|request| serde_json::from_slice(request.body()).unwrap())
        .collect();
    assert_eq!(
        (&bodies[0]["type"], &bodies[0]["data"]["slug"]),
        (&json!("post.published"), &json!("news"))
    );
    assert_eq!(bodies[1]["type"], "comment.created");
    assert!(
        sent[0].headers()["webhook-signature"]
            .to_str()
            .unwrap()
            .starts_with("v1,")
    );
    let path = format!("/webhooks/{}/deliveries", hook.body["id"].as_str().unwrap());
    assert_eq!(
        stage.all(Some(&ada), &path, 1, "state").await,
        ["delivered", "delivered"]
    );
}

#[tokio::test]
async fn what_fails_is_tried_again_and_a_receiver_that_is_gone_is_left_alone() {
    let stage = Stage::new().await;
    let ada = stage.account("ada").await;
    let hook = stage
        .post(
            &ada,
            "/webhooks",
            json!({"url": URL, "events": ["post.published"]}),
        )
        .await;
    let path = format!("/webhooks/{}", hook.body["id"].as_str().unwrap());
    stage.answered.store(500, Ordering::Relaxed);
    stage.published(&ada, "One").await;
    stage.take_blog_events().await;
    for attempt in 1..=8 {
        let answer = &stage.do_tasks("deliver_webhook").await[0];
        assert_eq!(
            answer.status,
            if attempt < 8 { 409 } else { 422 },
            "attempt {attempt}"
        );
    }
    let delivery = stage
        .get(Some(&ada), &format!("{path}/deliveries"))
        .await
        .body["items"][0]
        .clone();
    assert_eq!(
        (
            &delivery["state"],
            &delivery["attempts"],
            &delivery["response_status"]
        ),
        (&json!("failed"), &json!(8), &json!(500))
    );
    assert!(delivery["error"].as_str().unwrap().contains("500"));
    assert_eq!(
        stage.get(Some(&ada), "/webhooks").await.each("failures"),
        ["1"]
    );

    stage.run("truncate platform.tasks").await;
    stage.answered.store(410, Ordering::Relaxed);
    stage.published(&ada, "Two").await;
    stage.take_blog_events().await;
    assert_eq!(stage.do_tasks("deliver_webhook").await[0].status, 422);
    assert_eq!(
        stage.get(Some(&ada), "/webhooks").await.each("active"),
        ["false"],
        "gone is gone"
    );
    stage.published(&ada, "Three").await;
    stage.take_blog_events().await;
    assert_eq!(stage.count("select count(*) from blog.deliveries").await, 2);
    let on = stage
        .call(
            Some(&ada),
            "PATCH",
            &path,
            &[],
            Some(json!({"active": true})),
        )
        .await;
    assert_eq!(
        (&on.body["active"], &on.body["failures"]),
        (&json!(true), &json!(0))
    );
}

#[tokio::test]
async fn what_waits_for_a_webhook_that_is_switched_off_has_failed() {
    let stage = Stage::new().await;
    let ada = stage.account("ada").await;
    let hook = json!({"url": URL, "events": ["post.published"]});
    let hook = stage.post(&ada, "/webhooks", hook).await;
    let path = format!("/webhooks/{}", hook.body["id"].as_str().unwrap());
    let shown = stage.get(Some(&ada), &path).await.expect(200);
    assert_eq!(
        (shown.etag(), &shown.body["url"]),
        (hook.etag(), &json!(URL))
    );
    assert_eq!(shown.body["secret"], Value::Null);
    let known = [("if-none-match", shown.etag())];
    let again = stage.call(Some(&ada), "GET", &path, &known, None).await;
    assert_eq!(again.status, 304);
    let bob = stage.account("bob").await;
    assert_eq!(stage.get(Some(&bob), &path).await.status, 404);

    stage.published(&ada, "One").await;
    stage.take_blog_events().await;
    for active in [false, true] {
        let change = json!({"active": active});
        stage
            .call(Some(&ada), "PATCH", &path, &[], Some(change))
            .await
            .expect(200);
        let done = &stage.do_tasks("deliver_webhook").await[0];
        assert_eq!(done.body["state"], "obsolete", "{done:?}");
        let listed = stage.get(Some(&ada), &format!("{path}/deliveries")).await;
        assert_eq!(listed.each("state"), ["failed"]);
        assert_eq!(listed.each("error"), ["the webhook is switched off"]);
    }
    assert!(stage.sent.lock().unwrap().is_empty());
}
