//! Clients that act for themselves.

use serde_json::{Value, json};

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

/// A client is switched off and on again. Tokens count whole seconds, and none is asked which of two came first.
#[tokio::test]
async fn a_client_that_comes_back_within_a_second_gets_tokens_that_stand() {
    let stage = Stage::new("service_returns").await;
    let root = stage.administrator().await;
    let service = json!({"client_name": "Service", "grant_types": ["client_credentials"], "redirect_uris": [], "scope": "posts.read users.read"});
    let client = stage.client(service.clone()).await;
    let path = format!("/api/v1/admin/oauth-clients/{}", client.id);
    let switch = async |disabled: bool| {
        let mut changed = service.clone();
        changed["disabled"] = json!(disabled);
        let _ = stage
            .json("PUT", &path, Some(&root), changed)
            .await
            .expect(200);
    };
    let told = format!(
        "select coalesce(max((extract(epoch from revoked_at) * 1000000)::int8), 0) from identity.revocations
         where kind = 'subject' and id = '{}'",
        client.id
    );
    let token = async || {
        let answer = stage.token(&client, &[SERVICE]).await.expect(200);
        let token = answer.text_of("access_token");
        let (_, claims) = decode(&token);
        (token, claims)
    };
    let credential = |claims: &Value| json!({"kind": "Client", "subject": client.id, "session": null, "jti": claims["jti"], "generation": claims["generation"]});
    let moves = async |claims: &Value| {
        let sql = "select identity.credential_is_live($1)::text";
        stage.db.json(sql, &[&credential(claims)]).await == json!(true)
    };

    let (first, of_first) = token().await;
    assert_eq!(of_first["generation"], 0);
    assert!(stage.is_active(&client, &first).await && moves(&of_first).await);
    // Twice, so that the second revocation may be of the same moment as the first.
    let mut dead = vec![(first, of_first)];
    for _ in 0..2 {
        switch(true).await;
        switch(false).await;
        let revoked = stage.db.count(&told).await;
        let (now, of_now) = token().await;
        assert_eq!(of_now["generation"], revoked);
        assert!(stage.is_active(&client, &now).await, "{of_now}");
        assert!(moves(&of_now).await, "{of_now}");
        for (token, claims) in &dead {
            assert!(!stage.is_active(&client, token).await, "{claims}");
            assert!(!moves(claims).await, "{claims}");
        }
        dead.push((now, of_now));
    }
}
