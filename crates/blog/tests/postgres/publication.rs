//! Scheduled posts, and edits that readers don't see yet.

use serde_json::{Value, json};

use crate::stage::Stage;

pub(crate) fn in_hours(hours: i64) -> String {
    let at = std::time::SystemTime::now()
        + std::time::Duration::from_secs(u64::try_from(hours).unwrap() * 3600);
    let at: chrono::DateTime<chrono::Utc> = at.into();
    at.to_rfc3339_opts(chrono::SecondsFormat::Millis, true)
}

#[tokio::test]
async fn a_scheduled_post_appears_at_its_time_without_a_job_and_is_announced_once() {
    let stage = Stage::new().await;
    let (ada, bob) = (stage.account("ada").await, stage.account("bob").await);
    let post = json!({"title": "Soon", "body": "tomorrow", "tags": ["t"], "status": "scheduled", "published_at": in_hours(1)});
    let made = stage.post(&ada, "/posts", post).await;
    assert_eq!(
        (made.status, &made.body["status"]),
        (201, &json!("scheduled")),
        "{made:?}"
    );
    stage.published(&ada, "Now").await;

    for path in [
        "/posts",
        "/posts?author=ada",
        "/posts?tag=t",
        "/posts?q=tomorrow",
        "/search?q=tomorrow",
        "/posts?author=ada&tag=t",
    ] {
        assert!(
            !stage
                .all(None, path, 20, "slug")
                .await
                .contains(&"soon".to_owned()),
            "{path}"
        );
    }
    assert!(stage.all(None, "/tags", 20, "tag").await.is_empty());
    assert_eq!(stage.get(None, "/posts/soon").await.status, 404);
    assert_eq!(
        stage.get(Some(&bob), "/posts/soon/comments").await.status,
        404
    );
    assert_eq!(
        stage.act(&bob, "PUT", "/posts/soon/favorite").await.status,
        404
    );
    assert_eq!(
        stage.get(Some(&ada), "/posts/soon").await.body["status"],
        "scheduled"
    );
    assert_eq!(
        stage
            .all(Some(&ada), "/posts?status=scheduled", 20, "slug")
            .await,
        ["soon"]
    );
    assert!(
        stage.do_tasks("announce_post").await.is_empty(),
        "no task is due"
    );

    stage.later("2 hours").await;
    assert_eq!(
        stage.get(None, "/posts/soon").await.body["status"],
        "published"
    );
    for path in ["/posts", "/posts?author=ada"] {
        assert_eq!(
            stage.all(None, path, 1, "slug").await,
            ["soon", "now"],
            "{path}"
        );
    }
    for path in ["/posts?tag=t", "/posts?q=tomorrow", "/search?q=tomorrow"] {
        assert_eq!(stage.all(None, path, 20, "slug").await, ["soon"], "{path}");
    }
    assert_eq!(stage.all(None, "/tags", 20, "posts_count").await, ["1"]);
    assert_eq!(stage.events("post.published").await, 1, "that of the other");
    let told = stage.do_tasks("announce_post").await;
    assert_eq!(
        told.iter()
            .map(|answer| &answer.body["announced"])
            .collect::<Vec<_>>(),
        [true]
    );
    let again = stage.do_tasks("announce_post").await;
    assert_eq!(again[0].body["announced"], false, "a task may come twice");
    assert_eq!(stage.events("post.published").await, 2);
}

#[tokio::test]
async fn at_its_time_a_scheduled_post_is_in_feeds_series_and_counts_and_behind_its_old_slug() {
    let stage = Stage::new().await;
    let (ada, bob) = (stage.account("ada").await, stage.account("bob").await);
    let follow = format!(
        "insert into profile.follows (follower_id, followed_id, created_at) values ('{}', '{}', platform.now())",
        bob.id, ada.id
    );
    stage.run(&follow).await;
    for (title, tags, status, at) in [
        ("Part 1", json!(["t", "u"]), "published", None),
        ("Part 2", json!(["t"]), "scheduled", Some(in_hours(1))),
    ] {
        let post = json!({"title": title, "body": "b", "series": "S", "tags": tags, "status": status, "published_at": at});
        stage.post(&ada, "/posts", post).await.expect(201);
    }
    let slug = json!({"slug": "second"});
    stage.patch(&ada, "/posts/part-2", slug).await.expect(200);
    for slugs in [vec!["part-1"], vec!["second", "part-1"]] {
        for path in [
            "/posts",
            "/posts?author=ada",
            "/posts?tag=t",
            "/posts?author=ada&tag=t",
            "/posts?following=true",
            "/posts?following=true&tag=t",
        ] {
            let found = stage.all(Some(&bob), path, 1, "slug").await;
            assert_eq!(found, slugs, "{path}");
        }
        assert_eq!(
            stage.get(None, "/tags").await.body["items"],
            json!([{"tag": "t", "posts_count": slugs.len()}, {"tag": "u", "posts_count": 1}])
        );
        let first = stage.get(None, "/posts/part-1").await;
        let series = first.body["series_posts"].as_array().unwrap();
        assert_eq!(series.len(), slugs.len());
        let old = stage.get(None, "/posts/part-2").await;
        assert_eq!(old.status, if slugs.len() == 1 { 404 } else { 308 });
        stage.later("2 hours").await;
    }
}

#[tokio::test]
async fn a_schedule_can_be_moved_and_taken_back() {
    let stage = Stage::new().await;
    let ada = stage.account("ada").await;
    stage
        .post(&ada, "/posts", json!({"title": "Plan", "body": "b"}))
        .await;
    let past = stage
        .post(
            &ada,
            "/posts/plan/schedule",
            json!({"published_at": "2020-01-01T00:00:00Z"}),
        )
        .await;
    assert_eq!((past.status, past.fields()), (422, vec!["published_at"]));
    let first = stage
        .post(
            &ada,
            "/posts/plan/schedule",
            json!({"published_at": in_hours(1)}),
        )
        .await;
    assert_eq!(first.body["status"], "scheduled");
    stage
        .post(
            &ada,
            "/posts/plan/schedule",
            json!({"published_at": in_hours(3)}),
        )
        .await;
    stage.later("2 hours").await;
    assert_eq!(
        stage.do_tasks("announce_post").await[0].body["announced"],
        false,
        "the first time counts no more"
    );
    assert_eq!(stage.get(None, "/posts/plan").await.status, 404);

    let draft = stage.act(&ada, "POST", "/posts/plan/unpublish").await;
    assert_eq!(
        (&draft.body["status"], &draft.body["published_at"]),
        (&json!("draft"), &Value::Null)
    );
    stage.later("4 hours").await;
    assert!(
        stage
            .do_tasks("announce_post")
            .await
            .iter()
            .all(|answer| answer.body["announced"] == false)
    );
    assert_eq!(
        stage.events("post.published").await + stage.events("post.unpublished").await,
        0
    );

    // One that is to be seen goes away until its new time.
    stage.act(&ada, "POST", "/posts/plan/publish").await;
    stage
        .post(
            &ada,
            "/posts/plan/schedule",
            json!({"published_at": in_hours(9)}),
        )
        .await;
    assert_eq!(stage.get(None, "/posts/plan").await.status, 404);
    assert_eq!(stage.events("post.unpublished").await, 1);
    let now = stage.act(&ada, "POST", "/posts/plan/publish").await;
    assert_eq!(
        now.body["status"], "published",
        "publishing brings it forward"
    );
}

#[tokio::test]
async fn readers_dont_see_an_edit_before_it_is_published() {
    let stage = Stage::new().await;
    let (ada, bob) = (stage.account("ada").await, stage.account("bob").await);
    let post = stage.published(&ada, "Live").await;
    let path = "/posts/live/pending";
    assert_eq!(stage.get(Some(&ada), path).await.status, 404);
    assert_eq!(
        stage
            .call(Some(&ada), "PATCH", path, &[], Some(json!({"title": "x"})))
            .await
            .status,
        428
    );
    let first = stage
        .call(
            Some(&ada),
            "PATCH",
            path,
            &[("if-match", post.etag())],
            Some(json!({"title": "Better", "body": "# New"})),
        )
        .await;
    assert_eq!(
        (first.status, &first.body["title"]),
        (200, &json!("Better")),
        "{first:?}"
    );
    let second = stage
        .call(
            Some(&ada),
            "PATCH",
            path,
            &[("if-match", first.etag())],
            Some(json!({"slug": "better", "summary": null})),
        )
        .await;
    assert_eq!(
        second.body["changed"],
        json!(["body", "slug", "summary", "title"])
    );
    let stale = stage
        .call(
            Some(&ada),
            "PATCH",
            path,
            &[("if-match", first.etag())],
            Some(json!({"title": "Lost"})),
        )
        .await;
    assert_eq!(stale.status, 412);
    assert_eq!(stage.get(Some(&bob), path).await.status, 403);
    assert_eq!(stage.get(None, path).await.status, 401);

    let seen = stage.get(None, "/posts/live").await;
    assert_eq!(
        (&seen.body["title"], seen.etag()),
        (&json!("Live"), post.etag()),
        "nothing is to be seen"
    );
    assert_eq!(seen.body["pending_edit"], false);
    assert_eq!(
        stage.get(Some(&ada), "/posts/live").await.body["pending_edit"],
        true
    );
    let autosaved = stage
        .patch(
            &ada,
            "/posts/live",
            json!({"autosave": true, "body": "# Newer"}),
        )
        .await;
    assert_eq!(
        autosaved.body["body"], "Words.",
        "an autosave publishes nothing"
    );
    assert_eq!(stage.get(Some(&ada), path).await.body["body"], "# Newer");

    let published = stage.act(&ada, "POST", "/posts/live/publish").await;
    assert_eq!(
        (&published.body["title"], &published.body["slug"]),
        (&json!("Better"), &json!("better"))
    );
    assert_eq!(published.body["html"], "<h1 id=\"newer\">Newer</h1>\n");
    assert_eq!(published.body["pending_edit"], false);
    assert_eq!(stage.events("post.updated").await, 1);
    assert_eq!(stage.events("post.published").await, 1);
    assert_eq!(stage.get(None, "/posts/live").await.status, 308);

    stage
        .call(
            Some(&ada),
            "PATCH",
            "/posts/better/pending",
            &[("if-match", "*")],
            Some(json!({"title": "No"})),
        )
        .await;
    assert_eq!(
        stage
            .act(&ada, "DELETE", "/posts/better/pending")
            .await
            .status,
        204
    );
    assert_eq!(
        stage
            .act(&ada, "DELETE", "/posts/better/pending")
            .await
            .status,
        204
    );
    assert_eq!(
        stage.get(Some(&ada), "/posts/better/pending").await.status,
        404
    );

    stage
        .post(&ada, "/posts", json!({"title": "Draft", "body": "b"}))
        .await;
    let draft = stage
        .patch(&ada, "/posts/draft/pending", json!({"title": "x"}))
        .await;
    assert_eq!(draft.problem(), (409, "conflict"));
}

#[tokio::test]
async fn a_pending_slug_that_somebody_took_holds_the_publication_up_and_loses_nothing() {
    let stage = Stage::new().await;
    let ada = stage.account("ada").await;
    stage.published(&ada, "One").await;
    stage
        .patch(
            &ada,
            "/posts/one/pending",
            json!({"slug": "wanted", "title": "Uno"}),
        )
        .await;
    stage.published(&ada, "Wanted").await;
    assert_eq!(
        stage
            .act(&ada, "POST", "/posts/one/publish")
            .await
            .problem(),
        (409, "slug-taken")
    );
    let kept = stage.get(Some(&ada), "/posts/one/pending").await;
    assert_eq!(
        kept.body["title"], "Uno",
        "the edit is still there: {kept:?}"
    );
    assert_eq!(stage.get(None, "/posts/one").await.body["title"], "One");
}

#[tokio::test]
async fn a_pending_edit_is_never_taken_for_another() {
    let stage = Stage::new().await;
    let ada = stage.account("ada").await;
    stage.published(&ada, "Live").await;
    let path = "/posts/live/pending";
    let first = stage.patch(&ada, path, json!({"title": "First"})).await;
    assert_eq!(stage.act(&ada, "DELETE", path).await.status, 204);
    let second = stage.patch(&ada, path, json!({"title": "Second"})).await;
    assert_ne!(first.etag(), second.etag());
    let known = [("if-match", first.etag())];
    let lost = stage
        .call(
            Some(&ada),
            "PATCH",
            path,
            &known,
            Some(json!({"title": "Lost"})),
        )
        .await;
    assert_eq!(lost.status, 412, "{lost:?}");

    // It shows what the post below it says.
    stage
        .patch(&ada, "/posts/live", json!({"summary": "s"}))
        .await;
    let known = [("if-none-match", second.etag())];
    let shown = stage.call(Some(&ada), "GET", path, &known, None).await;
    assert_eq!(
        (shown.status, &shown.body["summary"]),
        (200, &json!("s")),
        "{shown:?}"
    );
}

#[tokio::test]
async fn what_changes_without_a_new_version_has_another_entity_tag() {
    let stage = Stage::new().await;
    let ada = stage.account("ada").await;
    let post = json!({"title": "One", "body": "b", "series": "S", "status": "scheduled", "published_at": in_hours(1)});
    let mut known = stage.post(&ada, "/posts", post).await.etag().to_owned();
    let version = known.split('.').next().unwrap().to_owned();
    let two = json!({"title": "Two", "body": "b", "series": "S", "status": "published"});
    for change in ["its time", "a pending edit", "its series", "a name"] {
        match change {
            "its time" => stage.later("2 hours").await,
            "a pending edit" => {
                stage
                    .patch(&ada, "/posts/one/pending", json!({"body": "c"}))
                    .await;
            }
            "its series" => {
                stage.post(&ada, "/posts", two.clone()).await;
            }
            _ => {
                stage
                    .run("update identity.accounts set username = 'Ada' where username = 'ada'")
                    .await;
            }
        }
        let headers = [("if-none-match", known.as_str())];
        let shown = stage
            .call(Some(&ada), "GET", "/posts/one", &headers, None)
            .await;
        assert_eq!(shown.status, 200, "{change}: {shown:?}");
        assert!(
            shown.etag() != known && shown.etag().starts_with(&version),
            "{change}: {}",
            shown.etag()
        );
        known = shown.etag().to_owned();
    }
    let headers = [("if-none-match", known.as_str())];
    let same = stage
        .call(Some(&ada), "GET", "/posts/one", &headers, None)
        .await;
    assert_eq!(same.status, 304);
}
