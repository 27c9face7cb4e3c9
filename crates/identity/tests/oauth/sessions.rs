//! Signing in with a second factor, and signing out.

use serde_json::json;

use crate::authenticator::{UNUSED_STEP, code_at};
use crate::browser::Browser;
use crate::stage::{Answer, OAuth, Stage, encode};

/// Where clients have people sent who signed out.
const BACK: &str = "https://client.example/bye";

fn end_session(parameters: &[(&str, &str)]) -> String {
    format!("/oauth2/end-session?{}", encode(parameters))
}

/// Is asked whether to sign out, does, and is sent back to the client, which gave the state `s`.
async fn sign_out(browser: &mut Browser<'_>, asked: &Answer, rule: &str) {
    assert!(asked.text.contains("Sign out?"), "{rule}: {}", asked.text);
    let (address, parameters) = browser
        .submit(asked, &[("decision", "sign-out")])
        .await
        .redirect();
    assert_eq!(
        (address.as_str(), parameters["state"].as_str()),
        (BACK, "s"),
        "{rule}"
    );
    assert!(
        !browser.cookies.contains_key("__Host-spindle_session"),
        "{rule}"
    );
}

#[tokio::test]
async fn a_client_signs_people_out_and_asks_where_it_cannot_prove_them() {
    let stage = Stage::new("sign_out").await;
    let ada = stage.account("ada").await;
    let client = stage.client(json!({})).await;

    let mut browser = Browser::new(&stage);
    let code = browser.authorize(&client, "ada", &[]).await;
    let tokens = stage.redeem(&client, &code).await.expect(200);
    let hint = tokens.text_of("id_token");
    let evil = browser
        .open(&end_session(&[
            ("id_token_hint", &hint),
            ("post_logout_redirect_uri", "https://evil.example"),
        ]))
        .await;
    assert_eq!(evil.status, 400, "B3");
    let garbage = browser
        .open(&end_session(&[(
            "id_token_hint",
            &tokens.text_of("access_token"),
        )]))
        .await;
    assert_eq!(garbage.status, 400, "an access token is no hint");
    let other = stage.client(json!({})).await;
    let foreign = browser
        .open(&end_session(&[
            ("id_token_hint", &hint),
            ("client_id", &other.id),
        ]))
        .await;
    assert_eq!(foreign.status, 400, "another client's ID token");
    for (site, rule) in [
        ("cross-site", "from elsewhere"),
        ("same-origin", "no token"),
    ] {
        let forged = browser
            .send(
                "POST",
                "/oauth2/end-session",
                &[("sec-fetch-site", site)],
                Some("decision=sign-out"),
            )
            .await;
        assert_eq!(forged.status, 403, "{rule}");
    }
    let nobody = stage.get("/oauth2/end-session").await.expect(200);
    assert!(
        nobody.text.contains("You are signed out"),
        "nobody was signed in"
    );
    let asked = browser
        .open(&end_session(&[
            ("client_id", &client.id),
            ("post_logout_redirect_uri", BACK),
            ("state", "s"),
        ]))
        .await
        .expect(200);
    assert!(browser.cookies.contains_key("__Host-spindle_session"));
    sign_out(&mut browser, &asked, "ASVS 10.6.2").await;
    assert!(
        !stage
            .is_active(&client, &tokens.text_of("access_token"))
            .await,
        "the session's grants too"
    );

    let code = browser.authorize(&client, "ada", &[]).await;
    let hint = stage.redeem(&client, &code).await.text_of("id_token");
    let kept = browser.cookies.clone();
    let (address, _) = browser
        .open(&end_session(&[
            ("id_token_hint", &hint),
            ("post_logout_redirect_uri", BACK),
        ]))
        .await
        .redirect();
    assert_eq!(address, BACK, "at once with a hint");
    let mut replay = Browser::new(&stage);
    replay.cookies = kept;
    let page = replay.ask(&client, &[]).await;
    assert!(
        page.text.contains("name=\"password\""),
        "ASVS 7.4.1: the cookie is worth nothing"
    );

    browser.authorize(&client, "ada", &[]).await;
    let sessions = stage
        .json("GET", "/api/v1/auth/sessions", Some(&ada), json!(null))
        .await
        .expect(200);
    assert_eq!(
        sessions.body["items"].as_array().unwrap().len(),
        2,
        "the browser is one of them: {}",
        sessions.text
    );
    let _ = stage
        .json("POST", "/api/v1/auth/logout/all", Some(&ada), json!(null))
        .await
        .expect(204);
    let page = browser.ask(&client, &[]).await;
    assert!(page.text.contains("name=\"password\""));
}

/// An ID token that does not prove who is signed in here leads to the question, which remembers who asked.
#[tokio::test]
async fn a_hint_that_proves_nothing_leads_to_a_question_and_back() {
    let stage = Stage::new("weak_hints").await;
    stage.account("ada").await;
    stage.account("bob").await;
    let client = stage.client(json!({})).await;
    let hint = stage
        .tokens(&client, "bob", "openid")
        .await
        .text_of("id_token");
    let path = end_session(&[
        ("id_token_hint", &hint),
        ("post_logout_redirect_uri", BACK),
        ("state", "s"),
    ]);
    let silent = [("prompt", "none"), ("id_token_hint", hint.as_str())];

    let mut browser = Browser::new(&stage);
    for rule in ["another person's", "of a key that has left the key set"] {
        browser.authorize(&client, "ada", &[]).await;
        let asked = browser.open(&path).await.expect(200);
        sign_out(&mut browser, &asked, rule).await;
        let (_, refused) = browser.ask(&client, &silent).await.redirect();
        assert_eq!(refused["error"], "login_required", "{rule}");
        stage
            .db
            .run("update identity.signing_keys set trusted_until = platform.now()")
            .await;
    }
}

/// What a client was given is no session: it gives that back at `/oauth2/revoke`.
#[tokio::test]
async fn a_clients_token_signs_nobody_out() {
    let stage = Stage::new("client_logout").await;
    stage.account("ada").await;
    let scope = "openid account.manage";
    let client = stage.client(json!({"scope": scope})).await;
    let tokens = stage.tokens(&client, "ada", scope).await;
    let bearer = tokens.text_of("access_token");
    for path in ["/api/v1/auth/logout", "/api/v1/auth/logout/all"] {
        let _ = stage
            .json("POST", path, Some(&bearer), json!(null))
            .await
            .expect(403);
    }
    assert!(stage.is_active(&client, &bearer).await);
}

#[tokio::test]
async fn who_has_a_second_factor_is_asked_for_it() {
    let stage = Stage::new("second_factor").await;
    let ada = stage.account("ada").await;
    let client = stage.client(json!({})).await;
    let mut early = Browser::new(&stage);
    let login = early.ask(&client, &[]).await;
    let _ = early.log_in(&login, "ada").await.expect(200);
    let made = stage
        .json("POST", "/api/v1/auth/mfa/totp", Some(&ada), json!({}))
        .await
        .expect(201);
    let secret = made.text_of("secret");
    let confirm = json!({"code": code_at(&secret, kit::clock::now_s())});
    let confirmed = stage
        .json("POST", "/api/v1/auth/mfa/totp/confirm", Some(&ada), confirm)
        .await
        .expect(200);
    let recovery = confirmed.body["recovery_codes"][0].as_str().unwrap();
    stage.db.run(UNUSED_STEP).await;

    let claims = r#"{"id_token": {"acr": {"essential": true, "value": "urn:spindle:acr:2fa"}}}"#;
    stage.account("bob").await;
    let back = Browser::new(&stage)
        .arrive(&client, "bob", &[("claims", claims)])
        .await;
    assert_eq!(back["error"], "unmet_authentication_requirements");
    let page = early.ask(&client, &[("claims", claims)]).await;
    assert!(
        page.text.contains("name=\"password\""),
        "a session from before the factor: sign in with it"
    );
    let quiet = [("claims", claims), ("prompt", "none")];
    let (_, back) = early.ask(&client, &quiet).await.redirect();
    assert_eq!(back["error"], "login_required");

    let mut browser = Browser::new(&stage);
    let login = browser.ask(&client, &[("claims", claims)]).await;
    let factor = browser.log_in(&login, "ada").await.expect(200);
    assert!(factor.text.contains("authenticator app"), "{}", factor.text);
    assert!(
        !browser.cookies.contains_key("__Host-spindle_session"),
        "not signed in yet"
    );
    let page = browser.ask(&client, &[]).await;
    assert!(
        page.text.contains("name=\"password\""),
        "half a login opens nothing"
    );
    let wrong = browser
        .submit(&factor, &[("method", "totp"), ("code", "000000")])
        .await
        .expect(422);
    assert!(
        wrong.text.contains("role=\"alert\"") && wrong.text.contains("A recovery code"),
        "{}",
        wrong.text
    );
    let code = code_at(&secret, kit::clock::now_s());
    let consent = browser
        .submit(&wrong, &[("method", "totp"), ("code", &code)])
        .await
        .expect(200);
    let back = browser.agree(&consent).await;
    let identity = stage.identity(&client, &back["code"]).await;
    assert_eq!(identity["acr"], "urn:spindle:acr:2fa");
    assert!(
        identity["amr"].as_array().unwrap().contains(&json!("otp")),
        "{identity}"
    );

    let mut other = Browser::new(&stage);
    let login = other.ask(&client, &[]).await;
    let factor = other.log_in(&login, "ada").await.expect(200);
    let again = other
        .submit(&factor, &[("method", "totp"), ("code", &code)])
        .await;
    assert_eq!(again.status, 422, "a code is good once");
    let (_, back) = other
        .submit(&again, &[("method", "recovery_code"), ("code", recovery)])
        .await
        .redirect();
    assert!(back.contains_key("code"), "{back:?}");
}
