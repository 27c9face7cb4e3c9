//! A post from its first word to its end.

use std::sync::Arc;

use serde_json::{Value, json};

use crate::stage::Stage;

#[tokio::test]
async fn a_draft_is_its_authors_until_it_is_published() {
    let stage = Stage::new().await;
    let (ada, bob) = (stage.account("ada").await, stage.account("bob").await);
    let draft = stage
        .post(
            &ada,
            "/posts",
            json!({"title": " Größe & Straße ", "body": "# Hi\n\n<script>alert(1)</script> **bold**", "tags": ["Rust", "rust", "C++"]}),
        )
        .await;
    assert_eq!(draft.status, 201, "{draft:?}");
    assert_eq!(draft.body["slug"], "größe-straße");
    assert_eq!(
        draft.header("location"),
        "/api/v1/blog/posts/gr%C3%B6%C3%9Fe-stra%C3%9Fe"
    );
    assert_eq!(draft.body["title"], "Größe & Straße");
    assert_eq!(draft.body["tags"], json!(["rust", "c++"]));
    assert_eq!(draft.body["status"], "draft");
    assert_eq!(draft.body["published_at"], Value::Null);
    assert_eq!(draft.body["toc"][0]["anchor"], "hi");
    assert!(!draft.body["html"].as_str().unwrap().contains("script"));

    let path = "/posts/gr%C3%B6%C3%9Fe-stra%C3%9Fe";
    assert_eq!(stage.get(Some(&ada), path).await.body, draft.body);
    assert_eq!(stage.get(Some(&bob), path).await.status, 404);
    assert_eq!(stage.get(None, path).await.status, 404);
    let action = format!("{path}/publish");
    assert_eq!(
        stage.act(&bob, "POST", &action).await.status,
        404,
        "a foreign draft does not exist"
    );
    assert_eq!(stage.events("post.published").await, 0);

    let published = stage.act(&ada, "POST", &action).await;
    assert_eq!(published.body["status"], "published");
    let again = stage.act(&ada, "POST", &action).await;
    assert_eq!(again.etag(), published.etag(), "published is published");
    assert_eq!(stage.events("post.published").await, 1);
    let read = stage.get(None, path).await;
    assert_eq!((read.status, &read.body), (200, &published.body));
    assert_eq!(
        stage
            .act(&bob, "POST", &format!("{path}/unpublish"))
            .await
            .status,
        403
    );

    let fresh = stage
        .call(None, "GET", path, &[("if-none-match", read.etag())], None)
        .await;
    assert_eq!(fresh.status, 304);
}

#[tokio::test]
async fn the_wrong_field_is_named_with_what_is_allowed() {
    let stage = Stage::new().await;
    let ada = stage.account("ada").await;
    let cases = [
        (json!({"body": "b"}), "title"),
        (json!({"title": " ", "body": "b"}), "title"),
        (json!({"title": "t"}), "body"),
        (
            json!({"title": "t", "body": "b", "tags": ["a", "<b>"]}),
            "tags[1]",
        ),
        (
            json!({"title": "t", "body": "b", "tags": vec!["a"; 11]}),
            "tags",
        ),
        (
            json!({"title": "t", "body": "b", "cover": {"url": "javascript:alert(1)"}}),
            "cover.url",
        ),
        (
            json!({"title": "t", "body": "b", "cover": {"url": "https://a.example", "alt": "a\nb"}}),
            "cover.alt",
        ),
        (
            json!({"title": "t", "body": "b", "canonical_url": "/x"}),
            "canonical_url",
        ),
        (json!({"title": "t", "body": "b", "series": " "}), "series"),
        (
            json!({"title": "t", "body": "b", "comments": "maybe"}),
            "comments",
        ),
        (
            json!({"title": "t", "body": "b", "status": "deleted"}),
            "status",
        ),
        (
            json!({"title": "t", "body": "b", "published_at": "2020-01-01T00:00:00Z"}),
            "published_at",
        ),
        (
            json!({"title": "t", "body": "b", "status": "published", "published_at": "2999-01-01T00:00:00Z"}),
            "published_at",
        ),
        (
            json!({"title": "t", "body": "b", "status": "scheduled"}),
            "published_at",
        ),
        (
            json!({"title": "t", "body": "b", "status": "scheduled", "published_at": "2020-01-01T00:00:00Z"}),
            "published_at",
        ),
    ];
    for (body, field) in cases {
        let answer = stage.post(&ada, "/posts", body.clone()).await;
        assert_eq!(answer.problem(), (422, "validation"), "{body}");
        assert_eq!(answer.fields(), [field], "{body}");
    }
    let slug = stage.published(&ada, "Fine").await.body["slug"].clone();
    let path = format!("/posts/{}", slug.as_str().unwrap());
    for (body, field) in [
        (json!({"cover": {"url": "ftp://x"}}), "cover.url"),
        (json!({"title": null}), "title"),
        (json!({"tags": null}), "tags"),
        (json!({"slug": "No Slug!"}), "slug"),
    ] {
        let answer = stage.patch(&ada, &path, body.clone()).await;
        assert_eq!(answer.status, 422, "{body}: {answer:?}");
        assert_eq!(answer.fields(), [field], "{body}");
    }
}

#[tokio::test]
async fn of_two_edits_of_one_version_one_is_refused() {
    let stage = Arc::new(Stage::new().await);
    let ada = stage.account("ada").await;
    let etag = stage.published(&ada, "Race").await.etag().to_owned();
    let mut editors = tokio::task::JoinSet::new();
    for number in 0..10 {
        let (stage, ada, etag) = (Arc::clone(&stage), ada.clone(), etag.clone());
        editors.spawn(async move {
            let change = json!({"title": format!("Race {number}")});
            stage
                .call(
                    Some(&ada),
                    "PATCH",
                    "/posts/race",
                    &[("if-match", &etag)],
                    Some(change),
                )
                .await
                .status
        });
    }
    let mut statuses = editors.join_all().await;
    statuses.sort_unstable();
    assert_eq!(statuses[0], 200);
    assert!(
        statuses[1..].iter().all(|status| *status == 412),
        "{statuses:?}"
    );

    let bare = stage
        .call(
            Some(&ada),
            "PATCH",
            "/posts/race",
            &[],
            Some(json!({"title": "x"})),
        )
        .await;
    assert_eq!(bare.problem(), (428, "precondition-required"));
    let now = stage.get(Some(&ada), "/posts/race").await;
    let list = format!("\"other\", W/{}, {}", now.etag(), now.etag());
    let listed = stage
        .call(
            Some(&ada),
            "PATCH",
            "/posts/race",
            &[("if-match", &list)],
            Some(json!({"summary": "s"})),
        )
        .await;
    assert_eq!(
        listed.status, 200,
        "any tag of the list will do: {listed:?}"
    );
    let weak = format!("W/{}", listed.etag());
    let answer = stage
        .call(
            Some(&ada),
            "DELETE",
            "/posts/race",
            &[("if-match", &weak)],
            None,
        )
        .await;
    assert_eq!(answer.status, 412, "weak tags never match");
}

#[tokio::test]
async fn a_patch_keeps_what_is_absent_and_clears_what_is_null() {
    let stage = Stage::new().await;
    let ada = stage.account("ada").await;
    let post = json!({"title": "All", "body": "b", "summary": "s", "tags": ["a"], "cover": {"url": "https://a.example/x.png", "alt": "x"},
        "canonical_url": "https://b.example", "series": "S", "comments": "moderated", "status": "published"});
    stage.post(&ada, "/posts", post).await;
    let changed = stage
        .patch(&ada, "/posts/all", json!({"summary": "t"}))
        .await;
    assert_eq!(changed.body["body"], "b");
    assert_eq!(changed.body["cover"]["alt"], "x");
    assert_eq!(changed.body["comments"], "moderated");
    let cleared = stage
        .patch(&ada, "/posts/all", json!({"summary": null, "cover": null, "canonical_url": null, "series": null, "tags": []}))
        .await;
    for member in ["summary", "cover", "canonical_url", "series"] {
        assert_eq!(cleared.body[member], Value::Null, "{member}");
    }
    assert_eq!(cleared.body["tags"], json!([]));
    let same = stage
        .patch(&ada, "/posts/all", json!({"title": "All", "slug": "all"}))
        .await;
    assert_eq!(
        same.etag(),
        cleared.etag(),
        "what changes nothing is no version"
    );
}

#[tokio::test]
async fn an_idempotency_key_creates_once() {
    let stage = Stage::new().await;
    let ada = stage.account("ada").await;
    let post = json!({"title": "Once", "body": "b"});
    let key = [("idempotency-key", "k-1")];
    let first = stage
        .call(Some(&ada), "POST", "/posts", &key, Some(post.clone()))
        .await;
    let again = stage
        .call(Some(&ada), "POST", "/posts", &key, Some(post.clone()))
        .await;
    assert_eq!((again.status, &again.body), (201, &first.body));
    assert_eq!(again.header("idempotency-replayed"), "true");
    let other = stage
        .call(
            Some(&ada),
            "POST",
            "/posts",
            &key,
            Some(json!({"title": "Twice", "body": "b"})),
        )
        .await;
    assert_eq!(other.problem(), (422, "idempotency-mismatch"));
    stage.act(&ada, "DELETE", "/posts/once").await;
    let gone = stage
        .call(Some(&ada), "POST", "/posts", &key, Some(post))
        .await;
    assert_eq!(gone.status, 404);
    assert_eq!(stage.count("select count(*) from blog.posts").await, 1);
}

#[tokio::test]
async fn a_deleted_post_can_be_restored_for_thirty_days() {
    let stage = Stage::new().await;
    let (ada, bob) = (stage.account("ada").await, stage.account("bob").await);
    let post = json!({"title": "Gone", "body": "b", "tags": ["t"], "status": "published"});
    stage.post(&ada, "/posts", post).await;
    stage.act(&bob, "PUT", "/posts/gone/favorite").await;
    assert_eq!(stage.act(&bob, "DELETE", "/posts/gone").await.status, 403);
    assert_eq!(stage.act(&ada, "DELETE", "/posts/gone").await.status, 204);
    assert_eq!(stage.act(&ada, "DELETE", "/posts/gone").await.status, 404);
    assert_eq!(stage.get(Some(&ada), "/posts/gone").await.status, 404);
    assert!(stage.all(None, "/posts", 20, "slug").await.is_empty());
    assert!(stage.all(None, "/tags", 20, "tag").await.is_empty());
    assert!(
        stage
            .all(None, "/search?q=gone", 20, "slug")
            .await
            .is_empty()
    );
    assert_eq!(
        stage
            .all(Some(&ada), "/posts?status=deleted", 20, "slug")
            .await,
        ["gone"]
    );
    assert!(
        stage
            .all(Some(&bob), "/posts?status=deleted", 20, "slug")
            .await
            .is_empty()
    );
    assert_eq!(
        stage.published(&bob, "Gone").await.body["slug"],
        "gone-2",
        "the slug is kept for it"
    );
    assert_eq!(
        stage.act(&bob, "POST", "/posts/gone/restore").await.status,
        404
    );

    stage.later("29 days").await;
    assert_eq!(
        stage
            .count("select (blog.purge_posts('{}') ->> 'purged')::int8")
            .await,
        0
    );
    let back = stage.act(&ada, "POST", "/posts/gone/restore").await;
    assert_eq!(
        (back.status, &back.body["status"]),
        (200, &json!("published"))
    );
    assert_eq!(back.body["favorites_count"], 1);
    assert_eq!(stage.all(None, "/tags", 20, "posts_count").await, ["1"]);
    assert_eq!(
        stage.events("post.published").await,
        3,
        "ada's twice and bob's"
    );
    assert_eq!(stage.events("post.unpublished").await, 1);

    stage.act(&ada, "DELETE", "/posts/gone").await;
    stage.later("60 days").await;
    assert_eq!(
        stage.act(&ada, "POST", "/posts/gone/restore").await.status,
        404,
        "too late"
    );
    assert_eq!(
        stage
            .count("select (blog.purge_posts('{}') ->> 'purged')::int8")
            .await,
        1
    );
    assert_eq!(
        stage
            .count("select count(*) from blog.posts where slug = 'gone'")
            .await,
        0
    );
}

#[tokio::test]
async fn a_credential_does_what_its_scopes_say() {
    let stage = Stage::new().await;
    let ada = stage.account("ada").await;
    stage.published(&ada, "Mine").await;
    stage
        .post(&ada, "/posts", json!({"title": "Draft", "body": "b"}))
        .await;
    let mut reader = ada.clone();
    reader.scopes = "posts.read";
    let mut nothing = ada.clone();
    nothing.scopes = "profile.read";
    for (method, path) in [
        ("POST", "/posts/mine/publish"),
        ("POST", "/posts/mine/unpublish"),
        ("POST", "/posts/mine/restore"),
        ("DELETE", "/posts/mine"),
        ("PUT", "/posts/mine/favorite"),
        ("DELETE", "/posts/mine/pending"),
        ("POST", "/posts/mine/revisions/1/restore"),
    ] {
        assert_eq!(
            stage.act(&reader, method, path).await.problem(),
            (403, "forbidden"),
            "{method} {path}"
        );
        assert_eq!(
            stage.call(None, method, path, &[], None).await.status,
            401,
            "{method} {path}"
        );
        let missing = path.replace("mine", "nowhere");
        assert_eq!(
            stage.call(None, method, &missing, &[], None).await.status,
            401,
            "401 comes before 404"
        );
    }
    assert_eq!(
        stage
            .get(Some(&nothing), "/posts/mine/revisions")
            .await
            .status,
        403
    );
    assert_eq!(
        stage
            .get(Some(&nothing), "/posts?status=draft")
            .await
            .status,
        403
    );
    assert_eq!(
        stage.get(Some(&nothing), "/posts/mine").await.status,
        200,
        "it sees what everybody sees"
    );
    assert_eq!(stage.get(Some(&nothing), "/posts/draft").await.status, 404);

    let mut moderator = stage.account("mod").await;
    moderator.permissions = "posts.moderate";
    assert_eq!(
        stage.get(Some(&moderator), "/posts/draft").await.status,
        200
    );
    assert_eq!(
        stage
            .act(&moderator, "POST", "/posts/mine/unpublish")
            .await
            .status,
        200
    );
}
