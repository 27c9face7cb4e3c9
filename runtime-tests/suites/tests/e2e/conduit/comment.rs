//! Comments on articles.

use serde_json::json;
use spindle_harness::{App, unique};

use super::{anonymous, is_on, is_time, refused, register};

#[tokio::test]
async fn comments_are_said_and_taken_back() {
    let app = App::shared();
    if !is_on(app).await {
        return;
    }
    let (ada, _) = register(app, &unique("cmt_")).await;
    let (bob, _) = register(app, &unique("other_")).await;
    let nobody = anonymous(app);
    let article = json!({"title": unique("Said "), "description": "test", "body": "test"});
    let slug = ada
        .post("/articles", json!({ "article": article }))
        .await
        .expect(201)
        .text_at("/article/slug");
    let path = format!("/articles/{slug}/comments");
    assert_eq!(nobody.get(&path).await.body, json!({"comments": []}));
    let said = ada
        .post(&path, json!({"comment": {"body": "It's a test"}}))
        .await
        .expect(201);
    let id = said.body["comment"]["id"].as_i64().unwrap();
    is_time(&said.text_at("/comment/createdAt"));
    assert_eq!(said.body["comment"]["body"], "It's a test");
    let list = nobody.get(&path).await;
    assert_eq!(list.body["comments"][0]["id"], json!(id));

    let one = format!("{path}/{id}");
    let missing = json!({"token": ["is missing"]});
    let comment = json!({"comment": {"body": "x"}});
    refused(&nobody.post(&path, comment.clone()).await, 401, &missing);
    refused(&nobody.act("DELETE", &one).await, 401, &missing);
    let forbidden = json!({"comment": ["forbidden"]});
    refused(&bob.act("DELETE", &one).await, 403, &forbidden);
    let blank = json!({"comment": {"body": ""}});
    let answer = ada.post(&path, blank).await;
    refused(&answer, 422, &json!({"body": ["can't be blank"]}));
    let nowhere = format!("/articles/{}/comments", unique("unknown-"));
    let unknown = json!({"article": ["not found"]});
    refused(&nobody.act("GET", &nowhere).await, 404, &unknown);
    refused(&ada.post(&nowhere, comment).await, 404, &unknown);
    let answer = ada.act("DELETE", &format!("{nowhere}/{id}")).await;
    refused(&answer, 404, &unknown);
    let gone = ada.act("DELETE", &one).await.expect(204);
    assert_eq!(gone.text, "");
    let answer = ada.act("DELETE", &one).await;
    refused(&answer, 404, &json!({"comment": ["not found"]}));
    assert_eq!(nobody.get(&path).await.body, json!({"comments": []}));
}
