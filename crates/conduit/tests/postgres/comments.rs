//! `/articles/{slug}/comments`.

use serde_json::json;

use crate::stage::{RealWorld, Stage};

#[tokio::test]
async fn a_comment_walks_from_said_to_gone() {
    let stage = Stage::new().await;
    let (ada, bob) = (stage.user("ada").await, stage.user("bob").await);
    let slug = stage.article(&ada, "Said", &[]).await;
    let path = format!("/articles/{slug}/comments");
    let none = stage.get(None, &path).await.expect(200);
    assert_eq!(none.body, json!({"comments": []}));
    let body = "It's **so**, isn't it? <b>x</b>";
    let said = stage
        .post(&bob, &path, json!({"comment": {"body": body}}))
        .await
        .expect(201);
    let id = said.body["comment"]["id"].as_i64().unwrap();
    let at = said.text_at("/comment/createdAt");
    assert_eq!(
        said.body,
        json!({"comment": {"id": id, "createdAt": at, "updatedAt": at, "body": body,
            "author": {"username": "bob", "bio": null, "image": null, "following": false}}})
    );
    let later = stage
        .post(&ada, &path, json!({"comment": {"body": "test"}}))
        .await
        .expect(201);
    stage
        .act(&ada, "POST", "/profiles/bob/follow")
        .await
        .expect(200);
    let list = stage.get(Some(&ada), &path).await.expect(200);
    let comments = list.body["comments"].as_array().unwrap();
    assert_eq!(comments.len(), 2);
    assert_eq!(
        comments[0]["id"], later.body["comment"]["id"],
        "newest first"
    );
    assert_eq!(comments[1]["author"]["following"], true);
    let anonymous = stage.get(None, &path).await.expect(200);
    assert_eq!(anonymous.body["comments"][1]["author"]["following"], false);

    let one = format!("{path}/{id}");
    stage
        .act(&ada, "DELETE", &one)
        .await
        .refused(403, &json!({"comment": ["forbidden"]}));
    let gone = stage.act(&bob, "DELETE", &one).await.expect(204);
    assert_eq!(gone.text, "");
    let missing = json!({"comment": ["not found"]});
    for id in [
        id.to_string().as_str(),
        "999999",
        "x",
        "-1",
        "99999999999999999999",
    ] {
        let one = format!("{path}/{id}");
        stage.act(&bob, "DELETE", &one).await.refused(404, &missing);
    }
    let left = stage.get(None, &path).await.expect(200);
    assert_eq!(left.body["comments"].as_array().unwrap().len(), 1);
    assert_eq!(left.body["comments"][0]["body"], "test", "the other stays");
}

#[tokio::test]
async fn a_comment_belongs_to_its_article() {
    let stage = Stage::new().await;
    let ada = stage.user("ada").await;
    let (one, two) = (
        stage.article(&ada, "One", &[]).await,
        stage.article(&ada, "Two", &[]).await,
    );
    let said = stage
        .post(
            &ada,
            &format!("/articles/{one}/comments"),
            json!({"comment": {"body": "test"}}),
        )
        .await
        .expect(201);
    let id = &said.body["comment"]["id"];
    stage
        .act(&ada, "DELETE", &format!("/articles/{two}/comments/{id}"))
        .await
        .refused(404, &json!({"comment": ["not found"]}));
    stage
        .act(&ada, "DELETE", &format!("/articles/nothing/comments/{id}"))
        .await
        .refused(404, &json!({"article": ["not found"]}));
}

#[tokio::test]
async fn moderation_and_closing_hold_here_too() {
    let stage = Stage::new().await;
    let (ada, bob) = (stage.user("ada").await, stage.user("bob").await);
    let slug = stage.article(&ada, "Careful", &[]).await;
    let path = format!("/articles/{slug}/comments");
    let comment = |body: &str| json!({"comment": {"body": body}});
    stage
        .run("update blog.posts set comments = 'moderated'")
        .await;
    stage.post(&bob, &path, comment("wait")).await.expect(201);
    let seen = async |token: Option<&str>| {
        let list = stage.get(token, &path).await.expect(200);
        list.body["comments"].as_array().unwrap().len()
    };
    assert_eq!((seen(None).await, seen(Some(&bob)).await), (0, 1));
    stage.run("update blog.posts set comments = 'closed'").await;
    stage
        .post(&bob, &path, comment("late"))
        .await
        .refused(403, &json!({"article": ["takes no more comments"]}));
    for body in [
        json!({}),
        json!({"body": ""}),
        json!({"body": null}),
        json!({"body": " \n"}),
    ] {
        stage
            .post(&bob, &path, json!({ "comment": body }))
            .await
            .refused(422, &json!({"body": ["can't be blank"]}));
    }
    let long = stage.post(&bob, &path, comment(&"a".repeat(70_000))).await;
    assert_eq!(long.status, 422);
}
