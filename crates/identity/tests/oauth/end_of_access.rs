//! What ends with an account's access (facts/identity.md 5.10): every event that ends it, and everything that it led to.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::json;
use sha2::{Digest, Sha256};

use crate::browser::Browser;
use crate::stage::{OAuth, PASSWORD, Stage, TestClient};

const DEVICE: &str = "urn:ietf:params:oauth:grant-type:device_code";
const NEW: &str = "quite another password";

/// All that somebody may have been given.
struct Given {
    refresh_token: String,
    api_key: String,
    grant: String,
    access_token: String,
    code: String,
    device_code: String,
    link: String,
}

/// Signs in everywhere and leaves half of it unfinished.
async fn give(
    stage: &Stage,
    client: &TestClient,
    tv: &TestClient,
    cookies: &mut Browser<'_>,
) -> Given {
    let body = json!({"login": "ada", "password": PASSWORD});
    let session = stage
        .json("POST", "/api/v1/auth/login", None, body)
        .await
        .expect(200);
    let bearer = session.text_of("access_token");
    let key = json!({"name": "ci", "scopes": ["account.manage"]});
    let key = stage
        .json("POST", "/api/v1/auth/api-keys", Some(&bearer), key)
        .await
        .expect(201);
    let scope = [("scope", "openid offline_access")];
    let first = cookies.authorize(client, "ada", &scope).await;
    let tokens = stage.redeem(client, &first).await.expect(200);
    let code = cookies.authorize(client, "ada", &scope).await;
    let begun = stage
        .form("/oauth2/device_authorization", tv, &[("scope", "openid")])
        .await
        .expect(200);
    let path = format!("/oauth2/device?user_code={}", begun.text_of("user_code"));
    let page = cookies.open(&path).await.expect(200);
    let question = cookies.submit(&page, &[]).await.expect(200);
    let _ = cookies
        .submit(&question, &[("decision", "allow")])
        .await
        .expect(200);
    let link = format!("spp_{}", URL_SAFE_NO_PAD.encode([9; 32]));
    let issue = "select identity.issue_password_reset('{}',
        (select id from identity.accounts where username_key = 'ada'), $1, '')::text";
    let hash = Sha256::digest(link.as_bytes()).to_vec();
    assert_eq!(stage.db.json(issue, &[&hash]).await["outcome"], "sent");
    Given {
        refresh_token: session.text_of("refresh_token"),
        api_key: key.text_of("key"),
        grant: tokens.text_of("refresh_token"),
        access_token: tokens.text_of("access_token"),
        code,
        device_code: begun.text_of("device_code"),
        link,
    }
}

#[tokio::test]
async fn whatever_ends_access_ends_all_that_it_led_to() {
    for event in ["change", "reset", "disable", "delete"] {
        let stage = Stage::new(&format!("end_{event}")).await;
        let bearer = stage.account("ada").await;
        let client = stage.client(json!({})).await;
        let device = json!({"token_endpoint_auth_method": "none", "grant_types": [DEVICE], "redirect_uris": []});
        let tv = stage.client(device).await;
        let mut browser = Browser::new(&stage);
        let given = give(&stage, &client, &tv, &mut browser).await;
        match event {
            "change" => {
                let body = json!({"current_password": PASSWORD, "new_password": NEW});
                let path = "/api/v1/auth/password/change";
                let _ = stage
                    .json("POST", path, Some(&bearer), body)
                    .await
                    .expect(204);
            }
            "reset" => {
                let body = json!({"token": given.link, "new_password": NEW});
                let path = "/api/v1/auth/password/reset";
                let _ = stage.json("POST", path, None, body).await.expect(204);
            }
            "delete" => {
                let path = "/api/v1/auth/me/delete";
                let body = json!({"password": PASSWORD});
                let _ = stage
                    .json("POST", path, Some(&bearer), body)
                    .await
                    .expect(204);
            }
            // As an administrator does, whose service is not here.
            _ => {
                stage
                    .db
                    .run(
                        "update identity.accounts set disabled_at = platform.now() where username_key = 'ada';
                         select identity.end_access(id, null) from identity.accounts where username_key = 'ada'",
                    )
                    .await;
            }
        }

        let body = json!({"refresh_token": given.refresh_token});
        let refreshed = stage.json("POST", "/api/v1/auth/refresh", None, body).await;
        assert_eq!(refreshed.status, 401, "{event}: a session's refresh token");
        let grant = stage.refresh(&client, &given.grant).await;
        assert_eq!(grant.status, 400, "{event}: a client's refresh token");
        assert!(
            !stage.is_active(&client, &given.access_token).await,
            "{event}: a client's access token, at once"
        );
        let told = stage.userinfo(&given.access_token).await;
        assert_eq!(told.status, 401, "{event}: also at userinfo");
        let redeemed = stage.redeem(&client, &given.code).await;
        assert_eq!(redeemed.status, 400, "{event}: a pending code");
        stage
            .db
            .run("update identity.oauth_device_codes set poll_after = platform.now()")
            .await;
        let fields = [
            ("grant_type", DEVICE),
            ("device_code", given.device_code.as_str()),
        ];
        let polled = stage.token(&tv, &fields).await;
        assert_eq!(polled.status, 400, "{event}: a device that was let in");
        let key = stage
            .json("GET", "/api/v1/auth/me", Some(&given.api_key), json!(null))
            .await;
        assert_eq!(key.status, 401, "{event}: an API key");
        let body = json!({"token": given.link, "new_password": "one more password"});
        let link = stage
            .json("POST", "/api/v1/auth/password/reset", None, body)
            .await;
        assert_eq!(link.status, 401, "{event}: a pending link");
        let page = browser.ask(&client, &[]).await;
        assert!(
            page.text.contains("name=\"password\""),
            "{event}: a browser: {}",
            page.text
        );
    }
}
