//! Slugs: unique, and an old one leads on.

use std::sync::Arc;

use serde_json::json;

use crate::stage::Stage;

#[tokio::test]
async fn fifty_equal_titles_at_once_get_fifty_slugs() {
    let stage = Arc::new(Stage::new().await);
    let ada = stage.account("ada").await;
    let mut writers = tokio::task::JoinSet::new();
    for _ in 0..50 {
        let (stage, ada) = (Arc::clone(&stage), ada.clone());
        writers.spawn(async move {
            stage.published(&ada, "Hello").await.body["slug"]
                .as_str()
                .unwrap()
                .to_owned()
        });
    }
    let mut slugs = writers.join_all().await;
    slugs.sort();
    slugs.dedup();
    assert_eq!(slugs.len(), 50);
    assert!(slugs.contains(&"hello".to_owned()) && slugs.contains(&"hello-2".to_owned()));
    assert_eq!(stage.events("post.published").await, 50);
    let mut listed = stage.all(None, "/posts?author=ada", 7, "slug").await;
    listed.sort();
    assert_eq!(
        listed, slugs,
        "pages neither skip nor repeat posts of one millisecond"
    );
}

#[tokio::test]
async fn an_old_slug_leads_to_the_new_one_and_is_nobody_elses() {
    let stage = Stage::new().await;
    let (ada, bob) = (stage.account("ada").await, stage.account("bob").await);
    stage.published(&ada, "First").await;
    stage.published(&bob, "Taken").await;
    let moved = stage
        .patch(&ada, "/posts/first", json!({"slug": "second"}))
        .await;
    assert_eq!(moved.body["slug"], "second");
    for (method, path, to) in [
        ("GET", "/posts/first", "/api/v1/blog/posts/second"),
        (
            "GET",
            "/posts/first/comments",
            "/api/v1/blog/posts/second/comments",
        ),
        (
            "PUT",
            "/posts/first/favorite",
            "/api/v1/blog/posts/second/favorite",
        ),
        (
            "POST",
            "/posts/first/publish",
            "/api/v1/blog/posts/second/publish",
        ),
        ("DELETE", "/posts/first", "/api/v1/blog/posts/second"),
        (
            "GET",
            "/posts/first/revisions",
            "/api/v1/blog/posts/second/revisions",
        ),
        (
            "GET",
            "/posts/first/revisions/1",
            "/api/v1/blog/posts/second/revisions/1",
        ),
        (
            "POST",
            "/posts/first/revisions/1/restore",
            "/api/v1/blog/posts/second/revisions/1/restore",
        ),
        (
            "GET",
            "/posts/first/pending",
            "/api/v1/blog/posts/second/pending",
        ),
    ] {
        let answer = stage.act(&ada, method, path).await;
        assert_eq!(answer.problem(), (308, "moved"), "{method} {path}");
        assert_eq!(answer.header("location"), to);
    }
    for path in ["/posts/first/revisions", "/posts/first/revisions/1"] {
        assert_eq!(
            stage.act(&bob, "GET", path).await.status,
            404,
            "others' revisions are nowhere: {path}"
        );
    }
    let clash = stage
        .patch(&bob, "/posts/taken", json!({"slug": "first"}))
        .await;
    assert_eq!(clash.problem(), (409, "slug-taken"), "an old slug is taken");
    let clash = stage
        .patch(&bob, "/posts/taken", json!({"slug": "second"}))
        .await;
    assert_eq!(clash.problem(), (409, "slug-taken"));
    assert_eq!(stage.published(&bob, "First").await.body["slug"], "first-2");

    let third = stage
        .patch(&ada, "/posts/second", json!({"slug": "third"}))
        .await;
    assert_eq!(third.status, 200);
    assert_eq!(
        stage.get(None, "/posts/first").await.header("location"),
        "/api/v1/blog/posts/third",
        "without a chain"
    );
    let back = stage
        .patch(&ada, "/posts/third", json!({"slug": "first"}))
        .await;
    assert_eq!(
        back.body["slug"], "first",
        "one's own old slug can be taken back"
    );
    assert_eq!(stage.get(None, "/posts/first").await.status, 200);
    stage.act(&ada, "POST", "/posts/first/unpublish").await;
    assert_eq!(
        stage.get(None, "/posts/second").await.status,
        404,
        "where a draft was, is private"
    );
    assert_eq!(stage.get(Some(&ada), "/posts/second").await.status, 308);
}

#[tokio::test]
async fn two_posts_that_want_one_slug_at_once_dont_both_get_it() {
    let stage = Arc::new(Stage::new().await);
    let ada = stage.account("ada").await;
    for number in 0..12 {
        stage.published(&ada, &format!("Post {number}")).await;
    }
    let mut movers = tokio::task::JoinSet::new();
    for number in 0..12 {
        let (stage, ada) = (Arc::clone(&stage), ada.clone());
        movers.spawn(async move {
            stage
                .patch(
                    &ada,
                    &format!("/posts/post-{number}"),
                    json!({"slug": "prize"}),
                )
                .await
                .status
        });
    }
    let mut statuses = movers.join_all().await;
    statuses.sort_unstable();
    assert_eq!(statuses[0], 200);
    assert!(
        statuses[1..].iter().all(|status| *status == 409),
        "{statuses:?}"
    );
}

#[tokio::test]
async fn a_list_goes_on_where_it_was_when_its_post_gets_another_slug() {
    let stage = Stage::new().await;
    let ada = stage.account("ada").await;
    stage.published(&ada, "First").await;
    for body in ["a", "b", "c"] {
        let said = json!({"body": body});
        stage
            .post(&ada, "/posts/first/comments", said.clone())
            .await;
        stage.patch(&ada, "/posts/first", said).await;
    }
    let lists = [
        ("comments", "body", vec!["c"]),
        ("revisions", "number", vec!["2", "1"]),
    ];
    let mut cursors = Vec::new();
    for (list, ..) in &lists {
        let path = format!("/posts/first/{list}?limit=2");
        let page = stage.get(Some(&ada), &path).await;
        cursors.push(page.body["next_cursor"].as_str().unwrap().to_owned());
    }
    stage
        .patch(&ada, "/posts/first", json!({"slug": "second"}))
        .await;
    for ((list, member, rest), cursor) in lists.iter().zip(cursors) {
        let path = format!("/posts/first/{list}?limit=2&cursor={cursor}");
        let moved = stage.get(Some(&ada), &path).await;
        assert_eq!(moved.problem(), (308, "moved"), "{list}");
        let to = moved.header("location").strip_prefix("/api/v1/blog");
        let page = stage.get(Some(&ada), to.unwrap()).await;
        assert_eq!(&page.each(member), rest, "{list}");
    }
}
