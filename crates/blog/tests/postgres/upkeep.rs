//! What the worker brings.

use serde_json::{Value, json};

use crate::stage::Stage;

#[tokio::test]
async fn nothing_of_a_deleted_account_stays_and_all_counts_are_right() {
    let stage = Stage::new().await;
    let (ada, bob) = (stage.account("ada").await, stage.account("bob").await);
    let post = json!({"title": "Adas", "body": "b", "tags": ["t"], "status": "published"});
    stage.post(&ada, "/posts", post).await;
    stage.published(&ada, "Ada's bin").await;
    stage.act(&ada, "DELETE", "/posts/adas-bin").await;
    stage.published(&bob, "Bobs").await;
    stage
        .patch(&bob, "/posts/bobs", json!({"slug": "bobs-own"}))
        .await;
    stage.act(&ada, "PUT", "/posts/bobs-own/favorite").await;
    stage.act(&bob, "PUT", "/posts/adas/favorite").await;
    let said = stage
        .post(
            &ada,
            "/posts/bobs-own/comments",
            json!({"body": "adas words"}),
        )
        .await;
    stage
        .post(
            &bob,
            "/posts/bobs-own/comments",
            json!({"body": "answer", "parent_id": said.body["id"]}),
        )
        .await;
    let alone = stage
        .post(
            &ada,
            "/posts/bobs-own/comments",
            json!({"body": "adas words too"}),
        )
        .await;
    assert_eq!(alone.status, 201);

    for _ in 0..2 {
        let taken = stage
            .take_event("user.events", "user.deleted", json!({"user_id": ada.id}))
            .await;
        assert_eq!(taken.status, 204, "{taken:?}");
    }
    assert_eq!(stage.count("select count(*) from blog.posts").await, 1);
    assert_eq!(stage.get(None, "/posts/adas").await.status, 404);
    let left = stage.get(Some(&bob), "/posts/bobs-own").await;
    assert_eq!(
        (&left.body["favorites_count"], &left.body["comments_count"]),
        (&json!(0), &json!(1))
    );
    let talk = stage.get(None, "/posts/bobs-own/comments").await;
    assert_eq!(talk.each("state"), ["deleted", "approved"]);
    assert_eq!(talk.body["items"][0]["author"], Value::Null);
    assert!(stage.all(None, "/tags", 20, "tag").await.is_empty());
    assert_eq!(
        stage.events("post.unpublished").await,
        2,
        "the deleted one was told when it was deleted"
    );
    for table in [
        "posts",
        "comments",
        "favorites",
        "comment_reports",
        "revisions",
    ] {
        let sql = format!(
            "select count(*) from blog.{table} t where t::text like '%{}%' or t::text like '%adas words%'",
            ada.id
        );
        assert_eq!(stage.count(&sql).await, 0, "{table}");
    }
    let other = stage
        .take_event("user.events", "user.logged_in", json!({"user_id": bob.id}))
        .await;
    assert_eq!(other.status, 204);
    assert_eq!(stage.count("select count(*) from blog.posts").await, 1);
}

#[tokio::test]
async fn an_account_that_is_gone_leaves_nothing_more_while_its_token_lives() {
    let stage = Stage::new().await;
    let (ada, bob) = (stage.account("ada").await, stage.account("bob").await);
    stage.published(&bob, "Bobs").await;
    let said = json!({"body": "bobs words"});
    let said = stage.post(&bob, "/posts/bobs/comments", said).await;
    let report = format!("/comments/{}/report", said.body["id"].as_str().unwrap());
    stage
        .run("delete from identity.accounts where username = 'ada'")
        .await;
    let post = json!({"title": "Adas", "body": "b"});
    let hook = json!({"url": "https://hooks.spindle.dev/", "events": ["post.published"]});
    let file = json!({"format": "spindle-posts-1", "posts": [post]}).to_string();
    for answer in [
        stage.act(&ada, "PUT", "/posts/bobs/favorite").await,
        stage
            .post(&ada, "/posts/bobs/comments", json!({"body": "b"}))
            .await,
        stage.post(&ada, &report, json!({})).await,
        stage.post(&ada, "/posts", post).await,
        stage.raw(&ada, "/import", "application/json", &file).await,
        stage.post(&ada, "/webhooks", hook).await,
    ] {
        assert_eq!(answer.status, 401, "{answer:?}");
    }
    let left = "select (select count(*) from blog.posts) + (select count(*) from blog.favorites)
                + (select count(*) from blog.comments) + (select count(*) from blog.comment_reports)
                + (select count(*) from blog.webhooks)";
    assert_eq!(stage.count(left).await, 2);
}

#[tokio::test]
async fn much_is_erased_in_parts() {
    let stage = Stage::new().await;
    let (ada, bob) = (stage.account("ada").await, stage.account("bob").await);
    stage.published(&bob, "Bobs").await;
    stage
        .post(&ada, "/posts/bobs/comments", json!({"body": "one"}))
        .await
        .expect(201);
    let posts: Vec<Value> = (0..401)
        .map(|n| json!({"id": n.to_string(), "title": n.to_string(), "body": "b", "status": "published", "tags": ["t"]}))
        .collect();
    let file = json!({"format": "spindle-posts-1", "posts": posts}).to_string();
    let made = stage.raw(&ada, "/import", "application/json", &file).await;
    assert_eq!(made.body["created"], 401, "{made:?}");
    let taken = stage
        .take_event("user.events", "user.deleted", json!({"user_id": ada.id}))
        .await;
    assert_eq!(taken.status, 204, "{taken:?}");
    for (left, many) in [
        ("blog.posts", 1),
        ("blog.comments where author_id is not null", 0),
        ("blog.imports", 0),
        ("blog.tags where posts_count > 0", 0),
    ] {
        let sql = format!("select count(*) from {left}");
        assert_eq!(stage.count(&sql).await, many, "{left}");
    }
}

#[tokio::test]
async fn a_payload_that_does_not_fit_is_a_dead_letter() {
    let stage = Stage::new().await;
    let call = json!({"task_id": uuid::Uuid::nil(), "kind": "announce_post", "attempt": 1, "payload": {}, "idempotency_key": "k",
        "request_id": null, "traceparent": null});
    assert_eq!(
        stage
            .call(
                None,
                "POST",
                "/internal/tasks/announce_post",
                &[],
                Some(call)
            )
            .await
            .status,
        422
    );
    let gone = json!({"task_id": uuid::Uuid::nil(), "kind": "announce_post", "attempt": 1, "payload": {"post_id": uuid::Uuid::nil()},
        "idempotency_key": "k", "request_id": null, "traceparent": null});
    let answer = stage
        .call(
            None,
            "POST",
            "/internal/tasks/announce_post",
            &[],
            Some(gone),
        )
        .await;
    assert_eq!(
        (answer.status, &answer.body["announced"]),
        (200, &json!(false)),
        "the post is gone: nothing to do"
    );
}

#[tokio::test]
async fn deliveries_are_kept_for_thirty_days() {
    let stage = Stage::new().await;
    let ada = stage.account("ada").await;
    let wish = json!({"url": "https://hooks.spindle.dev/blog", "events": ["post.published"]});
    assert_eq!(stage.post(&ada, "/webhooks", wish).await.status, 201);
    stage.published(&ada, "One").await;
    stage.take_blog_events().await;
    // More than one statement takes.
    stage
        .run(
            "insert into blog.deliveries (id, webhook_id, event_id, event, created_at)
             select gen_random_uuid(), d.webhook_id, gen_random_uuid(), '{}', d.created_at
             from blog.deliveries d, generate_series(1, 600)",
        )
        .await;
    let call = json!({"task_id": uuid::Uuid::nil(), "kind": "purge_posts", "attempt": 1, "payload": {}, "idempotency_key": "k",
        "request_id": null, "traceparent": null});
    for (age, gone) in [("29 days", 0), ("31 days", 601)] {
        stage.later(age).await;
        let path = "/internal/tasks/purge_posts";
        let answer = stage
            .call(None, "POST", path, &[], Some(call.clone()))
            .await;
        assert_eq!(
            (answer.status, &answer.body),
            (200, &json!({"purged": 0, "deliveries": gone})),
            "{age}"
        );
    }
    assert_eq!(stage.count("select count(*) from blog.deliveries").await, 0);
}

#[tokio::test]
async fn an_account_takes_away_what_it_wrote_and_nothing_of_others() {
    let stage = Stage::new().await;
    let (ada, bob) = (stage.account("ada").await, stage.account("bob").await);
    stage.published(&ada, "Adas").await;
    stage.published(&bob, "Bobs").await;
    stage
        .patch(&ada, "/posts/adas/pending", json!({"body": "*not yet*"}))
        .await;
    let mut said = Vec::new();
    for (caller, body) in [(&ada, "adas words"), (&bob, "bobs words")] {
        let comment = stage
            .post(caller, "/posts/bobs/comments", json!({"body": body}))
            .await;
        assert_eq!(comment.status, 201, "{comment:?}");
        said.push(comment.body["id"].as_str().unwrap().to_owned());
    }
    for (caller, id) in [(&bob, &said[0]), (&ada, &said[1])] {
        let path = format!("/comments/{id}/report");
        let report = stage.post(caller, &path, json!({"reason": "rude"})).await;
        assert_eq!(report.status, 204, "{report:?}");
    }
    let export: Value = stage
        .sql
        .query_one("select blog.export_user($1)", &[&ada.id])
        .await
        .unwrap()
        .get(0);
    assert_eq!(export["posts"][0]["body"], "Words.");
    assert_eq!(
        export["pending_edits"][0]["changes"],
        json!({"body": "*not yet*"})
    );
    assert_eq!(export["comments"][0]["body"], "adas words");
    assert_eq!(
        (
            &export["reports"][0]["comment_id"],
            &export["reports"][0]["reason"]
        ),
        (&json!(said[1]), &json!("rude"))
    );
    for (member, length) in [("posts", 1), ("comments", 1), ("reports", 1)] {
        assert_eq!(export[member].as_array().unwrap().len(), length, "{member}");
    }
    let text = export.to_string();
    for foreign in [
        "bobs words".to_owned(),
        bob.id.to_string(),
        "\"reported\"".to_owned(),
    ] {
        assert!(!text.contains(&foreign), "{foreign}: {text}");
    }
}
