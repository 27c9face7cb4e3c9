//! `/articles` and `/articles/feed`.

use serde_json::json;

use crate::stage::{RealWorld, Stage};

#[tokio::test]
async fn the_newest_come_first_without_bodies_and_all_are_counted() {
    let stage = Stage::new().await;
    let (ada, bob) = (stage.user("ada").await, stage.user("bob").await);
    let empty = stage.get(None, "/articles").await.expect(200);
    assert_eq!(empty.body, json!({"articles": [], "articlesCount": 0}));
    for n in 1..=3 {
        stage.article(&ada, &format!("A{n}"), &["x", "y"]).await;
    }
    stage.article(&bob, "B1", &["x"]).await;
    stage
        .act(&ada, "POST", "/articles/b1/favorite")
        .await
        .expect(200);
    stage
        .act(&ada, "POST", "/articles/a1/favorite")
        .await
        .expect(200);
    stage
        .act(&ada, "POST", "/profiles/bob/follow")
        .await
        .expect(200);

    let all = stage.get(None, "/articles").await.expect(200);
    assert_eq!(all.slugs(), ["b1", "a3", "a2", "a1"]);
    assert_eq!(all.body["articlesCount"], 4);
    for article in all.body["articles"].as_array().unwrap() {
        let mut members: Vec<&String> = article.as_object().unwrap().keys().collect();
        members.sort();
        assert_eq!(
            members,
            [
                "author",
                "createdAt",
                "description",
                "favorited",
                "favoritesCount",
                "slug",
                "tagList",
                "title",
                "updatedAt"
            ]
        );
        assert_eq!(article["favorited"], false);
        assert_eq!(article["author"]["following"], false);
    }
    let mine = stage.get(Some(&ada), "/articles").await.expect(200);
    let relations: Vec<_> = mine.body["articles"]
        .as_array()
        .unwrap()
        .iter()
        .map(|article| {
            (
                article["favorited"].as_bool().unwrap(),
                article["author"]["following"].as_bool().unwrap(),
                article["favoritesCount"].as_i64().unwrap(),
            )
        })
        .collect();
    assert_eq!(
        relations,
        [
            (true, true, 1),
            (false, false, 0),
            (false, false, 0),
            (true, false, 1)
        ]
    );

    for (query, slugs, count) in [
        ("?author=ada", ["a3", "a2", "a1"].as_slice(), 3),
        ("?author=ADA&tag=y", &["a3", "a2", "a1"], 3),
        ("?tag=x", &["b1", "a3", "a2", "a1"], 4),
        ("?tag=X&limit=1&offset=1", &["a3"], 4),
        ("?tag=y", &["a3", "a2", "a1"], 3),
        ("?favorited=ada", &["b1", "a1"], 2),
        ("?favorited=ada&author=bob", &["b1"], 1),
        ("?favorited=ada&tag=y", &["a1"], 1),
        ("?favorited=ada&author=bob&tag=y", &[], 0),
        ("?favorited=bob", &[], 0),
        ("?author=nobody", &[], 0),
        ("?favorited=nobody", &[], 0),
        ("?tag=nothing", &[], 0),
        ("?tag=%3Cb%3E", &[], 0),
        ("?limit=1", &["b1"], 4),
        ("?limit=2&offset=3", &["a1"], 4),
        ("?offset=4", &[], 4),
        ("?offset=99999999999999999999", &[], 4),
        (
            "?limit=1000000&author=&tag=&favorited=",
            &["b1", "a3", "a2", "a1"],
            4,
        ),
    ] {
        let list = stage
            .get(None, &format!("/articles{query}"))
            .await
            .expect(200);
        assert_eq!(list.slugs(), slugs, "{query}");
        assert_eq!(list.body["articlesCount"], count, "{query}");
    }
    for query in [
        "?limit=0",
        "?limit=-1",
        "?limit=ten",
        "?offset=-1",
        "?offset=1.5",
    ] {
        for path in ["/articles", "/articles/feed"] {
            let path = format!("{path}{query}");
            let answer = stage.get(Some(&ada), &path).await;
            assert_eq!(answer.status, 422, "{path}: {}", answer.text);
            assert!(answer.body["errors"].is_object(), "{path}");
        }
    }
}

#[tokio::test]
async fn a_feed_is_of_those_who_are_followed() {
    let stage = Stage::new().await;
    let (ada, bob, eve) = (
        stage.user("ada").await,
        stage.user("bob").await,
        stage.user("eve").await,
    );
    let empty = stage.get(Some(&ada), "/articles/feed").await.expect(200);
    assert_eq!(empty.body, json!({"articles": [], "articlesCount": 0}));
    stage.article(&ada, "Own", &[]).await;
    for n in 1..=3 {
        stage.article(&bob, &format!("B{n}"), &[]).await;
        stage.article(&eve, &format!("E{n}"), &[]).await;
    }
    stage
        .act(&ada, "POST", "/profiles/bob/follow")
        .await
        .expect(200);
    let feed = stage.get(Some(&ada), "/articles/feed").await.expect(200);
    assert_eq!(feed.slugs(), ["b3", "b2", "b1"]);
    assert_eq!(feed.body["articlesCount"], 3);
    for article in feed.body["articles"].as_array().unwrap() {
        assert_eq!(article["author"]["following"], true);
        assert!(article.get("body").is_none());
    }
    stage
        .act(&ada, "POST", "/profiles/eve/follow")
        .await
        .expect(200);
    let part = stage
        .get(Some(&ada), "/articles/feed?limit=2&offset=1")
        .await
        .expect(200);
    assert_eq!(part.slugs(), ["b3", "e2"]);
    assert_eq!(part.body["articlesCount"], 6);
    stage
        .act(&ada, "DELETE", "/profiles/eve/follow")
        .await
        .expect(200);
    let feed = stage.get(Some(&ada), "/articles/feed").await.expect(200);
    assert_eq!(feed.body["articlesCount"], 3);
}

#[tokio::test]
async fn what_is_not_to_be_seen_is_neither_listed_nor_counted() {
    let stage = Stage::new().await;
    let (ada, bob) = (stage.user("ada").await, stage.user("bob").await);
    for title in ["Seen", "Draft", "Later", "Gone"] {
        let slug = stage.article(&ada, title, &["x"]).await;
        stage
            .act(&bob, "POST", &format!("/articles/{slug}/favorite"))
            .await
            .expect(200);
    }
    stage
        .act(&bob, "POST", "/profiles/ada/follow")
        .await
        .expect(200);
    let api = "/articles/gone";
    stage.act(&ada, "DELETE", api).await.expect(204);
    stage
        .run(
            "update blog.posts set status = 'draft' where slug = 'draft';
             update blog.posts set published_at = date_trunc('milliseconds', platform.now() + interval '1 day') where slug = 'later';
             update blog.post_tags t set published_at = case p.status when 'published' then p.published_at end
             from blog.posts p where p.id = t.post_id and p.deleted_at is null",
        )
        .await;
    let lists = [
        "/articles",
        "/articles/feed",
        "/articles?author=ada",
        "/articles?tag=x",
        "/articles?tag=x&author=ada",
        "/articles?favorited=bob",
    ];
    for path in lists {
        let list = stage.get(Some(&bob), path).await.expect(200);
        assert_eq!(list.slugs(), ["seen"], "{path}");
        assert_eq!(list.body["articlesCount"], 1, "{path}");
    }
    stage
        .run("update identity.accounts set disabled_at = platform.now() where username = 'ada'")
        .await;
    for path in lists {
        let list = stage.get(Some(&bob), path).await.expect(200);
        assert_eq!(
            list.body,
            json!({"articles": [], "articlesCount": 0}),
            "{path}"
        );
    }
    let tags = stage.get(None, "/tags").await.expect(200);
    assert_eq!(tags.body, json!({"tags": []}));
}
