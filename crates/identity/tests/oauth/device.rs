//! Devices without a keyboard (RFC 8628).

use serde_json::json;

use crate::browser::Browser;
use crate::stage::{Answer, OAuth, Stage, TestClient};

const DEVICE: &str = "urn:ietf:params:oauth:grant-type:device_code";

async fn begin(stage: &Stage, client: &TestClient) -> Answer {
    stage
        .form(
            "/oauth2/device_authorization",
            client,
            &[("scope", "openid offline_access")],
        )
        .await
        .expect(200)
}

async fn poll(stage: &Stage, client: &TestClient, device: &str) -> Answer {
    stage
        .db
        .run("update identity.oauth_device_codes set poll_after = platform.now()")
        .await;
    stage
        .token(client, &[("grant_type", DEVICE), ("device_code", device)])
        .await
}

async fn tv(stage: &Stage) -> TestClient {
    stage
        .client(json!({"token_endpoint_auth_method": "none", "grant_types": [DEVICE, "refresh_token"], "redirect_uris": []}))
        .await
}

#[tokio::test]
async fn a_device_waits_until_somebody_lets_it_in() {
    let stage = Stage::new("device").await;
    stage.account("ada").await;
    let client = tv(&stage).await;
    let begun = begin(&stage, &client).await;
    let (device, code) = (begun.text_of("device_code"), begun.text_of("user_code"));
    assert_eq!(
        (&begun.body["interval"], &begun.body["expires_in"]),
        (&json!(5), &json!(600))
    );
    assert!(begun.text_of("verification_uri_complete").ends_with(&code));
    let _ = poll(&stage, &client, &device)
        .await
        .error(400, "authorization_pending");
    // Five seconds, which a slow machine may need: the pause is longer here.
    stage
        .db
        .run("update identity.oauth_device_codes set poll_after = poll_after + interval '1 hour' where poll_after > platform.now()")
        .await;
    let at_once = stage
        .token(&client, &[("grant_type", DEVICE), ("device_code", &device)])
        .await;
    let _ = at_once.error(400, "slow_down");

    let mut browser = Browser::new(&stage);
    let login = browser
        .open(&format!("/oauth2/device?user_code={code}"))
        .await
        .expect(200);
    let page = browser.log_in(&login, "ada").await.expect(200);
    assert!(page.text.contains(&code), "filled in: {}", page.text);
    let wrong = browser
        .submit(&page, &[("user_code", "BBBB-BBBB")])
        .await
        .expect(422);
    let question = browser
        .submit(&wrong, &[("user_code", &code.to_lowercase())])
        .await
        .expect(200);
    assert!(
        question.text.contains("Example") && question.text.contains("it shows"),
        "{}",
        question.text
    );
    let _ = browser
        .submit(&question, &[("decision", "allow")])
        .await
        .expect(200);
    let _ = browser
        .submit(&question, &[("decision", "allow")])
        .await
        .expect(422);

    let other = tv(&stage).await;
    let _ = poll(&stage, &other, &device)
        .await
        .error(400, "invalid_grant");
    let tokens = poll(&stage, &client, &device).await.expect(200);
    let _ = stage
        .userinfo(&tokens.text_of("access_token"))
        .await
        .expect(200);
    let next = stage
        .refresh(&client, &tokens.text_of("refresh_token"))
        .await
        .expect(200);
    let _ = poll(&stage, &client, &device)
        .await
        .error(400, "invalid_grant");
    assert_eq!(
        stage.userinfo(&next.text_of("access_token")).await.status,
        401,
        "a copied code kills what came of it"
    );
}

#[tokio::test]
async fn a_device_may_be_turned_away_and_its_time_ends() {
    let stage = Stage::new("device_denied").await;
    stage.account("ada").await;
    let client = tv(&stage).await;
    let begun = begin(&stage, &client).await;
    let mut browser = Browser::new(&stage);
    let login = browser.open("/oauth2/device").await;
    let page = browser.log_in(&login, "ada").await;
    let question = browser
        .submit(&page, &[("user_code", &begun.text_of("user_code"))])
        .await
        .expect(200);
    let _ = browser
        .submit(&question, &[("decision", "deny")])
        .await
        .expect(200);
    let _ = poll(&stage, &client, &begun.text_of("device_code"))
        .await
        .error(400, "access_denied");

    let late = begin(&stage, &client).await;
    stage
        .db
        .run("update identity.oauth_device_codes set expires_at = platform.now()")
        .await;
    let _ = poll(&stage, &client, &late.text_of("device_code"))
        .await
        .error(400, "expired_token");
    let page = browser.open("/oauth2/device").await;
    let _ = browser
        .submit(&page, &[("user_code", &late.text_of("user_code"))])
        .await
        .expect(422);

    for _ in 0..9 {
        let _ = browser
            .submit(&page, &[("user_code", "BBBBBBBB")])
            .await
            .expect(422);
    }
    let good = begin(&stage, &client).await.text_of("user_code");
    let limited = browser
        .submit(&page, &[("user_code", &good)])
        .await
        .expect(429);
    assert_eq!(limited.header("retry-after"), "600");
    let other = stage.client(json!({})).await;
    let refused = stage
        .form(
            "/oauth2/device_authorization",
            &other,
            &[("scope", "openid")],
        )
        .await;
    let _ = refused.error(400, "unauthorized_client");
    let _ = stage
        .form("/oauth2/device_authorization", &client, &[])
        .await
        .error(400, "invalid_scope");
}

#[tokio::test]
async fn a_code_that_is_guessed_in_a_decision_counts_like_one_that_is_typed() {
    let stage = Stage::new("device_guesses").await;
    stage.account("ada").await;
    let client = tv(&stage).await;
    let mut browser = Browser::new(&stage);
    let login = browser.open("/oauth2/device").await;
    let page = browser.log_in(&login, "ada").await;
    for guess in 0..10 {
        let decision = [("user_code", "BBBBBBBB"), ("decision", "allow")];
        assert_eq!(
            browser.submit(&page, &decision).await.status,
            422,
            "{guess}"
        );
    }
    let good = begin(&stage, &client).await;
    let code = good.text_of("user_code");
    for decision in ["allow", "deny"] {
        let _ = browser
            .submit(&page, &[("user_code", &code), ("decision", decision)])
            .await
            .expect(429);
    }
    let _ = poll(&stage, &client, &good.text_of("device_code"))
        .await
        .error(400, "authorization_pending");
}
