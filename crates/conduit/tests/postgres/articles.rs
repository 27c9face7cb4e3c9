//! `/articles/{slug}`, favourites and tags.

use futures::future::join_all;
use serde_json::{Value, json};

use crate::stage::{RealWorld, Stage};

#[tokio::test]
async fn an_article_walks_from_written_to_gone() {
    let stage = Stage::new().await;
    let token = stage.user("ada").await;
    let body = "# Hi\n\n<script>alert('x')</script>\r\n";
    let created = stage
        .post(
            &token,
            "/articles",
            json!({"article": {"title": "How to train your dragon", "description": "Ever wonder how?", "body": body,
                "tagList": ["training", "dragons"], "slug": "ignored"}}),
        )
        .await
        .expect(201);
    let article = created.body["article"].clone();
    let (created_at, updated_at) = (
        created.text_at("/article/createdAt"),
        created.text_at("/article/updatedAt"),
    );
    assert_eq!(
        article,
        json!({
            "slug": "how-to-train-your-dragon", "title": "How to train your dragon", "description": "Ever wonder how?", "body": body,
            "tagList": ["training", "dragons"], "createdAt": created_at, "updatedAt": updated_at, "favorited": false,
            "favoritesCount": 0, "author": {"username": "ada", "bio": null, "image": null, "following": false}
        }),
        "the source comes back as it was written, and tags in their order"
    );
    let path = "/articles/how-to-train-your-dragon";
    for reader in [None, Some(token.as_str())] {
        let read = stage.get(reader, path).await.expect(200);
        assert_eq!(read.body["article"], article);
    }
    let tags = stage.get(None, "/tags").await.expect(200);
    assert_eq!(tags.body, json!({"tags": ["dragons", "training"]}));
    for (query, tags) in [
        ("", ["training", "dragons"]),
        ("?author=ada", ["training", "dragons"]),
        ("?tag=training", ["training", "dragons"]),
        ("?tag=Dragons", ["dragons", "training"]),
        ("?tag=dragons&author=ada", ["dragons", "training"]),
    ] {
        let list = stage.get(None, &format!("/articles{query}")).await;
        let found = &list.body["articles"][0]["tagList"];
        assert_eq!(*found, json!(tags), "the tag sought comes first: {query}");
    }

    // What Angular's editor sends.
    let changed = stage
        .put(
            &token,
            path,
            json!({"article": {"title": "How to train your dragon", "description": "Ever wonder how?", "body": "Other words.",
                "tagList": ["training"], "slug": "how-to-train-your-dragon"}}),
        )
        .await
        .expect(200);
    assert_eq!(changed.body["article"]["slug"], "how-to-train-your-dragon");
    assert_eq!(changed.body["article"]["body"], "Other words.");
    assert_eq!(changed.body["article"]["tagList"], json!(["training"]));
    assert_eq!(changed.text_at("/article/createdAt"), created_at);
    assert_ne!(changed.text_at("/article/updatedAt"), updated_at);

    let gone = stage.act(&token, "DELETE", path).await.expect(204);
    assert_eq!(gone.text, "");
    stage
        .get(None, path)
        .await
        .refused(404, &json!({"article": ["not found"]}));
    let tags = stage.get(None, "/tags").await.expect(200);
    assert_eq!(tags.body, json!({"tags": []}));
}

#[tokio::test]
async fn a_long_article_comes_back_whole() {
    let stage = Stage::new().await;
    let token = stage.user("ada").await;
    let body = "Ünd a *word*, <b>too</b>.\n".repeat(5_000);
    let article = json!({"article": {"title": "Long", "description": "d", "body": body}});
    let created = stage.post(&token, "/articles", article).await.expect(201);
    assert_eq!(created.body["article"]["body"], body);
    let read = stage.get(None, "/articles/long").await.expect(200);
    assert_eq!(read.body["article"]["body"], body);
}

#[tokio::test]
async fn absent_stays_an_empty_list_clears_and_null_is_refused() {
    let stage = Stage::new().await;
    let token = stage.user("ada").await;
    let slug = stage.article(&token, "Words", &["one", "two"]).await;
    let path = format!("/articles/{slug}");
    let put = async |change: Value| stage.put(&token, &path, json!({ "article": change })).await;
    let kept = put(json!({"body": "new"})).await.expect(200);
    assert_eq!(kept.body["article"]["tagList"], json!(["one", "two"]));
    assert_eq!(kept.body["article"]["description"], "test");
    put(json!({"tagList": null}))
        .await
        .refused(422, &json!({"tagList": ["can't be blank"]}));
    let cleared = put(json!({"tagList": []})).await.expect(200);
    assert_eq!(cleared.body["article"]["tagList"], json!([]));
    let read = stage.get(None, &path).await.expect(200);
    assert_eq!(read.body, cleared.body, "and so it stays");
    let blank = json!(["can't be blank"]);
    put(json!({"title": "", "description": " ", "body": null}))
        .await
        .refused(
            422,
            &json!({"title": blank, "description": blank, "body": blank}),
        );
    put(json!({})).await.expect(200);
    let create = async |article: Value| {
        stage
            .post(&token, "/articles", json!({ "article": article }))
            .await
    };
    create(json!({"title": "", "tagList": []})).await.refused(
        422,
        &json!({"title": blank, "description": blank, "body": blank}),
    );
    for (article, field) in [
        (
            json!({"title": 7, "description": "d", "body": "b"}),
            "title",
        ),
        (
            json!({"title": "t", "description": "d", "body": "b", "tagList": "x"}),
            "tagList",
        ),
        (
            json!({"title": "t", "description": "d", "body": "b", "tagList": [1]}),
            "tagList",
        ),
        (
            json!({"title": "t", "description": "d", "body": "b", "tagList": ["<b>"]}),
            "tagList",
        ),
        (
            json!({"title": "t".repeat(201), "description": "d", "body": "b"}),
            "title",
        ),
    ] {
        let answer = create(article).await;
        assert_eq!(answer.status, 422, "{field}: {}", answer.text);
        assert!(answer.body["errors"][field].is_array(), "{}", answer.text);
    }
}

#[tokio::test]
async fn equal_titles_get_slugs_of_their_own_and_odd_ones_get_some() {
    let stage = Stage::new().await;
    let token = stage.user("ada").await;
    assert_eq!(stage.article(&token, "Same title", &[]).await, "same-title");
    assert_eq!(
        stage.article(&token, "Same title", &[]).await,
        "same-title-2"
    );
    let many = join_all((0..10).map(|_| stage.article(&token, "Same title", &[]))).await;
    let mut slugs = many.clone();
    slugs.sort();
    slugs.dedup();
    assert_eq!(slugs.len(), 10, "{many:?}");
    for (title, slug) in [
        ("Größe & 世界", "größe-世界"),
        ("Feed", "feed-post"),
        ("Tags", "tags-post"),
    ] {
        assert_eq!(stage.article(&token, title, &[]).await, slug);
    }
    let odd = stage.article(&token, "???", &[]).await;
    assert!(odd.starts_with("post-"), "{odd}");
    let read = stage
        .get(None, "/articles/gr%C3%B6%C3%9Fe-%E4%B8%96%E7%95%8C")
        .await
        .expect(200);
    assert_eq!(read.body["article"]["title"], "Größe & 世界");
}

#[tokio::test]
async fn another_title_is_another_slug_and_the_old_one_leads_to_it() {
    let stage = Stage::new().await;
    let token = stage.user("ada").await;
    stage.article(&token, "Taken", &[]).await;
    let old = stage.article(&token, "First", &[]).await;
    let path = format!("/articles/{old}");
    let title = |title: &str| json!({"article": {"title": title}});
    let renamed = stage.put(&token, &path, title("Second")).await.expect(200);
    assert_eq!(renamed.text_at("/article/slug"), "second");
    let onto = stage.put(&token, &path, title("Taken")).await.expect(200);
    assert_eq!(onto.text_at("/article/slug"), "taken-2");
    let same = stage
        .put(&token, "/articles/taken-2", title("Taken"))
        .await
        .expect(200);
    assert_eq!(same.text_at("/article/slug"), "taken-2");
    for slug in ["first", "second", "taken-2"] {
        let path = format!("/articles/{slug}");
        let read = stage.get(None, &path).await.expect(200);
        assert_eq!(read.text_at("/article/slug"), "taken-2", "{slug}");
        stage
            .act(&token, "POST", &format!("{path}/favorite"))
            .await
            .expect(200);
        stage
            .get(None, &format!("{path}/comments"))
            .await
            .expect(200);
    }
    stage
        .act(&token, "DELETE", "/articles/first")
        .await
        .expect(204);
    stage
        .get(None, "/articles/taken-2")
        .await
        .refused(404, &json!({"article": ["not found"]}));
    let twenty = join_all((0..8).map(|n| {
        let stage = &stage;
        let token = &token;
        async move {
            let slug = stage.article(token, &format!("Article {n}"), &[]).await;
            let path = format!("/articles/{slug}");
            let change = json!({"article": {"title": "One wish"}});
            stage
                .put(token, &path, change)
                .await
                .expect(200)
                .text_at("/article/slug")
        }
    }))
    .await;
    let mut slugs = twenty.clone();
    slugs.sort();
    slugs.dedup();
    assert_eq!(slugs.len(), 8, "{twenty:?}");
}

#[tokio::test]
async fn what_is_somebody_elses_is_forbidden_and_drafts_are_nobodys() {
    let stage = Stage::new().await;
    let (ada, bob) = (stage.user("ada").await, stage.user("bob").await);
    let slug = stage.article(&ada, "Mine", &[]).await;
    let path = format!("/articles/{slug}");
    let change = json!({"article": {"title": "Stolen"}});
    let forbidden = json!({"article": ["forbidden"]});
    stage
        .put(&bob, &path, change.clone())
        .await
        .refused(403, &forbidden);
    stage
        .act(&bob, "DELETE", &path)
        .await
        .refused(403, &forbidden);
    stage.run("update blog.posts set status = 'draft'").await;
    let missing = json!({"article": ["not found"]});
    for token in [&ada, &bob] {
        stage.get(Some(token), &path).await.refused(404, &missing);
        stage
            .put(token, &path, change.clone())
            .await
            .refused(404, &missing);
        stage
            .act(token, "DELETE", &path)
            .await
            .refused(404, &missing);
        stage
            .act(token, "POST", &format!("{path}/favorite"))
            .await
            .refused(404, &missing);
    }
}

#[tokio::test]
async fn an_article_of_a_disabled_account_is_on_no_route() {
    let stage = Stage::new().await;
    let (ada, bob) = (stage.user("ada").await, stage.user("bob").await);
    let old = stage.article(&ada, "Old", &[]).await;
    let change = json!({"article": {"title": "New"}});
    let path = format!("/articles/{old}");
    stage.put(&ada, &path, change.clone()).await.expect(200);
    stage
        .post(
            &bob,
            &format!("{path}/comments"),
            json!({"comment": {"body": "test"}}),
        )
        .await
        .expect(201);
    stage
        .act(&bob, "POST", &format!("{path}/favorite"))
        .await
        .expect(200);
    stage
        .run("update identity.accounts set disabled_at = platform.now() where username = 'ada'")
        .await;
    let missing = json!({"article": ["not found"]});
    for slug in ["old", "new"] {
        let path = format!("/articles/{slug}");
        for (method, part, body) in [
            ("GET", "", None),
            ("PUT", "", Some(change.clone())),
            ("DELETE", "", None),
            // Once more, and no longer: neither would count anything.
            ("POST", "/favorite", None),
            ("DELETE", "/favorite", None),
            ("GET", "/comments", None),
            (
                "POST",
                "/comments",
                Some(json!({"comment": {"body": "test"}})),
            ),
            ("DELETE", "/comments/1", None),
        ] {
            stage
                .call(Some(&bob), method, &format!("{path}{part}"), body)
                .await
                .refused(404, &missing);
        }
    }
}

#[tokio::test]
async fn favourites_are_exact_whoever_clicks_how_often() {
    let stage = Stage::new().await;
    let (ada, bob) = (stage.user("ada").await, stage.user("bob").await);
    let slug = stage.article(&ada, "Liked", &[]).await;
    let other = stage.article(&ada, "Other", &[]).await;
    let path = format!("/articles/{slug}/favorite");
    for _ in 0..2 {
        let liked = stage.act(&bob, "POST", &path).await.expect(200);
        assert_eq!(
            (
                &liked.body["article"]["favorited"],
                &liked.body["article"]["favoritesCount"]
            ),
            (&json!(true), &json!(1))
        );
    }
    join_all((0..20).map(|_| stage.act(&ada, "POST", &path))).await;
    let seen = async |token: Option<&str>, slug: &str| {
        let read = stage
            .get(token, &format!("/articles/{slug}"))
            .await
            .expect(200);
        (
            read.body["article"]["favorited"].clone(),
            read.body["article"]["favoritesCount"].clone(),
        )
    };
    assert_eq!(seen(None, &slug).await, (json!(false), json!(2)));
    assert_eq!(seen(Some(&bob), &slug).await, (json!(true), json!(2)));
    assert_eq!(seen(Some(&bob), &other).await, (json!(false), json!(0)));
    for _ in 0..2 {
        let left = stage.act(&bob, "DELETE", &path).await.expect(200);
        assert_eq!(left.body["article"]["favorited"], false);
        assert_eq!(left.body["article"]["favoritesCount"], 1);
    }
}

#[tokio::test]
async fn clicks_to_and_fro_at_once_count_whoever_likes_it_in_the_end() {
    let stage = Stage::new().await;
    let (ada, bob) = (stage.user("ada").await, stage.user("bob").await);
    let slug = stage.article(&ada, "Liked", &[]).await;
    let path = format!("/articles/{slug}/favorite");
    let answers = join_all((0..32).map(|n| {
        let token = if n % 4 < 2 { &ada } else { &bob };
        let method = if n % 2 == 0 { "POST" } else { "DELETE" };
        stage.act(token, method, &path)
    }))
    .await;
    for answer in answers {
        assert_eq!(answer.expect(200).text_at("/article/slug"), slug);
    }
    let read = stage
        .get(None, &format!("/articles/{slug}"))
        .await
        .expect(200);
    let fans = stage.count("select count(*) from blog.favorites").await;
    assert_eq!(read.body["article"]["favoritesCount"], fans);
}

#[tokio::test]
async fn a_tag_is_seen_as_soon_as_it_is_used() {
    let stage = Stage::new().await;
    let token = stage.user("ada").await;
    stage.article(&token, "Much", &[]).await;
    stage
        .run(
            "insert into blog.tags (tag, posts_count) select 'much' || n, 2 from generate_series(1, 1500) n;
             insert into blog.post_tags (post_id, tag, author_id, published_at)
             select p.id, 'much' || n, p.author_id, p.published_at from blog.posts p, generate_series(1, 1500) n",
        )
        .await;
    stage.article(&token, "New", &["brand_new"]).await;
    let tags = stage.get(None, "/tags").await.expect(200);
    let tags = tags.body["tags"].as_array().unwrap();
    assert!(tags.contains(&json!("brand_new")));
    assert_eq!(tags.len(), 1001);
}
