//! `/profiles/{username}`.

use futures::future::join_all;
use serde_json::json;

use crate::stage::{RealWorld, Stage};

#[tokio::test]
async fn a_profile_tells_each_reader_whether_they_follow() {
    let stage = Stage::new().await;
    let (ada, bob) = (stage.user("ada").await, stage.user("Bob").await);
    stage
        .put(
            &bob,
            "/user",
            json!({"user": {"bio": "b", "image": "https://a.example/b.png"}}),
        )
        .await
        .expect(200);
    let profile = |following: bool| json!({"profile": {"username": "Bob", "bio": "b", "image": "https://a.example/b.png", "following": following}});
    for path in ["/profiles/Bob", "/profiles/bob"] {
        assert_eq!(stage.get(None, path).await.expect(200).body, profile(false));
    }
    for _ in 0..2 {
        let followed = stage
            .act(&ada, "POST", "/profiles/bob/follow")
            .await
            .expect(200);
        assert_eq!(followed.body, profile(true));
    }
    join_all((0..10).map(|_| stage.act(&ada, "POST", "/profiles/bob/follow"))).await;
    assert_eq!(
        stage.get(Some(&ada), "/profiles/bob").await.body,
        profile(true)
    );
    assert_eq!(
        stage.get(Some(&bob), "/profiles/bob").await.body,
        profile(false)
    );
    assert_eq!(stage.get(None, "/profiles/bob").await.body, profile(false));
    assert_eq!(
        stage
            .count("select followers_count from profile.profiles where followers_count > 0")
            .await,
        1
    );
    for _ in 0..2 {
        let left = stage
            .act(&ada, "DELETE", "/profiles/bob/follow")
            .await
            .expect(200);
        assert_eq!(left.body, profile(false));
    }
}

#[tokio::test]
async fn nobody_is_not_found_and_oneself_is_not_followed() {
    let stage = Stage::new().await;
    let ada = stage.user("ada").await;
    let missing = json!({"profile": ["not found"]});
    stage
        .get(None, "/profiles/nobody")
        .await
        .refused(404, &missing);
    for method in ["POST", "DELETE"] {
        stage
            .act(&ada, method, "/profiles/nobody/follow")
            .await
            .refused(404, &missing);
        let oneself = stage.act(&ada, method, "/profiles/ada/follow").await;
        assert_eq!(oneself.status, 422, "{}", oneself.text);
    }
}
