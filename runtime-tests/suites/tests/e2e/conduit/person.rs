//! Profiles, followed and not.

use serde_json::json;
use spindle_harness::{App, unique};

use super::{anonymous, is_on, refused, register};

#[tokio::test]
async fn people_are_followed_and_their_articles_make_a_feed() {
    let app = App::shared();
    if !is_on(app).await {
        return;
    }
    let (ada_name, bob_name) = (unique("main_"), unique("celeb_"));
    let (ada, _) = register(app, &ada_name).await;
    let (bob, _) = register(app, &bob_name).await;
    let profile = format!("/profiles/{bob_name}");
    let expected = |following: bool| json!({"profile": {"username": bob_name, "bio": null, "image": null, "following": following}});
    assert_eq!(anonymous(app).get(&profile).await.body, expected(false));
    let empty = ada.get("/articles/feed").await;
    assert_eq!(empty.body, json!({"articles": [], "articlesCount": 0}));
    for n in 1..=2 {
        let article = json!({"title": unique(&format!("By {bob_name} {n} ")), "description": "test", "body": "test"});
        let _ = bob
            .post("/articles", json!({ "article": article }))
            .await
            .expect(201);
    }
    let follow = format!("{profile}/follow");
    for _ in 0..2 {
        let followed = ada.act("POST", &follow).await.expect(200);
        assert_eq!(followed.body, expected(true));
    }
    assert_eq!(ada.get(&profile).await.body, expected(true));
    let feed = ada.get("/articles/feed?limit=1").await;
    assert_eq!(feed.body["articlesCount"], 2);
    let articles = feed.body["articles"].as_array().unwrap();
    assert_eq!(articles.len(), 1);
    assert_eq!(articles[0]["author"]["following"], true);
    assert!(articles[0].get("body").is_none());
    let older = ada.get("/articles/feed?limit=1&offset=1").await;
    assert_ne!(older.body["articles"][0]["slug"], articles[0]["slug"]);
    assert_eq!(
        ada.act("DELETE", &follow).await.expect(200).body,
        expected(false)
    );
    let nobody = unique("nobody_");
    let missing = json!({"profile": ["not found"]});
    for (method, path) in [
        ("GET", format!("/profiles/{nobody}")),
        ("POST", format!("/profiles/{nobody}/follow")),
        ("DELETE", format!("/profiles/{nobody}/follow")),
    ] {
        refused(&ada.act(method, &path).await, 404, &missing);
    }
    for method in ["POST", "DELETE"] {
        let answer = anonymous(app).act(method, &follow).await;
        refused(&answer, 401, &json!({"token": ["is missing"]}));
    }
}
