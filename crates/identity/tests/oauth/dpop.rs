//! Tokens that are bound to a key (RFC 9449).

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use ed25519_dalek::SigningKey;
use futures::future::join_all;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::browser::{Browser, borrowed, pushed_parameters};
use crate::stage::{
    Answer, CALLBACK, ISSUER, OAuth, Stage, TestClient, VERIFIER, decode, encode, sign,
};

const DEVICE: &str = "urn:ietf:params:oauth:grant-type:device_code";

struct Key(SigningKey);

impl Key {
    fn new(seed: u8) -> Self {
        Self(SigningKey::from_bytes(&[seed; 32]))
    }

    fn proof(&self, method: &str, url: &str, changes: &[(&str, Value)]) -> String {
        let x = URL_SAFE_NO_PAD.encode(self.0.verifying_key().as_bytes());
        let header = json!({"typ": "dpop+jwt", "alg": "EdDSA", "jwk": {"kty": "OKP", "crv": "Ed25519", "x": x}});
        let mut claims = json!({"jti": uuid::Uuid::now_v7(), "htm": method, "htu": url, "iat": kit::clock::now_s()});
        for (name, value) in changes {
            claims[*name] = value.clone();
        }
        sign(&self.0, &header, &claims)
    }

    fn thumbprint(&self) -> String {
        let x = URL_SAFE_NO_PAD.encode(self.0.verifying_key().as_bytes());
        URL_SAFE_NO_PAD.encode(Sha256::digest(format!(
            r#"{{"crv":"Ed25519","kty":"OKP","x":"{x}"}}"#
        )))
    }
}

/// Asks for tokens with a proof, with the server's nonce, as a client does.
async fn token(
    stage: &Stage,
    client: &TestClient,
    key: &Key,
    form: &[(&str, &str)],
    changes: &[(&str, Value)],
) -> Answer {
    let url = format!("{ISSUER}/token");
    let blind = key.proof("POST", &url, &[]);
    let told = stage
        .form_with("/oauth2/token", client, form, &[("dpop", &blind)])
        .await
        .error(400, "use_dpop_nonce");
    let mut all = vec![("nonce", json!(told.header("dpop-nonce")))];
    all.extend_from_slice(changes);
    let proof = key.proof("POST", &url, &all);
    stage
        .form_with("/oauth2/token", client, form, &[("dpop", &proof)])
        .await
}

/// facts/identity.md 5.16.
#[tokio::test]
async fn a_bound_token_is_worth_nothing_without_its_key() {
    let stage = Stage::new("dpop").await;
    stage.account("ada").await;
    let client = stage
        .client(json!({"token_endpoint_auth_method": "none"}))
        .await;
    let (key, thief) = (Key::new(1), Key::new(2));
    let code = Browser::new(&stage)
        .authorize(&client, "ada", &[("scope", "openid offline_access")])
        .await;
    let form = [
        ("grant_type", "authorization_code"),
        ("code", &code),
        ("redirect_uri", CALLBACK),
        ("code_verifier", VERIFIER),
    ];
    let url = format!("{ISSUER}/token");
    for (changes, rule) in [
        (
            vec![("htu", json!(format!("{ISSUER}/par")))],
            "another address",
        ),
        (vec![("htm", json!("GET"))], "another method"),
        (vec![("iat", json!(kit::clock::now_s() - 300))], "old"),
        (vec![("jti", json!(""))], "no id"),
    ] {
        let proof = key.proof("POST", &url, &changes);
        let answer = stage
            .form_with("/oauth2/token", &client, &form, &[("dpop", &proof)])
            .await;
        assert_eq!(
            (answer.status, &answer.body["error"]),
            (400, &json!("invalid_dpop_proof")),
            "B16: {rule}"
        );
    }
    let tokens = token(&stage, &client, &key, &form, &[]).await.expect(200);
    assert_eq!(tokens.body["token_type"], "DPoP");
    assert!(!tokens.header("dpop-nonce").is_empty());
    let (access, refresh) = (
        tokens.text_of("access_token"),
        tokens.text_of("refresh_token"),
    );
    assert_eq!(decode(&access).1["cnf"]["jkt"], key.thumbprint(), "B16");

    let userinfo = format!("{ISSUER}/userinfo");
    let ath = json!(URL_SAFE_NO_PAD.encode(Sha256::digest(&access)));
    let call = async |scheme: &str, proof: Option<String>| {
        let authorization = format!("{scheme} {access}");
        let mut headers = vec![("authorization", authorization.as_str())];
        headers.extend(proof.iter().map(|proof| ("dpop", proof.as_str())));
        stage
            .send("GET", "/oauth2/userinfo", &headers, None)
            .await
            .status
    };
    let good = key.proof("GET", &userinfo, &[("ath", ath.clone())]);
    assert_eq!(call("DPoP", Some(good.clone())).await, 200);
    assert_eq!(
        call("DPoP", Some(good)).await,
        401,
        "B16: a proof is good once (RFC 9449 section 7.1)"
    );
    let once = key.proof("GET", &userinfo, &[("ath", ath.clone())]);
    let shown = join_all((0..20).map(|_| async { call("DPoP", Some(once.clone())).await })).await;
    assert_eq!(
        shown.iter().filter(|status| **status == 200).count(),
        1,
        "B16: also twenty times at once: {shown:?}"
    );
    assert_eq!(
        call("DPoP", Some(key.proof("GET", &userinfo, &[]))).await,
        401,
        "not of this token"
    );
    assert_eq!(
        call(
            "DPoP",
            Some(thief.proof("GET", &userinfo, &[("ath", ath.clone())]))
        )
        .await,
        401,
        "another key"
    );
    assert_eq!(call("DPoP", None).await, 401, "no proof");
    assert_eq!(
        call("Bearer", Some(key.proof("GET", &userinfo, &[("ath", ath)]))).await,
        401,
        "no downgrade"
    );

    let form = [
        ("grant_type", "refresh_token"),
        ("refresh_token", refresh.as_str()),
    ];
    let _ = stage
        .token(&client, &form)
        .await
        .error(400, "invalid_grant"); // B16: without a proof
    let _ = token(&stage, &client, &thief, &form, &[])
        .await
        .error(400, "invalid_grant"); // B16: with another key
    let next = token(&stage, &client, &key, &form, &[]).await.expect(200);
    assert_eq!(
        decode(&next.text_of("access_token")).1["cnf"]["jkt"],
        key.thumbprint()
    );
}

#[tokio::test]
async fn proofs_are_good_once_and_bind_codes_and_clients() {
    let stage = Stage::new("dpop_binding").await;
    stage.account("ada").await;
    let (key, thief) = (Key::new(1), Key::new(2));
    let client = stage
        .client(json!({"dpop_bound_access_tokens": true}))
        .await;
    let thumbprint = key.thumbprint();
    let mut browser = Browser::new(&stage);
    for (who, status) in [(&thief, 400), (&key, 200)] {
        let code = browser
            .authorize(&client, "ada", &[("dpop_jkt", &thumbprint)])
            .await;
        let form = [
            ("grant_type", "authorization_code"),
            ("code", &code),
            ("redirect_uri", CALLBACK),
            ("code_verifier", VERIFIER),
        ];
        assert_eq!(
            token(&stage, &client, who, &form, &[]).await.status,
            status,
            "RFC 9449 section 10"
        );
    }
    let code = browser.authorize(&client, "ada", &[]).await;
    let form = [
        ("grant_type", "authorization_code"),
        ("code", &code),
        ("redirect_uri", CALLBACK),
        ("code_verifier", VERIFIER),
    ];
    let _ = stage
        .token(&client, &form)
        .await
        .error(400, "invalid_dpop_proof"); // this client must
    let same = json!("one and the same");
    let _ = token(&stage, &client, &key, &form, &[("jti", same.clone())])
        .await
        .expect(200);
    let _ = token(&stage, &client, &key, &form, &[("jti", same)])
        .await
        .error(400, "invalid_dpop_proof");
    let stale = [("nonce", json!("0123456789abcdef0123456789abcdef"))];
    let _ = token(&stage, &client, &key, &form, &stale)
        .await
        .error(400, "use_dpop_nonce");
}

#[tokio::test]
async fn the_api_takes_a_proof_once() {
    let stage = Stage::new("dpop_api").await;
    stage.account("ada").await;
    let key = Key::new(1);
    let client = stage
        .client(json!({"scope": "openid account.manage"}))
        .await;
    let code = Browser::new(&stage)
        .authorize(&client, "ada", &[("scope", "account.manage")])
        .await;
    let form = [
        ("grant_type", "authorization_code"),
        ("code", &code),
        ("redirect_uri", CALLBACK),
        ("code_verifier", VERIFIER),
    ];
    let access = token(&stage, &client, &key, &form, &[])
        .await
        .expect(200)
        .text_of("access_token");
    let url = "https://spindle.example/api/v1/auth/me";
    let ath = json!(URL_SAFE_NO_PAD.encode(Sha256::digest(&access)));
    let call = async |proof: &str| {
        let authorization = format!("DPoP {access}");
        let headers = [("authorization", authorization.as_str()), ("dpop", proof)];
        stage
            .send("GET", "/api/v1/auth/me", &headers, None)
            .await
            .status
    };
    let proof = key.proof("GET", url, &[("ath", ath.clone())]);
    assert_eq!(call(&proof).await, 200);
    assert_eq!(call(&proof).await, 401, "B16: shown before");
    assert_eq!(call(&key.proof("GET", url, &[("ath", ath)])).await, 200);
    let bearer = stage
        .json("GET", "/api/v1/auth/me", Some(&access), json!(null))
        .await;
    assert_eq!(bearer.status, 401, "no downgrade");
}

/// Sends a form with a proof that has the server's nonce.
async fn proven(
    stage: &Stage,
    client: &TestClient,
    key: &Key,
    path: &str,
    form: &[(&str, &str)],
) -> Answer {
    let url = format!("https://spindle.example{path}");
    let blind = key.proof("POST", &url, &[]);
    let told = stage
        .form_with(path, client, form, &[("dpop", &blind)])
        .await
        .error(400, "use_dpop_nonce");
    let nonce = json!(told.header("dpop-nonce"));
    let proof = key.proof("POST", &url, &[("nonce", nonce)]);
    stage
        .form_with(path, client, form, &[("dpop", &proof)])
        .await
}

/// RFC 9449 section 10.1: a proof with a pushed request binds the code, and one with a device's first request the device code.
#[tokio::test]
async fn a_proof_at_the_beginning_binds_what_comes_of_it() {
    let stage = Stage::new("dpop_begin").await;
    stage.account("ada").await;
    let (key, thief) = (Key::new(1), Key::new(2));
    let client = stage.client(json!({})).await;
    let parameters = pushed_parameters(&client);
    let parameters = borrowed(&parameters);
    let another = thief.thumbprint();
    let mut announced = parameters.clone();
    announced.push(("dpop_jkt", &another));
    let _ = proven(&stage, &client, &key, "/oauth2/par", &announced)
        .await
        .error(400, "invalid_dpop_proof");
    let mut browser = Browser::new(&stage);
    for (who, status) in [(&thief, 400), (&key, 200)] {
        let pushed = proven(&stage, &client, &key, "/oauth2/par", &parameters)
            .await
            .expect(201);
        assert!(!pushed.header("dpop-nonce").is_empty());
        let uri = pushed.text_of("request_uri");
        let query = encode(&[("client_id", &client.id), ("request_uri", &uri)]);
        let mut page = browser.open(&format!("/oauth2/authorize?{query}")).await;
        if page.text.contains("name=\"password\"") {
            page = browser.log_in(&page, "ada").await;
        }
        let back = if page.text.contains("name=\"decision\"") {
            browser.agree(&page).await
        } else {
            page.redirect().1
        };
        let form = [
            ("grant_type", "authorization_code"),
            ("code", back["code"].as_str()),
            ("redirect_uri", CALLBACK),
            ("code_verifier", VERIFIER),
        ];
        let answer = token(&stage, &client, who, &form, &[]).await;
        assert_eq!(answer.status, status, "{}", answer.text);
    }

    let device =
        json!({"token_endpoint_auth_method": "none", "grant_types": [DEVICE], "redirect_uris": []});
    let tv = stage.client(device).await;
    let path = "/oauth2/device_authorization";
    let begun = proven(&stage, &tv, &key, path, &[("scope", "openid")])
        .await
        .expect(200);
    let path = format!("/oauth2/device?user_code={}", begun.text_of("user_code"));
    let page = browser.open(&path).await.expect(200);
    let question = browser.submit(&page, &[]).await.expect(200);
    let _ = browser
        .submit(&question, &[("decision", "allow")])
        .await
        .expect(200);
    let device = begun.text_of("device_code");
    let form = [("grant_type", DEVICE), ("device_code", device.as_str())];
    let _ = token(&stage, &tv, &thief, &form, &[])
        .await
        .error(400, "invalid_grant");
    let tokens = token(&stage, &tv, &key, &form, &[]).await.expect(200);
    assert_eq!(
        decode(&tokens.text_of("access_token")).1["cnf"]["jkt"],
        key.thumbprint()
    );
}
