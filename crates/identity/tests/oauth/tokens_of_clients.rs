//! Clients that act for themselves.

use serde_json::json;

use crate::stage::{OAuth, Stage, decode};

const SERVICE: (&str, &str) = ("grant_type", "client_credentials");

#[tokio::test]
async fn a_client_gets_no_more_than_its_ceiling_and_nothing_of_a_person() {
    let stage = Stage::new("service").await;
    let client = stage
        .client(json!({"grant_types": ["client_credentials"], "redirect_uris": [], "scope": "openid posts.read users.read"}))
        .await;
    let all = stage.token(&client, &[SERVICE]).await.expect(200);
    assert_eq!(
        all.body["scope"], "posts.read users.read",
        "B26: the ceiling"
    );
    assert!(
        all.body["refresh_token"].is_null() && all.body["id_token"].is_null(),
        "B26"
    );
    let (_, claims) = decode(&all.text_of("access_token"));
    assert_eq!(
        (&claims["sub"], &claims["aud"]),
        (&json!(client.id), &json!("spindle"))
    );
    assert_eq!(claims["permissions"], json!(["users.read"]));
    assert!(claims["sid"].is_null());
    let less = stage
        .token(&client, &[SERVICE, ("scope", "posts.read")])
        .await
        .expect(200);
    assert_eq!(
        decode(&less.text_of("access_token")).1["permissions"],
        json!([])
    );
    for more in ["posts.write", "openid", "users.manage", "nonsense", " "] {
        let _ = stage
            .token(&client, &[SERVICE, ("scope", more)])
            .await
            .error(400, "invalid_scope"); // B26
    }
    let _ = stage
        .token(&client, &[SERVICE, ("resource", "https://unknown.example")])
        .await
        .error(400, "invalid_target");
    assert!(stage.is_active(&client, &all.text_of("access_token")).await);
    let me = stage
        .json(
            "GET",
            "/api/v1/auth/me",
            Some(&all.text_of("access_token")),
            json!(null),
        )
        .await;
    assert_eq!(me.status, 403, "a client is nobody");
}
