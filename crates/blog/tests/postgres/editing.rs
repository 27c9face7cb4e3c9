//! Revisions.

use serde_json::{Value, json};

use crate::stage::Stage;

#[tokio::test]
async fn every_save_is_a_revision_and_autosaves_of_ten_minutes_are_one() {
    let stage = Stage::new().await;
    let (ada, bob) = (stage.account("ada").await, stage.account("bob").await);
    stage
        .post(&ada, "/posts", json!({"title": "Draft", "body": "1"}))
        .await;
    for body in ["2", "3", "4"] {
        stage
            .patch(
                &ada,
                "/posts/draft",
                json!({"body": body, "autosave": true}),
            )
            .await;
    }
    let path = "/posts/draft/revisions";
    assert_eq!(
        stage.all(Some(&ada), path, 20, "origin").await,
        ["autosaved", "created"]
    );
    stage
        .patch(&ada, "/posts/draft", json!({"body": "5"}))
        .await;
    assert_eq!(
        stage.all(Some(&ada), path, 20, "origin").await,
        ["saved", "created"],
        "the save that ends autosaves is their revision"
    );
    stage
        .patch(&ada, "/posts/draft", json!({"body": "6", "autosave": true}))
        .await;
    stage.later("11 minutes").await;
    stage
        .patch(&ada, "/posts/draft", json!({"body": "7", "autosave": true}))
        .await;
    stage
        .patch(&ada, "/posts/draft", json!({"comments": "closed"}))
        .await;
    stage
        .patch(&ada, "/posts/draft", json!({"body": "7"}))
        .await;
    assert_eq!(
        stage.all(Some(&ada), path, 1, "number").await,
        ["4", "3", "2", "1"],
        "what changes no word is no revision"
    );
    let revision = stage.get(Some(&ada), "/posts/draft/revisions/2").await;
    assert_eq!(revision.body["body"], "5");
    let known = [("if-none-match", revision.etag())];
    let again = stage
        .call(Some(&ada), "GET", "/posts/draft/revisions/2", &known, None)
        .await;
    assert_eq!((again.status, again.etag()), (304, revision.etag()));
    assert_eq!(stage.get(Some(&bob), path).await.status, 404);
    assert_eq!(
        stage
            .get(Some(&bob), "/posts/draft/revisions/2")
            .await
            .status,
        404
    );
    assert_eq!(
        stage
            .get(Some(&ada), "/posts/draft/revisions/9")
            .await
            .status,
        404
    );
    assert_eq!(
        stage
            .get(Some(&ada), "/posts/draft/revisions/x")
            .await
            .status,
        404
    );
}

#[tokio::test]
async fn to_restore_is_to_write_it_again() {
    let stage = Stage::new().await;
    let ada = stage.account("ada").await;
    let post = json!({"title": "One", "body": "# 1", "tags": ["a"], "summary": "s", "status": "published"});
    stage.post(&ada, "/posts", post).await;
    let changed = stage
        .patch(
            &ada,
            "/posts/one",
            json!({"title": "Two", "body": "# 2", "tags": ["b"], "summary": null, "slug": "two"}),
        )
        .await;
    let old = stage
        .call(
            Some(&ada),
            "POST",
            "/posts/two/revisions/1/restore",
            &[("if-match", "\"x\"")],
            None,
        )
        .await;
    assert_eq!(old.status, 412);
    let back = stage
        .call(
            Some(&ada),
            "POST",
            "/posts/two/revisions/1/restore",
            &[("if-match", changed.etag())],
            None,
        )
        .await;
    assert_eq!(back.status, 200, "{back:?}");
    assert_eq!(
        (
            &back.body["title"],
            &back.body["summary"],
            &back.body["tags"]
        ),
        (&json!("One"), &json!("s"), &json!(["a"]))
    );
    assert_eq!(back.body["html"], "<h1 id=\"1\">1</h1>\n", "rendered anew");
    assert_eq!(back.body["slug"], "two", "the address stays");
    let list = stage.get(Some(&ada), "/posts/two/revisions").await;
    assert_eq!(list.each("origin"), ["restored", "saved", "created"]);
    assert_eq!(list.body["items"][0]["restored_from"], 1);
    assert_eq!(stage.all(None, "/posts?tag=a", 20, "slug").await, ["two"]);
    assert_eq!(stage.events("post.updated").await, 2);
}

#[tokio::test]
async fn a_post_of_before_there_were_revisions_loses_nothing() {
    let stage = Stage::new().await;
    let ada = stage.account("ada").await;
    stage.published(&ada, "Old").await;
    stage
        .run("delete from blog.revisions; update blog.posts set revision = 0, head = null")
        .await;
    assert_eq!(
        stage.get(None, "/posts/old").await.body["title"],
        "Old",
        "its words are put together when it is read"
    );
    stage
        .patch(&ada, "/posts/old", json!({"body": "New."}))
        .await;
    let first = stage.get(Some(&ada), "/posts/old/revisions/1").await;
    assert_eq!(first.body["body"], "Words.");
    assert_eq!(
        stage
            .all(Some(&ada), "/posts/old/revisions", 20, "number")
            .await,
        ["2", "1"]
    );
}

#[tokio::test]
async fn two_hundred_revisions_are_kept() {
    let stage = Stage::new().await;
    let ada = stage.account("ada").await;
    stage
        .post(&ada, "/posts", json!({"title": "Long", "body": "0"}))
        .await;
    stage
        .run(
            "insert into blog.revisions (post_id, number, editor_id, origin, title, body, tags, created_at, updated_at)
             select r.post_id, n, r.editor_id, r.origin, r.title, r.body, r.tags, r.created_at, r.updated_at
             from blog.revisions r, generate_series(2, 198) n;
             update blog.posts set revision = 198",
        )
        .await;
    for number in 199..=206 {
        stage
            .patch(&ada, "/posts/long", json!({"body": number.to_string()}))
            .await;
    }
    assert_eq!(
        stage.count("select count(*) from blog.revisions").await,
        200
    );
    for (end, number) in [("min", 7), ("max", 206)] {
        let sql = format!("select {end}(number)::int8 from blog.revisions");
        assert_eq!(stage.count(&sql).await, number, "{end}");
    }
}

#[tokio::test]
async fn what_was_saved_or_published_stays_in_the_history_however_soon_it_is_changed() {
    let stage = Stage::new().await;
    let ada = stage.account("ada").await;
    stage
        .post(&ada, "/posts", json!({"title": "Draft", "body": "1"}))
        .await;
    let save = async |body: &str, autosave: bool| {
        let changes = json!({"body": body, "autosave": autosave});
        let saved = stage.patch(&ada, "/posts/draft", changes).await;
        assert_eq!(saved.status, 200, "{saved:?}");
    };
    save("2", true).await;
    // By hand, as the program had saved it a moment ago.
    save("2", false).await;
    save("3", true).await;
    stage.act(&ada, "POST", "/posts/draft/publish").await;
    save("4", false).await;
    for (number, body, origin) in [
        (1, "1", "created"),
        (2, "2", "saved"),
        (3, "3", "published"),
        (4, "4", "saved"),
    ] {
        let path = format!("/posts/draft/revisions/{number}");
        let revision = stage.get(Some(&ada), &path).await;
        assert_eq!(
            (&revision.body["body"], &revision.body["origin"]),
            (&json!(body), &json!(origin)),
            "{revision:?}"
        );
    }
}

#[tokio::test]
async fn two_windows_that_autosave_a_published_post_do_not_overwrite_each_other() {
    let stage = Stage::new().await;
    let (ada, bob) = (stage.account("ada").await, stage.account("bob").await);
    let post = stage.published(&ada, "Live").await;
    let save = async |known: &str, changes: Value| {
        let known = [("if-match", known)];
        stage
            .call(Some(&ada), "PATCH", "/posts/live", &known, Some(changes))
            .await
    };
    let autosave = |body: &str| json!({"body": body, "autosave": true});
    let pending = async || stage.get(Some(&ada), "/posts/live/pending").await.body["body"].clone();

    let first = save(post.etag(), autosave("one")).await.expect(200);
    let other = save(post.etag(), autosave("two")).await;
    assert_eq!(other.status, 412, "{other:?}");
    let first = save(first.etag(), autosave("one more")).await.expect(200);
    assert_eq!(pending().await, "one more", "nothing is lost");
    assert_eq!(stage.get(None, "/posts/live").await.etag(), post.etag());

    // The other window reads what there is, and goes on; now the first one is late.
    let read = stage.get(Some(&ada), "/posts/live").await;
    assert_eq!(
        (read.etag(), &read.body["pending_edit"]),
        (first.etag(), &json!(true))
    );
    let second = save(read.etag(), autosave("both")).await.expect(200);
    let late = save(first.etag(), autosave("lost")).await;
    assert_eq!(late.status, 412, "{late:?}");
    let list = format!("{}, {}", post.etag(), second.etag());
    let second = save(&list, autosave("both of us")).await.expect(200);

    // A reader's favourite is no conflict, and tells the reader nothing of the edit.
    let liked = stage.act(&bob, "PUT", "/posts/live/favorite").await;
    let seen = stage.get(Some(&bob), "/posts/live").await;
    assert_eq!(
        (liked.etag(), &liked.body["pending_edit"]),
        (seen.etag(), &json!(false))
    );
    let known = save(second.etag(), autosave("all of us")).await.expect(200);
    assert_eq!(pending().await, "all of us");

    // What was dropped does not come back, and what begins anew is another.
    stage.act(&ada, "DELETE", "/posts/live/pending").await;
    let dropped = save(known.etag(), autosave("again")).await;
    assert_eq!(dropped.status, 412, "{dropped:?}");
    let anew = save(post.etag(), autosave("anew")).await.expect(200);
    for old in [&first, &second, &known] {
        assert_eq!(save(old.etag(), autosave("lost")).await.status, 412);
    }

    // A save by hand and a publication ask for the post alone, as ever.
    let saved = save(post.etag(), json!({"summary": "s"})).await.expect(200);
    assert_eq!(
        save(anew.etag(), autosave("lost")).await.status,
        412,
        "the post has changed below the edit"
    );
    let saved = save(saved.etag(), autosave("the end")).await.expect(200);
    let known = [("if-match", saved.etag())];
    let path = "/posts/live/publish";
    let published = stage.call(Some(&ada), "POST", path, &known, None).await;
    assert_eq!(
        (&published.body["body"], &published.body["pending_edit"]),
        (&json!("the end"), &json!(false)),
        "{published:?}"
    );
}
