//! What nobody should send, and what front-ends send besides what is asked for.

use serde_json::json;

use crate::stage::{RealWorld, Stage};

const JSON: Option<&str> = Some("application/json");

/// An article whose title is this JSON.
fn titled(title: &str) -> Vec<u8> {
    format!(r#"{{"article":{{"title":{title},"description":"d","body":"b"}}}}"#).into_bytes()
}

#[tokio::test]
async fn bytes_that_are_no_article_are_told_in_the_same_shape() {
    let stage = Stage::new().await;
    let token = stage.user("ada").await;
    let not_utf8 = b"{\"article\":{\"title\":\"\xff\"}}".to_vec();
    let long = format!("\"{}\"", "t".repeat(2 * 1024 * 1024));
    let deep = "[".repeat(50_000) + &"]".repeat(50_000);
    for (kind, body, statuses) in [
        (None, titled(r#""t""#), 415..=415),
        (Some("text/plain"), titled(r#""t""#), 415..=415),
        (JSON, Vec::new(), 400..=400),
        (JSON, b"{\"article\":".to_vec(), 400..=400),
        (JSON, not_utf8, 400..=400),
        (JSON, titled("\"\u{0}\""), 400..=422),
        (JSON, titled(r#""\ud800""#), 400..=422),
        (JSON, titled(r#""a\u0000b""#), 422..=422),
        (JSON, titled("7"), 422..=422),
        (JSON, titled("true"), 422..=422),
        (JSON, titled("{}"), 422..=422),
        (JSON, titled(&deep), 400..=422),
        (JSON, titled(&long), 413..=413),
    ] {
        let sent: String = String::from_utf8_lossy(&body).chars().take(60).collect();
        let answer = stage.post_bytes(&token, "/articles", kind, body).await;
        assert!(
            statuses.contains(&answer.status),
            "{sent}: {} {}",
            answer.status,
            answer.text
        );
        assert!(answer.body["errors"].is_object(), "{sent}");
    }
    let charset = Some("application/json; charset=utf-8");
    let body = titled(r#""T""#);
    stage
        .post_bytes(&token, "/articles", charset, body)
        .await
        .expect(201);
    let list = stage.get(None, "/articles").await.expect(200);
    assert_eq!(list.slugs(), ["t"], "nothing came of the others");
}

#[tokio::test]
async fn addresses_that_name_nothing_find_nothing() {
    let stage = Stage::new().await;
    let token = stage.user("ada").await;
    stage.article(&token, "There", &["x"]).await;
    for (path, found) in [
        ("/articles?tag=%ff", 0),
        ("/articles?author=%f0%28", 0),
        ("/articles?limit=%20&offset=", 1),
        ("/articles?page=2&unknown[]=x", 1),
    ] {
        let list = stage.get(None, path).await.expect(200);
        assert_eq!(list.body["articlesCount"], found, "{path}");
    }
    for path in [
        "/articles/%ff",
        "/articles/%20",
        "/articles/there/nothing",
        "/articles/%ff/comments",
        "/profiles/%ff",
        "/profiles/%20",
    ] {
        let answer = stage.get(Some(&token), path).await;
        assert_eq!(answer.status, 404, "{path}: {}", answer.text);
        assert!(answer.body["errors"].is_object(), "{path}");
    }
}

#[tokio::test]
async fn what_front_ends_send_besides_is_ignored() {
    let stage = Stage::new().await;
    let token = stage.user("ada").await;
    stage.user("bob").await;
    // Vue's asks with a slash at the end, Next's sends back all that it knows of the user, and null is an empty field of its form.
    let user = stage.get(Some(&token), "/user/").await.expect(200);
    let mut known = user.body["user"].clone();
    known["bio"] = json!("");
    known["id"] = json!(7);
    let same = stage
        .put(&token, "/user", json!({ "user": known }))
        .await
        .expect(200);
    assert_eq!(same.body["user"]["username"], "ada");
    assert_eq!(same.body["user"]["bio"], json!(null));

    let slug = stage.article(&token, "Kept", &["one"]).await;
    let path = format!("/articles/{slug}");
    let read = stage.get(None, &path).await.expect(200);
    let mut article = read.body["article"].clone();
    article["slug"] = json!("stolen");
    article["favoritesCount"] = json!(7);
    article["author"]["username"] = json!("bob");
    let saved = stage
        .put(&token, &path, json!({ "article": article }))
        .await
        .expect(200);
    assert_eq!(saved.body["article"]["slug"], json!(slug));
    assert_eq!(saved.body["article"]["favoritesCount"], 0);
    assert_eq!(saved.body["article"]["author"]["username"], "ada");

    // Angular's posts an empty object where nothing is asked for, the Postman collection somebody's address.
    let favorite = format!("{path}/favorite");
    let liked = stage.post(&token, &favorite, json!({})).await.expect(200);
    let mut whole = saved.body["article"].clone();
    whole["favorited"] = json!(true);
    whole["favoritesCount"] = json!(1);
    assert_eq!(liked.body, json!({ "article": whole }));
    let body = json!({"user": {"email": "ada@test.com"}});
    stage
        .post(&token, "/profiles/bob/follow", body)
        .await
        .expect(200);
}
