//! Import and export.

use serde_json::{Value, json};

use crate::stage::{Answer, Caller, Stage};

async fn import(stage: &Stage, caller: &Caller, kind: &str, file: &str) -> Answer {
    stage.raw(caller, "/import", kind, file).await
}

#[tokio::test]
async fn what_is_exported_comes_back_as_it_was_and_once() {
    let stage = Stage::new().await;
    let (ada, bob) = (stage.account("ada").await, stage.account("bob").await);
    let post = json!({"title": "One: *a*", "body": "# 1\n\n---\n\n`\\u0000`", "summary": "s\nt", "tags": ["a", "b"], "series": "S", "comments": "closed",
        "cover": {"url": "https://a.example/x.png", "alt": "x"}, "canonical_url": "https://b.example/1", "status": "published",
        "published_at": "2020-01-31T12:00:00Z"});
    stage.post(&ada, "/posts", post).await;
    stage
        .post(&ada, "/posts", json!({"title": "Draft", "body": "d"}))
        .await;
    let export = stage.get(Some(&ada), "/export").await;
    assert_eq!(
        (export.status, &export.body["format"]),
        (200, &json!("spindle-posts-1")),
        "{export:?}"
    );
    assert_eq!(export.body["next_cursor"], Value::Null);

    let first = import(&stage, &bob, "application/json", &export.body.to_string()).await;
    assert_eq!(
        (first.status, &first.body["created"]),
        (200, &json!(2)),
        "{first:?}"
    );
    let again = import(&stage, &bob, "application/json", &export.body.to_string()).await;
    assert_eq!(
        (&again.body["created"], &again.body["skipped"]),
        (&json!(0), &json!(2))
    );
    let own = import(&stage, &ada, "application/json", &export.body.to_string()).await;
    assert_eq!(
        (&own.body["created"], &own.body["skipped"]),
        (&json!(0), &json!(2)),
        "what is there already: {own:?}"
    );
    let copy = stage.get(None, "/posts/one-a-2").await.body;
    let original = stage.get(None, "/posts/one-a").await.body;
    for member in [
        "title",
        "body",
        "html",
        "summary",
        "tags",
        "series",
        "comments",
        "cover",
        "canonical_url",
        "status",
        "published_at",
    ] {
        assert_eq!(copy[member], original[member], "{member}");
    }
    assert_eq!(
        stage
            .all(Some(&bob), "/posts?status=draft", 20, "slug")
            .await,
        ["draft-2"]
    );
    assert_eq!(
        stage
            .all(Some(&bob), "/posts/draft-2/revisions", 20, "origin")
            .await,
        ["imported"]
    );
    assert_eq!(
        stage
            .get(Some(&ada), "/export?format=markdown")
            .await
            .header("content-type"),
        "application/zip"
    );
    assert_eq!(stage.get(None, "/export").await.status, 401);
}

#[tokio::test]
async fn the_same_file_twice_at_once_is_imported_once() {
    let stage = std::sync::Arc::new(Stage::new().await);
    let ada = stage.account("ada").await;
    let posts: Vec<Value> = (0..20)
        .map(|n| json!({"id": n.to_string(), "title": format!("P {n}"), "body": "b"}))
        .collect();
    let file = json!({"format": "spindle-posts-1", "posts": posts}).to_string();
    let mut imports = tokio::task::JoinSet::new();
    for _ in 0..4 {
        let (stage, ada, file) = (stage.clone(), ada.clone(), file.clone());
        imports.spawn(async move {
            import(&stage, &ada, "application/json", &file).await.body["created"]
                .as_u64()
                .unwrap()
        });
    }
    assert_eq!(imports.join_all().await.iter().sum::<u64>(), 20);
    assert_eq!(stage.count("select count(*) from blog.posts").await, 20);
}

#[tokio::test]
async fn other_programs_files_are_read_and_what_is_wrong_is_named() {
    let stage = Stage::new().await;
    let ada = stage.account("ada").await;
    let markdown = import(
        &stage,
        &ada,
        "text/markdown; charset=utf-8",
        "---\ntitle: Salt\ndate: 2020-01-31\ntags: [food]\n---\n\n<script>x</script>**hi**",
    )
    .await;
    assert_eq!(markdown.body["created"], 1, "{markdown:?}");
    let salt = stage.get(None, "/posts/salt").await.body;
    assert_eq!(
        (
            &salt["published_at"],
            salt["html"].as_str().unwrap().contains("script")
        ),
        (&json!("2020-01-31T00:00:00.000Z"), false)
    );
    let wxr = "<rss><channel><item><title>Pepper</title><content:encoded><![CDATA[a <b>b</b>]]></content:encoded><wp:post_id>1</wp:post_id>\
        <category domain=\"post_tag\"><![CDATA[Spices &amp; more]]></category><wp:status>publish</wp:status><wp:post_type>post</wp:post_type></item></channel></rss>";
    assert_eq!(
        import(&stage, &ada, "application/xml", wxr).await.body["created"],
        1
    );
    assert_eq!(
        stage.get(None, "/posts/pepper").await.body["tags"],
        json!(["spices-more"])
    );
    let ghost = json!({"db": [{"data": {"posts": [{"id": "1", "title": "Thyme", "html": "<p>x</p>", "status": "published"}, {"id": "2", "title": " ", "html": ""}]}}]});
    let ghost = import(&stage, &ada, "application/json", &ghost.to_string()).await;
    assert_eq!(
        (&ghost.body["created"], &ghost.body["invalid"]),
        (&json!(1), &json!(1))
    );
    assert!(
        ghost.body["posts"][1]["error"]
            .as_str()
            .unwrap()
            .starts_with("title")
    );

    for (kind, file, status) in [
        ("application/json", "{}", 422),
        ("application/json", "[", 400),
        ("application/json", "[]", 422),
        ("application/json", "{\"format\":\"spindle-posts-1\"}", 422),
        ("application/xml", "<rss>", 422),
        ("text/markdown", "words", 422),
        ("image/png", "x", 415),
        ("application/json", "{\"db\":\"\\u0000\"}", 422),
    ] {
        let answer = import(&stage, &ada, kind, file).await;
        assert_eq!(answer.status, status, "{kind} {file}: {answer:?}");
    }
    let many: Vec<Value> = (0..501)
        .map(|n| json!({"title": n.to_string(), "body": "b"}))
        .collect();
    let many = json!({"format": "spindle-posts-1", "posts": many}).to_string();
    assert_eq!(
        import(&stage, &ada, "application/json", &many).await.status,
        422
    );
    let long = format!("{{\"format\":\"{}\"}}", "x".repeat(10 * 1024 * 1024));
    assert_eq!(
        import(&stage, &ada, "application/json", &long).await.status,
        413
    );
    let middling =
        json!({"format": "spindle-posts-1", "posts": [], "padding": "x".repeat(5 * 1024 * 1024)})
            .to_string();
    assert_eq!(
        import(&stage, &ada, "application/json", &middling)
            .await
            .status,
        200,
        "longer than a post may be"
    );
}

#[tokio::test]
async fn a_bad_post_is_named_and_keeps_no_other_back() {
    let stage = Stage::new().await;
    let ada = stage.account("ada").await;
    let posts = json!([
        {"id": "1", "title": "Same", "slug": "same", "body": "a\u{7}b", "series": "S\u{1}", "cover": {"url": "https://a.example/x.png", "alt": "a\u{2}b"}},
        {"id": "2", "title": 2, "body": "b"},
        {"id": "3", "title": "Dated", "body": "b", "status": "published", "published_at": "soon"},
        {"id": "4", "title": "Same", "slug": "same", "body": "b", "published_at": "soon", "created_at": "2020-01-31T12:00:00Z"},
        {"id": "1", "title": "Again", "body": "b"},
    ]);
    let file = json!({"format": "spindle-posts-1", "posts": posts}).to_string();
    let made = import(&stage, &ada, "application/json", &file).await;
    let counts = ["created", "skipped", "invalid"].map(|name| made.body[name].as_u64());
    assert_eq!(counts, [Some(2), Some(1), Some(2)], "{made:?}");
    let told: Vec<_> = made.body["posts"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|post| Some((post["source"].as_str()?, post["error"].as_str()?)))
        .collect();
    assert_eq!((told[0].0, told[1].0), ("spindle:2", "spindle:3"));
    assert!(told[1].1.starts_with("published_at must be"), "{told:?}");
    let first = stage.get(Some(&ada), "/posts/same").await.body;
    assert_eq!(
        (&first["body"], &first["series"], &first["cover"]["alt"]),
        (&json!("ab"), &json!("S"), &json!("ab"))
    );
    let second = stage.get(Some(&ada), "/posts/same-2").await.body;
    assert_eq!(second["created_at"], "2020-01-31T12:00:00.000Z");
}

#[tokio::test]
async fn posts_of_two_sites_are_two_whatever_their_numbers() {
    let stage = Stage::new().await;
    let ada = stage.account("ada").await;
    for site in ["a", "b", "a"] {
        let wxr = format!(
            "<rss><channel><link>https://{site}.example</link><item><title>{site}</title><wp:post_id>1</wp:post_id>\
             <guid isPermaLink=\"false\">https://{site}.example/?p=1</guid><content:encoded>x</content:encoded>\
             <wp:status>publish</wp:status><wp:post_type>post</wp:post_type></item></channel></rss>"
        );
        import(&stage, &ada, "application/xml", &wxr)
            .await
            .expect(200);
    }
    let ghost = json!({"data": {"posts": [{"id": 1, "title": "c", "html": "<p>x</p>", "status": "published"}]}});
    import(&stage, &ada, "application/json", &ghost.to_string())
        .await
        .expect(200);
    let mut slugs = stage.all(None, "/posts", 20, "slug").await;
    slugs.sort();
    assert_eq!(slugs, ["a", "b", "c"]);
}
