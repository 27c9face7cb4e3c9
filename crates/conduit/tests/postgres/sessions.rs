//! Clients keep the token of their login and know no other: it stands for its session.

use serde_json::json;

use crate::stage::{PASSWORD, RealWorld, Stage};

/// Registers `ada`; her token expired long ago.
async fn long_ago() -> (Stage, String) {
    let stage = Stage::new().await;
    stage.later("-1 hour").await;
    let token = stage.user("ada").await;
    stage.later("0").await;
    (stage, token)
}

#[tokio::test]
async fn an_expired_token_goes_on_while_its_session_does() {
    let (stage, token) = long_ago().await;
    let key = json!({"name": "ci", "scopes": ["posts.read"]});
    let bearer = format!("Bearer {token}");
    let elsewhere = stage
        .auth(Some(&bearer), "POST", "/api/v1/auth/api-keys", key)
        .await;
    assert_eq!(elsewhere.status, 401, "it has expired everywhere else");
    for credential in [format!("Token {token}"), bearer] {
        let user = stage
            .send(Some(&credential), "GET", "/user", None)
            .await
            .expect(200);
        assert_eq!(user.body["user"]["username"], "ada");
        assert_ne!(user.text_at("/user/token"), token);
    }
    let slug = stage.article(&token, "Still here", &[]).await;
    let path = format!("/articles/{slug}");
    stage
        .act(&token, "POST", &format!("{path}/favorite"))
        .await
        .expect(200);
    let read = stage.get(Some(&token), &path).await.expect(200);
    assert_eq!(read.body["article"]["favorited"], true, "readers too");
    let change = json!({"user": {"username": "countess", "password": "bonjour1"}});
    stage.put(&token, "/user", change).await.expect(200);
    let user = stage.get(Some(&token), "/user").await.expect(200);
    assert_eq!(user.body["user"]["username"], "countess");
}

#[tokio::test]
async fn it_ends_with_its_session_and_no_other_token_is_taken_for_it() {
    let (stage, token) = long_ago().await;
    let invalid = json!({"token": ["is invalid"]});
    let refused_everywhere = async |token: &str| {
        for path in ["/user", "/articles/feed"] {
            stage.get(Some(token), path).await.refused(401, &invalid);
        }
        // What is public is shown as to nobody.
        for path in ["/articles", "/profiles/ada"] {
            stage.get(Some(token), path).await.expect(200);
        }
    };
    let (signed, signature) = token.rsplit_once('.').unwrap();
    let backwards: String = signature.chars().rev().collect();
    refused_everywhere(&format!("{signed}.{backwards}")).await;
    refused_everywhere(&format!("{signed}.")).await;
    stage.get(Some(&token), "/user").await.expect(200);
    let login = json!({"user": {"email": "ada@test.com", "password": PASSWORD}});
    let other = stage
        .call(None, "POST", "/users/login", Some(login))
        .await
        .expect(200)
        .text_at("/user/token");
    let change = json!({"user": {"password": "bonjour1"}});
    stage.put(&other, "/user", change).await.expect(200);
    refused_everywhere(&token).await;
}

#[tokio::test]
async fn it_is_not_good_for_a_disabled_account() {
    let (stage, token) = long_ago().await;
    stage
        .run("update identity.accounts set disabled_at = platform.now()")
        .await;
    stage
        .get(Some(&token), "/articles/feed")
        .await
        .refused(401, &json!({"token": ["is invalid"]}));
}
