//! Requests that clients push (RFC 9126).

use serde_json::json;

use crate::browser::{Browser, borrowed, pushed_parameters};
use crate::stage::{OAuth, Stage};

#[tokio::test]
async fn a_pushed_request_is_one_browsers() {
    let stage = Stage::new("pushed").await;
    stage.account("ada").await;
    let client = stage
        .client(json!({"require_pushed_authorization_requests": true}))
        .await;
    let parameters = pushed_parameters(&client);
    let parameters = borrowed(&parameters);

    let mut browser = Browser::new(&stage);
    let (_, direct) = browser.ask(&client, &[]).await.redirect();
    assert_eq!(direct["error"], "invalid_request", "this client pushes");

    let pushed = stage
        .form("/oauth2/par", &client, &parameters)
        .await
        .expect(201);
    let uri = pushed.text_of("request_uri");
    assert_eq!(
        (&pushed.body["expires_in"], pushed.header("cache-control")),
        (&json!(90), "no-store")
    );
    let path = format!(
        "/oauth2/authorize?{}",
        crate::stage::encode(&[("client_id", &client.id), ("request_uri", &uri)])
    );
    let page = browser.open(&path).await.expect(200);
    let stolen = Browser::new(&stage).open(&path).await;
    assert_eq!(stolen.status, 400, "another browser");
    let page = browser.log_in(&page, "ada").await;
    let back = browser.agree(&page).await;
    let _ = stage.redeem(&client, &back["code"]).await.expect(200);
    assert_eq!(
        browser.open(&path).await.status,
        400,
        "one request, one code"
    );

    let other = stage.client(json!({})).await;
    let foreign = stage
        .form("/oauth2/par", &client, &parameters)
        .await
        .text_of("request_uri");
    let path = crate::stage::encode(&[("client_id", &other.id), ("request_uri", &foreign)]);
    assert_eq!(
        stage.get(&format!("/oauth2/authorize?{path}")).await.status,
        400,
        "another client's"
    );

    for (changes, error) in [
        (("redirect_uri", "https://evil.example"), "invalid_request"),
        (("scope", "nonsense"), "invalid_scope"),
        (("code_challenge_method", "plain"), "invalid_request"),
        (("request_uri", "urn:x"), "invalid_request"),
    ] {
        let mut wrong = parameters.clone();
        wrong.retain(|(name, _)| *name != changes.0);
        wrong.push(changes);
        let _ = stage
            .form("/oauth2/par", &client, &wrong)
            .await
            .error(400, error);
    }
    let nobody = crate::stage::TestClient {
        id: client.id.clone(),
        secret: Some("wrong".into()),
    };
    let _ = stage
        .form("/oauth2/par", &nobody, &parameters)
        .await
        .error(401, "invalid_client");
}
