//! Articles, found and liked.

use serde_json::json;
use spindle_harness::{App, unique};

use super::{anonymous, is_on, is_time, refused, register};

#[tokio::test]
async fn an_article_is_written_found_liked_changed_and_deleted() {
    let app = App::shared();
    if !is_on(app).await {
        return;
    }
    let (ada_name, bob_name) = (unique("art_"), unique("fan_"));
    let (ada, _) = register(app, &ada_name).await;
    let (bob, _) = register(app, &bob_name).await;
    let tag = unique("tag_");
    let title = unique("Test Article ");
    let article = json!({"title": title, "description": "Test description", "body": "Test body content", "tagList": [tag, "zebra"]});
    let created = ada
        .post("/articles", json!({"article": article}))
        .await
        .expect(201);
    let slug = created.text_at("/article/slug");
    let path = format!("/articles/{slug}");
    is_time(&created.text_at("/article/createdAt"));
    is_time(&created.text_at("/article/updatedAt"));
    assert_eq!(created.body["article"]["tagList"], json!([tag, "zebra"]));
    let twin = ada
        .post("/articles", json!({"article": article}))
        .await
        .expect(201);
    assert_ne!(twin.text_at("/article/slug"), slug);

    let nobody = anonymous(app);
    let read = nobody.get(&path).await;
    assert_eq!(read.body["article"]["body"], "Test body content");
    let tags = nobody.get("/tags").await;
    assert!(tags.body["tags"].as_array().unwrap().contains(&json!(tag)));
    let found = nobody
        .get(&format!("/articles?tag=zebra&author={ada_name}"))
        .await;
    assert_eq!(
        found.body["articles"][0]["tagList"],
        json!(["zebra", tag]),
        "the tag that was asked for comes first"
    );
    for query in [format!("tag={tag}"), format!("author={ada_name}")] {
        let list = nobody.get(&format!("/articles?{query}&limit=1")).await;
        assert_eq!(list.body["articlesCount"], 2, "{query}");
        let articles = list.body["articles"].as_array().unwrap();
        assert_eq!(articles.len(), 1);
        assert_eq!(articles[0]["slug"], twin.body["article"]["slug"]);
        assert!(articles[0].get("body").is_none());
    }
    let any = nobody.get("/articles").await;
    assert!(any.body["articlesCount"].as_i64().unwrap() >= 2);

    for _ in 0..2 {
        let liked = bob
            .act("POST", &format!("{path}/favorite"))
            .await
            .expect(200);
        assert_eq!(liked.body["article"]["favorited"], true);
        assert_eq!(liked.body["article"]["favoritesCount"], 1);
    }
    let list = bob.get(&format!("/articles?favorited={bob_name}")).await;
    assert_eq!(list.body["articlesCount"], 1);
    assert_eq!(list.body["articles"][0]["favorited"], true);
    let left = bob
        .act("DELETE", &format!("{path}/favorite"))
        .await
        .expect(200);
    assert_eq!(left.body["article"]["favoritesCount"], 0);
    let list = bob.get(&format!("/articles?favorited={bob_name}")).await;
    assert_eq!(list.body["articlesCount"], 0);

    let changed = ada
        .put(
            &path,
            json!({"article": {"body": "Updated body", "slug": "x"}}),
        )
        .await
        .expect(200);
    assert_eq!(changed.text_at("/article/slug"), slug);
    assert_eq!(
        changed.body["article"]["createdAt"],
        created.body["article"]["createdAt"]
    );
    assert_ne!(
        changed.body["article"]["updatedAt"],
        created.body["article"]["updatedAt"]
    );
    assert_eq!(changed.body["article"]["tagList"], json!([tag, "zebra"]));
    refused(
        &ada.put(&path, json!({"article": {"tagList": null}})).await,
        422,
        &json!({"tagList": ["can't be blank"]}),
    );
    let cleared = ada
        .put(&path, json!({"article": {"tagList": []}}))
        .await
        .expect(200);
    assert_eq!(cleared.body["article"]["tagList"], json!([]));

    let forbidden = json!({"article": ["forbidden"]});
    let answer = bob.put(&path, json!({"article": {"body": "x"}})).await;
    refused(&answer, 403, &forbidden);
    refused(&bob.act("DELETE", &path).await, 403, &forbidden);
    let gone = ada.act("DELETE", &path).await.expect(204);
    assert_eq!(gone.text, "");
    let missing = json!({"article": ["not found"]});
    refused(&nobody.act("GET", &path).await, 404, &missing);
    refused(&ada.act("DELETE", &path).await, 404, &missing);
    let answer = ada.put(&path, json!({"article": {"body": "x"}})).await;
    refused(&answer, 404, &missing);
    let blank = json!(["can't be blank"]);
    let answer = ada
        .post(
            "/articles",
            json!({"article": {"title": "", "description": "", "body": ""}}),
        )
        .await;
    refused(
        &answer,
        422,
        &json!({"title": blank, "description": blank, "body": blank}),
    );
}
