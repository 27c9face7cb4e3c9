//! Comments: threads, moderation, tombstones, reports.

use std::sync::Arc;

use serde_json::{Value, json};

use crate::stage::{Answer, Caller, Stage};

async fn say(stage: &Stage, caller: &Caller, body: &str, parent: Option<&Answer>) -> Answer {
    let parent = parent.map(|answer| answer.body["id"].clone());
    stage
        .post(
            caller,
            "/posts/talk/comments",
            json!({"body": body, "parent_id": parent}),
        )
        .await
}

fn path(comment: &Answer) -> String {
    format!("/comments/{}", comment.body["id"].as_str().unwrap())
}

#[tokio::test]
async fn a_thread_reads_from_top_to_bottom_on_pages_that_stay_right() {
    let stage = Stage::new().await;
    let (ada, bob) = (stage.account("ada").await, stage.account("bob").await);
    stage.published(&ada, "Talk").await;
    let one = say(&stage, &bob, "one **bold**", None).await;
    assert_eq!(one.status, 201, "{one:?}");
    assert_eq!(one.body["html"], "<p>one <strong>bold</strong></p>\n");
    assert_eq!(
        one.header("location"),
        format!("/api/v1/blog{}", path(&one))
    );
    say(&stage, &bob, "two", None).await;
    let reply = say(&stage, &ada, "one-one", Some(&one)).await;
    say(&stage, &bob, "one-one-one", Some(&reply)).await;
    say(&stage, &ada, "one-two", Some(&one)).await;
    let expected = ["one **bold**", "one-one", "one-one-one", "one-two", "two"];
    for limit in [1, 2, 100] {
        assert_eq!(
            stage.all(None, "/posts/talk/comments", limit, "body").await,
            expected
        );
    }
    assert_eq!(
        stage.all(None, "/posts/talk/comments", 100, "depth").await,
        ["0", "1", "2", "1", "0"]
    );
    assert_eq!(
        stage.get(None, "/posts/talk").await.body["comments_count"],
        5
    );

    // Between two pages somebody answers above and below.
    let first = stage.get(None, "/posts/talk/comments?limit=2").await;
    say(&stage, &bob, "one-one-two", Some(&reply)).await;
    say(&stage, &bob, "three", None).await;
    let cursor = first.body["next_cursor"].as_str().unwrap();
    let second = stage
        .get(
            None,
            &format!("/posts/talk/comments?limit=100&cursor={cursor}"),
        )
        .await;
    assert_eq!(
        second.each("body"),
        ["one-one-one", "one-one-two", "one-two", "two", "three"]
    );
    let elsewhere = stage.get(None, &format!("/posts?cursor={cursor}")).await;
    assert_eq!(elsewhere.status, 422, "a cursor belongs to its list");

    let mut deep = reply;
    for _ in 0..12 {
        deep = say(&stage, &ada, "deeper", Some(&deep)).await;
        assert_eq!(deep.status, 201, "{deep:?}");
    }
    assert_eq!(deep.body["depth"], 7);
    assert_eq!(
        stage.all(None, "/posts/talk/comments", 3, "id").await.len(),
        19
    );
}

#[tokio::test]
async fn a_comment_that_is_gone_keeps_its_place_while_it_has_answers() {
    let stage = Stage::new().await;
    let (ada, bob, eve) = (
        stage.account("ada").await,
        stage.account("bob").await,
        stage.account("eve").await,
    );
    stage.published(&ada, "Talk").await;
    let one = say(&stage, &bob, "secret", None).await;
    let reply = say(&stage, &eve, "answer", Some(&one)).await;
    assert_eq!(stage.act(&eve, "DELETE", &path(&one)).await.status, 403);
    assert_eq!(
        stage
            .call(None, "DELETE", &path(&one), &[], None)
            .await
            .status,
        401
    );
    let stale = stage
        .call(
            Some(&bob),
            "DELETE",
            &path(&one),
            &[("if-match", "\"x\"")],
            None,
        )
        .await;
    assert_eq!(stale.status, 412);
    assert_eq!(stage.act(&bob, "DELETE", &path(&one)).await.status, 204);
    assert_eq!(stage.act(&bob, "DELETE", &path(&one)).await.status, 404);

    let list = stage.get(Some(&bob), "/posts/talk/comments").await;
    assert_eq!(list.each("state"), ["deleted", "approved"]);
    assert_eq!(list.body["items"][0]["body"], Value::Null);
    assert_eq!(list.body["items"][0]["author"], Value::Null);
    assert_eq!(
        stage
            .count("select count(*) from blog.comments where body = 'secret'")
            .await,
        0,
        "it is gone"
    );
    assert_eq!(
        say(&stage, &bob, "again", Some(&one)).await.fields(),
        ["parent_id"]
    );
    assert_eq!(
        stage.get(None, "/posts/talk").await.body["comments_count"],
        1
    );

    assert_eq!(
        stage.act(&ada, "DELETE", &path(&reply)).await.status,
        204,
        "the post's author may"
    );
    assert!(
        stage
            .all(None, "/posts/talk/comments", 20, "id")
            .await
            .is_empty(),
        "nothing holds the places any more"
    );
    assert_eq!(
        stage.get(None, "/posts/talk").await.body["comments_count"],
        0
    );
}

#[tokio::test]
async fn where_comments_are_moderated_nobody_sees_them_before_somebody_has_looked() {
    let stage = Stage::new().await;
    let (ada, bob, eve) = (
        stage.account("ada").await,
        stage.account("bob").await,
        stage.account("eve").await,
    );
    let mut moderator = stage.account("mod").await;
    moderator.permissions = "comments.moderate";
    let post =
        json!({"title": "Talk", "body": "b", "status": "published", "comments": "moderated"});
    stage.post(&ada, "/posts", post).await;
    let one = say(&stage, &bob, "hello", None).await;
    assert_eq!((one.status, &one.body["state"]), (201, &json!("pending")));
    assert_eq!(
        say(&stage, &ada, "mine", None).await.body["state"],
        "approved"
    );
    assert_eq!(stage.events("comment.created").await, 1);
    for (caller, seen) in [
        (None, 1),
        (Some(&eve), 1),
        (Some(&bob), 2),
        (Some(&ada), 2),
        (Some(&moderator), 2),
    ] {
        assert_eq!(
            stage
                .all(caller, "/posts/talk/comments", 20, "id")
                .await
                .len(),
            seen,
            "{caller:?}"
        );
    }
    let approve = format!("{}/approve", path(&one));
    assert_eq!(
        stage.act(&eve, "POST", &approve).await.status,
        404,
        "a foreign pending comment does not exist"
    );
    assert_eq!(stage.act(&bob, "POST", &approve).await.status, 403);
    let approved = stage.act(&ada, "POST", &approve).await;
    assert_eq!(
        (approved.status, &approved.body["state"]),
        (200, &json!("approved"))
    );
    stage.act(&moderator, "POST", &approve).await;
    assert_eq!(stage.events("comment.created").await, 2, "it is told once");
    assert_eq!(
        stage
            .count("select count(*) from platform.tasks where kind = 'notify'")
            .await,
        1,
        "ada hears of bob, not of herself"
    );
    assert_eq!(
        stage.get(None, "/posts/talk").await.body["comments_count"],
        2
    );

    let edited = stage
        .call(
            Some(&bob),
            "PATCH",
            &path(&one),
            &[],
            Some(json!({"body": "spam"})),
        )
        .await;
    assert_eq!(
        edited.body["state"], "pending",
        "another wording is looked at too"
    );
    assert_eq!(
        stage.get(None, "/posts/talk").await.body["comments_count"],
        1
    );
    let rejected = stage
        .act(&moderator, "POST", &format!("{}/reject", path(&one)))
        .await;
    assert_eq!(rejected.body["state"], "rejected");
    assert_eq!(
        stage.all(None, "/posts/talk/comments", 20, "body").await,
        ["mine"]
    );

    stage
        .patch(&ada, "/posts/talk", json!({"comments": "closed"}))
        .await;
    assert_eq!(
        say(&stage, &bob, "late", None).await.problem(),
        (409, "conflict")
    );
    assert_eq!(
        stage.all(None, "/posts/talk/comments", 20, "body").await,
        ["mine"],
        "what was said stays"
    );
}

#[tokio::test]
async fn five_reports_hide_a_comment_until_a_moderator_has_looked() {
    let stage = Stage::new().await;
    let (ada, bob) = (stage.account("ada").await, stage.account("bob").await);
    stage.published(&ada, "Talk").await;
    let one = say(&stage, &bob, "rude", None).await;
    let report = format!("{}/report", path(&one));
    assert_eq!(
        stage.post(&bob, &report, json!({})).await.status,
        409,
        "one's own"
    );
    for number in 0..4 {
        let reader = stage.account(&format!("reader-{number}")).await;
        for _ in 0..3 {
            assert_eq!(
                stage
                    .post(&reader, &report, json!({"reason": "rude"}))
                    .await
                    .status,
                204
            );
        }
    }
    assert_eq!(
        stage
            .all(None, "/posts/talk/comments", 20, "id")
            .await
            .len(),
        1,
        "four are not five, however often"
    );
    assert_eq!(
        stage
            .all(Some(&ada), "/posts/talk/comments", 20, "reports_count")
            .await,
        ["4"]
    );
    assert_eq!(
        stage
            .all(None, "/posts/talk/comments", 20, "reports_count")
            .await,
        ["null"]
    );
    let fifth = stage.account("fifth").await;
    stage.post(&fifth, &report, json!({})).await;
    assert!(
        stage
            .all(None, "/posts/talk/comments", 20, "id")
            .await
            .is_empty()
    );
    assert_eq!(stage.post(&fifth, &report, json!({})).await.status, 404);
    stage
        .act(&ada, "POST", &format!("{}/approve", path(&one)))
        .await;
    for number in 5..12 {
        let reader = stage.account(&format!("reader-{number}")).await;
        stage.post(&reader, &report, json!({})).await;
    }
    assert_eq!(
        stage
            .all(None, "/posts/talk/comments", 20, "id")
            .await
            .len(),
        1,
        "a moderator has looked"
    );
}

#[tokio::test]
async fn a_hundred_comments_at_once_are_counted_exactly() {
    let stage = Arc::new(Stage::new().await);
    let ada = stage.account("ada").await;
    stage.published(&ada, "Talk").await;
    let mut talk = tokio::task::JoinSet::new();
    for number in 0..100 {
        let (stage, ada) = (Arc::clone(&stage), ada.clone());
        talk.spawn(async move {
            let said = say(&stage, &ada, &number.to_string(), None).await;
            assert_eq!(said.status, 201, "{said:?}");
            if number % 4 == 0 {
                assert_eq!(stage.act(&ada, "DELETE", &path(&said)).await.status, 204);
            }
        });
    }
    talk.join_all().await;
    assert_eq!(
        stage.get(None, "/posts/talk").await.body["comments_count"],
        75
    );
    assert_eq!(
        stage.all(None, "/posts/talk/comments", 7, "id").await.len(),
        75
    );
}

#[tokio::test]
async fn a_comment_needs_words_and_a_post() {
    let stage = Stage::new().await;
    let ada = stage.account("ada").await;
    stage.published(&ada, "Talk").await;
    for (body, field) in [
        (json!({"body": " "}), "body"),
        (json!({}), "body"),
        (json!({"body": "x".repeat(10_001)}), "body"),
        (json!({"body": "b", "parent_id": "x"}), "parent_id"),
        (
            json!({"body": "b", "parent_id": uuid::Uuid::nil()}),
            "parent_id",
        ),
    ] {
        let answer = stage.post(&ada, "/posts/talk/comments", body.clone()).await;
        assert_eq!(
            (answer.status, answer.fields()),
            (422, vec![field]),
            "{body}"
        );
    }
    assert_eq!(
        stage
            .post(&ada, "/posts/none/comments", json!({"body": "b"}))
            .await
            .status,
        404
    );
    assert_eq!(stage.get(None, "/posts/none/comments").await.status, 404);
    let key = [("idempotency-key", "c-1")];
    let body = json!({"body": "once"});
    let first = stage
        .call(
            Some(&ada),
            "POST",
            "/posts/talk/comments",
            &key,
            Some(body.clone()),
        )
        .await;
    let again = stage
        .call(Some(&ada), "POST", "/posts/talk/comments", &key, Some(body))
        .await;
    assert_eq!(
        (&first.body["id"], again.header("idempotency-replayed")),
        (&again.body["id"], "true")
    );
    assert_eq!(
        stage.get(None, "/posts/talk").await.body["comments_count"],
        1
    );
}

#[tokio::test]
async fn a_comment_is_read_by_itself_with_the_tag_that_a_change_names() {
    let stage = Stage::new().await;
    let (ada, bob) = (stage.account("ada").await, stage.account("bob").await);
    let post =
        json!({"title": "Talk", "body": "b", "status": "published", "comments": "moderated"});
    stage.post(&ada, "/posts", post).await;
    let said = say(&stage, &bob, "one", None).await;
    let at = path(&said);
    assert_eq!(stage.get(None, &at).await.status, 404, "it waits");
    for reader in [&ada, &bob] {
        assert_eq!(stage.get(Some(reader), &at).await.body["state"], "pending");
    }
    let approved = stage.act(&ada, "POST", &format!("{at}/approve")).await;
    assert_eq!(approved.status, 200, "{approved:?}");
    let shown = stage.get(None, &at).await.expect(200);
    assert_eq!(shown.body["body"], "one");
    let known = [("if-none-match", shown.etag())];
    let again = stage.call(None, "GET", &at, &known, None).await;
    assert_eq!(again.status, 304);
    let known = [("if-match", shown.etag())];
    for status in [200, 412] {
        let words = json!({"body": format!("for {status}")});
        let changed = stage
            .call(Some(&bob), "PATCH", &at, &known, Some(words))
            .await;
        assert_eq!(changed.status, status, "{changed:?}");
    }
    assert_eq!(stage.act(&bob, "DELETE", &at).await.status, 204);
    assert_eq!(stage.get(Some(&ada), &at).await.status, 404);
}
