//! Userinfo, introspection and revocation.

use serde_json::json;

use crate::browser::Browser;
use crate::stage::{OAuth, Stage};

#[tokio::test]
async fn userinfo_tells_what_the_scopes_allow_in_all_three_ways() {
    let stage = Stage::new("userinfo").await;
    stage.account("ada").await;
    let client = stage.client(json!({})).await;
    let all = stage
        .tokens(&client, "ada", "openid profile email address phone")
        .await
        .text_of("access_token");
    let told = stage.userinfo(&all).await.expect(200);
    assert_eq!(told.header("cache-control"), "no-store", "B22");
    assert_eq!(told.body["email"], "ada@example.com");
    assert_eq!(told.body["preferred_username"], "ada");
    assert_eq!(told.body["email_verified"], false);
    let bearer = format!("Bearer {all}");
    let form = format!("access_token={all}");
    for (method, headers, body) in [
        ("POST", vec![("authorization", bearer.as_str())], None),
        ("POST", vec![], Some(form.as_str())),
    ] {
        let same = stage
            .send(method, "/oauth2/userinfo", &headers, body)
            .await
            .expect(200);
        assert_eq!(same.body, told.body);
    }
    for (headers, body) in [
        (
            vec![("authorization", bearer.as_str()), ("authorization", "x")],
            None,
        ),
        (
            vec![("authorization", bearer.as_str())],
            Some(form.as_str()),
        ),
    ] {
        let _ = stage
            .send("POST", "/oauth2/userinfo", &headers, body)
            .await
            .error(400, "invalid_request");
    }
    let plain = stage
        .tokens(&client, "ada", "openid")
        .await
        .text_of("access_token");
    let told = stage.userinfo(&plain).await.expect(200);
    assert_eq!(
        told.body.as_object().unwrap().len(),
        1,
        "sub alone: {}",
        told.text
    );

    // One claim, without its scope.
    let claims =
        r#"{"userinfo": {"email": {"essential": true}}, "id_token": {"preferred_username": null}}"#;
    let code = Browser::new(&stage)
        .authorize(&client, "ada", &[("claims", claims)])
        .await;
    let tokens = stage.redeem(&client, &code).await.expect(200);
    let told = stage
        .userinfo(&tokens.text_of("access_token"))
        .await
        .expect(200);
    assert_eq!(told.body["email"], "ada@example.com");
    assert!(told.body["preferred_username"].is_null());
    assert_eq!(
        crate::stage::decode(&tokens.text_of("id_token")).1["preferred_username"],
        "ada"
    );
}

/// facts/identity.md 5.13.
#[tokio::test]
async fn userinfo_takes_nothing_but_a_good_token_for_it() {
    let stage = Stage::new("userinfo_refuses").await;
    let session = stage.account("ada").await;
    let client = stage.client(json!({})).await;
    let tokens = stage.tokens(&client, "ada", "openid offline_access").await;
    let good = tokens.text_of("access_token");
    let api = stage
        .tokens(&client, "ada", "posts.read")
        .await
        .text_of("access_token");
    for (token, rule) in [
        (
            session.as_str(),
            "of a first-party session: another audience",
        ),
        (api.as_str(), "for the API alone"),
        (&tokens.text_of("id_token"), "B19: an ID token"),
        (&tokens.text_of("refresh_token"), "a refresh token"),
        ("x.y.z", "nonsense"),
        ("", "nothing"),
    ] {
        let answer = stage.userinfo(token).await;
        assert_eq!(answer.status, 401, "{rule}: {}", answer.text);
        assert!(
            answer.header("www-authenticate").starts_with("Bearer"),
            "{rule}"
        );
    }
    let nothing = stage.get("/oauth2/userinfo").await;
    assert_eq!(
        (nothing.status, nothing.header("www-authenticate")),
        (401, "Bearer"),
        "RFC 6750 section 3: who sent nothing is told no error"
    );
    let basic = crate::stage::basic("ada", "x");
    for (authorization, rule) in [
        (basic.as_str(), "no scheme of tokens"),
        ("Bearer", "no token"),
        (&format!("DPoP {good}"), "a proof for a token without a key"),
    ] {
        let headers = [("authorization", authorization)];
        let answer = stage.send("GET", "/oauth2/userinfo", &headers, None).await;
        assert_eq!(answer.status, 401, "{rule}: {}", answer.text);
    }
    let twice = format!("access_token={good}&access_token={good}");
    let _ = stage
        .send("POST", "/oauth2/userinfo", &[], Some(&twice))
        .await
        .error(400, "invalid_request"); // B24
    let published = stage.get("/oauth2/jwks").await.expect(200).body;
    for forged in forge(&good, &published) {
        assert_eq!(stage.userinfo(&forged).await.status, 401, "{forged}");
        assert!(!stage.is_active(&client, &forged).await, "{forged}");
    }
    let query = stage
        .get(&format!("/oauth2/userinfo?access_token={good}"))
        .await;
    assert_eq!(query.status, 401, "B20");
    let email = stage
        .tokens(&client, "ada", "email")
        .await
        .text_of("access_token");
    let _ = stage
        .userinfo(&email)
        .await
        .error(403, "insufficient_scope");
    stage
        .db
        .run("update identity.accounts set disabled_at = platform.now() where username_key = 'ada'")
        .await;
    assert_eq!(stage.userinfo(&good).await.status, 401, "disabled");
}

/// `none`, other algorithms, keys in the header, and each published key as the secret of an HMAC (ASVS 9.1).
fn forge(token: &str, published: &serde_json::Value) -> Vec<String> {
    use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD as B64};
    use hmac::{Hmac, KeyInit, Mac};
    let mut parts = token.split('.');
    let (header, payload, signature) = (
        parts.next().unwrap(),
        parts.next().unwrap(),
        parts.next().unwrap(),
    );
    let header: serde_json::Value = serde_json::from_slice(&B64.decode(header).unwrap()).unwrap();
    let with = |name: &str, value: serde_json::Value, signature: &str| {
        let mut header = header.clone();
        header[name] = value;
        format!("{}.{payload}.{signature}", B64.encode(header.to_string()))
    };
    let mut forged = vec![
        with("alg", json!("none"), ""),
        with("alg", json!("none"), signature),
        with("alg", json!("HS256"), signature),
        with("alg", json!("RS256"), signature),
        with("kid", json!("../../x"), signature),
        with("kid", json!("' or 1=1 --"), signature),
        with(
            "jwk",
            json!({"kty": "OKP", "crv": "Ed25519", "x": "x"}),
            signature,
        ),
        with("jku", json!("https://evil.example"), signature),
    ];
    for key in published["keys"].as_array().unwrap() {
        let public = key["n"].as_str().or(key["x"].as_str()).unwrap();
        let header = json!({"alg": "HS256", "typ": "at+jwt", "kid": key["kid"]});
        let signed = format!("{}.{payload}", B64.encode(header.to_string()));
        for secret in [public.as_bytes().to_vec(), B64.decode(public).unwrap()] {
            let mut mac = Hmac::<sha2::Sha256>::new_from_slice(&secret).unwrap();
            mac.update(signed.as_bytes());
            let signature = B64.encode(mac.finalize().into_bytes());
            forged.push(format!("{signed}.{signature}"));
        }
    }
    forged
}

#[tokio::test]
async fn tokens_are_introspected_by_those_whom_they_concern() {
    let stage = Stage::new("introspection").await;
    stage.account("ada").await;
    let client = stage.client(json!({})).await;
    let other = stage.client(json!({})).await;
    let server = stage.client(json!({"resources": ["https://api.example/"], "grant_types": ["client_credentials"], "redirect_uris": []})).await;
    let public = stage
        .client(json!({"token_endpoint_auth_method": "none"}))
        .await;
    let tokens = stage
        .tokens(&client, "ada", "openid email offline_access")
        .await;
    let known = stage
        .form(
            "/oauth2/introspect",
            &client,
            &[("token", &tokens.text_of("access_token"))],
        )
        .await
        .expect(200);
    assert_eq!(
        (
            &known.body["active"],
            &known.body["username"],
            &known.body["token_type"]
        ),
        (&json!(true), &json!("ada"), &json!("Bearer"))
    );
    assert_eq!(known.header("cache-control"), "no-store", "B22");
    assert!(
        stage
            .is_active(&client, &tokens.text_of("refresh_token"))
            .await
    );
    for token in [
        tokens.text_of("access_token"),
        tokens.text_of("refresh_token"),
        "garbage".into(),
    ] {
        assert!(!stage.is_active(&other, &token).await, "B25: not its own");
        assert!(!stage.is_active(&server, &token).await, "B25: not for it");
    }
    let _ = stage
        .form("/oauth2/introspect", &public, &[("token", "x")])
        .await
        .error(401, "invalid_client");
    let _ = stage
        .form("/oauth2/introspect", &client, &[])
        .await
        .error(400, "invalid_request");
    assert!(
        !stage.is_active(&client, &tokens.text_of("id_token")).await,
        "an ID token is none"
    );

    // A token for a resource server elsewhere: it may ask, Spindle takes no notice of it.
    let code = Browser::new(&stage)
        .authorize(
            &client,
            "ada",
            &[
                ("scope", "openid posts.read"),
                ("resource", "https://api.example"),
            ],
        )
        .await;
    let there = stage.redeem(&client, &code).await.expect(200);
    let (_, claims) = crate::stage::decode(&there.text_of("access_token"));
    assert_eq!(
        (&claims["aud"], &claims["scope"]),
        (&json!("https://api.example"), &json!("openid"))
    );
    assert!(
        stage
            .is_active(&server, &there.text_of("access_token"))
            .await
    );
    assert!(
        !stage
            .is_active(&other, &there.text_of("access_token"))
            .await
    );
    assert_eq!(
        stage.userinfo(&there.text_of("access_token")).await.status,
        401,
        "B19"
    );
    let me = stage
        .json(
            "GET",
            "/api/v1/auth/me",
            Some(&there.text_of("access_token")),
            json!(null),
        )
        .await;
    assert_eq!(me.status, 401, "B19");
}

#[tokio::test]
async fn a_client_gives_back_its_own_tokens_and_nobody_elses() {
    let stage = Stage::new("revocation").await;
    stage.account("ada").await;
    let client = stage.client(json!({})).await;
    let other = stage.client(json!({})).await;
    let tokens = stage.tokens(&client, "ada", "openid offline_access").await;
    let (access, refresh) = (
        tokens.text_of("access_token"),
        tokens.text_of("refresh_token"),
    );
    for token in [access.as_str(), &refresh, "unknown"] {
        let _ = stage
            .form("/oauth2/revoke", &other, &[("token", token)])
            .await
            .expect(200);
    }
    assert!(
        stage.is_active(&client, &access).await && stage.is_active(&client, &refresh).await,
        "B25"
    );
    let _ = stage
        .form(
            "/oauth2/revoke",
            &client,
            &[("token", &access), ("token_type_hint", "refresh_token")],
        )
        .await
        .expect(200);
    assert!(!stage.is_active(&client, &access).await);
    assert_eq!(stage.userinfo(&access).await.status, 401);
    let next = stage.refresh(&client, &refresh).await.expect(200);
    let _ = stage
        .form(
            "/oauth2/revoke",
            &client,
            &[("token", &next.text_of("refresh_token"))],
        )
        .await
        .expect(200);
    assert!(
        !stage
            .is_active(&client, &next.text_of("access_token"))
            .await,
        "B25: with all that came of it"
    );
    let _ = stage
        .form("/oauth2/revoke", &client, &[])
        .await
        .error(400, "invalid_request");
}
