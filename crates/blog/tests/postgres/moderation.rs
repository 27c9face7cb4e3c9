//! What waits for its author's or a moderator's look.

use serde_json::json;

use crate::stage::{Answer, Caller, Stage};

async fn say(stage: &Stage, caller: &Caller, slug: &str, body: &str) -> Answer {
    let said = stage
        .post(
            caller,
            &format!("/posts/{slug}/comments"),
            json!({"body": body}),
        )
        .await;
    assert_eq!(said.status, 201, "{said:?}");
    said
}

/// Something that is done to a comment.
async fn act(stage: &Stage, caller: &Caller, comment: &Answer, deed: &str) {
    let id = comment.body["id"].as_str().unwrap();
    let done = stage
        .post(caller, &format!("/comments/{id}/{deed}"), json!({}))
        .await;
    assert!(matches!(done.status, 200 | 204), "{deed}: {done:?}");
}

async fn waiting(stage: &Stage, caller: &Caller) -> Vec<String> {
    stage.all(Some(caller), "/comments", 20, "body").await
}

async fn moderator(stage: &Stage) -> Caller {
    let mut moderator = stage.account("mod").await;
    moderator.permissions = "comments.moderate";
    moderator
}

async fn moderated_post(stage: &Stage, author: &Caller, title: &str) {
    let post = json!({"title": title, "body": "b", "status": "published", "comments": "moderated"});
    assert_eq!(stage.post(author, "/posts", post).await.status, 201);
}

#[tokio::test]
async fn what_is_pending_is_listed_to_those_who_may_judge_it() {
    let stage = Stage::new().await;
    let (ada, bob, eve) = (
        stage.account("ada").await,
        stage.account("bob").await,
        stage.account("eve").await,
    );
    let moderator = moderator(&stage).await;
    moderated_post(&stage, &ada, "Adas").await;
    moderated_post(&stage, &bob, "Bobs").await;
    let one = say(&stage, &eve, "adas", "one").await;
    say(&stage, &eve, "bobs", "two").await;
    say(&stage, &eve, "adas", "three").await;
    say(&stage, &ada, "adas", "of the author").await;
    for (caller, bodies) in [
        (&ada, ["three", "one"].as_slice()),
        (&bob, &["two"]),
        (&eve, &[]),
        (&moderator, &["three", "two", "one"]),
    ] {
        for limit in [1, 20] {
            let listed = stage.all(Some(caller), "/comments", limit, "body").await;
            assert_eq!(listed, bodies, "{caller:?}, {limit}");
        }
    }
    let page = stage.get(Some(&ada), "/comments?limit=1").await;
    assert_eq!(
        page.body["items"][0]["post"],
        json!({"slug": "adas", "title": "Adas"})
    );
    let cursor = page.body["next_cursor"].as_str().unwrap();
    assert_eq!(
        stage
            .get(Some(&bob), &format!("/comments?cursor={cursor}"))
            .await
            .fields(),
        ["cursor"],
        "a cursor is its owner's"
    );
    assert_eq!(stage.get(None, "/comments").await.status, 401);
    let mut writer = ada.clone();
    writer.scopes = "posts.write";
    assert_eq!(stage.get(Some(&writer), "/comments").await.status, 403);

    act(&stage, &ada, &one, "reject").await;
    assert_eq!(waiting(&stage, &ada).await, ["three"]);
    assert_eq!(
        stage
            .all(Some(&ada), "/posts/adas/comments", 20, "state")
            .await,
        ["rejected", "pending", "approved"],
        "who judged it can judge again"
    );
    assert_eq!(
        stage
            .all(Some(&bob), "/posts/adas/comments", 20, "body")
            .await,
        ["of the author"]
    );
    stage.act(&ada, "DELETE", "/posts/adas").await;
    assert_eq!(waiting(&stage, &moderator).await, ["two"]);
}

#[tokio::test]
async fn what_is_reported_waits_until_somebody_has_judged_it() {
    let stage = Stage::new().await;
    let (ada, bob, eve) = (
        stage.account("ada").await,
        stage.account("bob").await,
        stage.account("eve").await,
    );
    let moderator = moderator(&stage).await;
    stage.published(&ada, "Talk").await;
    let rude = say(&stage, &eve, "talk", "rude").await;
    assert!(waiting(&stage, &moderator).await.is_empty());
    for _ in 0..2 {
        act(&stage, &bob, &rude, "report").await;
        let listed = stage.get(Some(&ada), "/comments").await;
        assert_eq!(listed.each("body"), ["rude"]);
        assert_eq!(listed.each("reports_count"), ["1"]);
        assert_eq!(
            listed.each("state"),
            ["approved"],
            "one report hides nothing"
        );
        assert_eq!(waiting(&stage, &moderator).await, ["rude"]);
        act(&stage, &moderator, &rude, "approve").await;
        assert!(waiting(&stage, &ada).await.is_empty());
    }

    // With the account of whoever reported it goes the report.
    act(&stage, &bob, &rude, "report").await;
    stage
        .take_event("user.events", "user.deleted", json!({"user_id": bob.id}))
        .await;
    assert!(waiting(&stage, &moderator).await.is_empty());
}

#[tokio::test]
async fn a_look_at_other_words_was_none_at_these() {
    let stage = Stage::new().await;
    let (ada, eve) = (stage.account("ada").await, stage.account("eve").await);
    stage.published(&ada, "Talk").await;
    let comment = say(&stage, &eve, "talk", "kind").await;
    act(&stage, &ada, &comment, "approve").await;
    let path = format!("/comments/{}", comment.body["id"].as_str().unwrap());
    let edited = stage.patch(&eve, &path, json!({"body": "rude"})).await;
    assert_eq!(edited.status, 200, "{edited:?}");
    for number in 0..5 {
        let reader = stage.account(&format!("reader-{number}")).await;
        act(&stage, &reader, &comment, "report").await;
    }
    let post = stage.get(None, "/posts/talk").await;
    assert_eq!(post.body["comments_count"], 0, "five reports hide it again");
}

#[tokio::test]
async fn whoever_sees_an_answer_sees_the_place_of_what_it_answers() {
    let stage = Stage::new().await;
    let (ada, bob, eve) = (
        stage.account("ada").await,
        stage.account("bob").await,
        stage.account("eve").await,
    );
    moderated_post(&stage, &ada, "Adas").await;
    let one = say(&stage, &eve, "adas", "one").await;
    act(&stage, &ada, &one, "approve").await;
    let answer = json!({"body": "two", "parent_id": one.body["id"]});
    stage.post(&bob, "/posts/adas/comments", answer).await;
    let path = format!("/comments/{}", one.body["id"].as_str().unwrap());
    assert_eq!(stage.act(&eve, "DELETE", &path).await.status, 204);
    for (caller, states) in [
        (&ada, ["deleted", "pending"].as_slice()),
        (&bob, &["deleted", "pending"]),
        (&eve, &[]),
    ] {
        let path = "/posts/adas/comments";
        assert_eq!(stage.all(Some(caller), path, 1, "state").await, states);
    }
}
