//! What roles permit, where it waits for a second factor.

use serde_json::json;

use crate::authenticator::{UNUSED_STEP, code_at};
use crate::stage::{OAuth, PASSWORD, Stage};

const CLIENTS: &str = "/api/v1/admin/oauth-clients";
const KEYS: &str = "/api/v1/auth/api-keys";

/// Asks for what needs `clients.manage`: the status, and the kind of problem if it is one.
async fn ask(stage: &Stage, bearer: &str) -> (u16, String) {
    let answer = stage.json("GET", CLIENTS, Some(bearer), json!(null)).await;
    (answer.status, answer.kind().to_owned())
}

#[tokio::test]
async fn what_a_role_permits_needs_a_session_with_a_second_factor_where_the_operator_says_so() {
    let stage = Stage::new("role_second_factor").await;
    let keeper = stage.administrator().await;
    let scope = "openid clients.manage";
    let client = stage.client(json!({"scope": scope})).await;
    let token = stage.tokens(&client, "keeper", scope).await;
    let granted = (200, String::new());
    assert_eq!(ask(&stage, &keeper).await, granted);
    assert_eq!(
        ask(&stage, &token.text_of("access_token")).await,
        granted,
        "nobody asked for one"
    );

    let stage = stage.again_with(&[("role_second_factor", "required")]);
    let withheld = (403, "second-factor-required".to_owned());
    let keeper = stage.log_in("keeper").await;
    assert_eq!(ask(&stage, &keeper).await, withheld);
    let refused = stage.json("GET", CLIENTS, Some(&keeper), json!(null)).await;
    assert!(
        refused
            .header("www-authenticate")
            .contains("insufficient_user_authentication"),
        "RFC 9470: {refused:?}"
    );
    let token = stage.tokens(&client, "keeper", scope).await;
    assert_eq!(
        ask(&stage, &token.text_of("access_token")).await,
        withheld,
        "nor for a client that the session let in"
    );
    let ada = stage.account("ada").await;
    assert_eq!(
        ask(&stage, &ada).await,
        (403, "forbidden".to_owned()),
        "a factor would not help her"
    );
    let key = |scope: &str| json!({"name": "ci", "scopes": [scope]});
    for bearer in [&keeper, &ada] {
        let refused = stage
            .json("POST", KEYS, Some(bearer), key("clients.manage"))
            .await;
        assert_eq!(
            (refused.status, refused.kind()),
            (403, "second-factor-required"),
            "a key would be a way around it"
        );
        let _ = stage
            .json("POST", KEYS, Some(bearer), key("posts.read"))
            .await
            .expect(201);
    }

    let made = stage
        .json("POST", "/api/v1/auth/mfa/totp", Some(&keeper), json!({}))
        .await
        .expect(201);
    let secret = made.text_of("secret");
    let confirm = json!({"code": code_at(&secret, kit::clock::now_s())});
    let _ = stage
        .json(
            "POST",
            "/api/v1/auth/mfa/totp/confirm",
            Some(&keeper),
            confirm,
        )
        .await
        .expect(200);
    stage.db.run(UNUSED_STEP).await;
    assert_eq!(
        ask(&stage, &keeper).await,
        withheld,
        "this session has not shown it"
    );
    let body = json!({"login": "keeper", "password": PASSWORD});
    let owed = stage
        .json("POST", "/api/v1/auth/login", None, body)
        .await
        .expect(200);
    let code = code_at(&secret, kit::clock::now_s());
    let shown = json!({"mfa_token": owed.text_of("mfa_token"), "method": "totp", "code": code});
    let signed_in = stage
        .json("POST", "/api/v1/auth/login/mfa", None, shown)
        .await
        .expect(200);
    let keeper = signed_in.text_of("access_token");
    assert_eq!(ask(&stage, &keeper).await, granted);
    let made = stage
        .json("POST", KEYS, Some(&keeper), key("clients.manage"))
        .await
        .expect(201);
    assert_eq!(ask(&stage, &made.text_of("key")).await, granted);
}
