//! How clients prove who they are, and what they are told when they don't.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use ed25519_dalek::SigningKey;
use futures::future::join_all;
use serde_json::{Value, json};

use crate::stage::{ISSUER, OAuth, Stage, TestClient, basic, encode, sign};

const SERVICE: (&str, &str) = ("grant_type", "client_credentials");

/// facts/identity.md 5.17.
#[tokio::test]
async fn a_secret_is_taken_in_either_place_and_never_in_both() {
    let stage = Stage::new("secrets").await;
    let client = stage
        .client(json!({"grant_types": ["client_credentials"], "redirect_uris": []}))
        .await;
    let secret = client.secret.clone().unwrap();
    let id = client.id.as_str();
    let header = basic(id, &secret);
    let post = |more: &[(&str, &str)]| encode(&[&[SERVICE], more].concat());
    let send = async |authorization: Option<&str>, body: String| {
        let headers: Vec<(&str, &str)> = authorization
            .iter()
            .map(|value| ("authorization", *value))
            .collect();
        stage
            .send("POST", "/oauth2/token", &headers, Some(&body))
            .await
    };
    let _ = send(Some(&header), post(&[])).await.expect(200);
    let _ = send(None, post(&[("client_id", id), ("client_secret", &secret)]))
        .await
        .expect(200);
    let encoded = basic(&id.replace('_', "%5F"), &secret.replace('_', "%5f"));
    let _ = send(Some(&encoded), post(&[])).await.expect(200); // B23: form-encoded before it is joined.

    let refused = send(Some(&basic(id, "wrong")), post(&[]))
        .await
        .error(401, "invalid_client");
    assert!(
        refused.header("www-authenticate").starts_with("Basic"),
        "B23"
    );
    for unreadable in ["Basic !".to_owned(), basic("%00", "x")] {
        let _ = send(Some(&unreadable), post(&[]))
            .await
            .error(401, "invalid_client");
    }
    let _ = send(None, post(&[("client_id", id), ("client_secret", "wrong")]))
        .await
        .error(401, "invalid_client");
    let _ = send(None, post(&[("client_id", id)]))
        .await
        .error(401, "invalid_client");
    let _ = send(None, post(&[])).await.error(401, "invalid_client");
    let _ = send(Some(&header), post(&[("client_secret", &secret)]))
        .await
        .error(400, "invalid_request"); // B23
    let _ = send(Some(&header), post(&[("client_id", "oc_another0000")]))
        .await
        .error(400, "invalid_request");
    let _ = send(Some(&header), post(&[("client_id", id), ("client_id", id)]))
        .await
        .error(400, "invalid_request"); // B24
    for (method, status) in [("GET", 405), ("PUT", 405)] {
        let answer = stage
            .send(method, "/oauth2/token", &[("authorization", &header)], None)
            .await;
        assert_eq!(answer.status, status, "B24");
    }
    let json = stage
        .json(
            "POST",
            "/oauth2/token",
            None,
            json!({"grant_type": "client_credentials"}),
        )
        .await;
    assert_eq!(
        (json.status, &json.body["error"]),
        (400, &json!("invalid_request")),
        "B24"
    );
    let _ = send(Some(&header), encode(&[("grant_type", "password")]))
        .await
        .error(400, "unsupported_grant_type"); // B12
    let _ = send(
        Some(&header),
        encode(&[("grant_type", "authorization_code")]),
    )
    .await
    .error(400, "unauthorized_client"); // B12
    let _ = send(Some(&header), String::new())
        .await
        .error(400, "invalid_request");
}

fn assertion(key: &SigningKey, changes: &[(&str, Value)], header: &Value) -> String {
    let now = kit::clock::now_s();
    let mut claims =
        json!({"aud": ISSUER, "exp": now + 60, "iat": now, "jti": uuid::Uuid::now_v7()});
    for (name, value) in changes {
        claims[*name] = value.clone();
    }
    sign(key, header, &claims)
}

/// facts/identity.md 5.15.
#[tokio::test]
async fn an_assertion_is_the_clients_for_us_now_and_once() {
    let stage = Stage::new("assertions").await;
    let key = SigningKey::from_bytes(&[7; 32]);
    let x = URL_SAFE_NO_PAD.encode(key.verifying_key().as_bytes());
    let client = stage
        .client(json!({
            "grant_types": ["client_credentials"], "redirect_uris": [], "token_endpoint_auth_method": "private_key_jwt",
            "jwks": {"keys": [{"kty": "OKP", "crv": "Ed25519", "x": x, "kid": "k1"}]},
        }))
        .await;
    assert_eq!(client.secret, None);
    let id = json!(client.id);
    let header = json!({"alg": "EdDSA", "kid": "k1"});
    let good: Vec<(&str, Value)> = vec![("iss", id.clone()), ("sub", id.clone())];
    let send = async |assertion: &str| {
        let body = encode(&[
            SERVICE,
            (
                "client_assertion_type",
                "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
            ),
            ("client_assertion", assertion),
        ]);
        stage.send("POST", "/oauth2/token", &[], Some(&body)).await
    };
    let once = assertion(&key, &good, &header);
    let _ = send(&once).await.expect(200);
    let _ = send(&once).await.error(401, "invalid_client");
    let again = assertion(&key, &good, &header);
    let shown = join_all((0..20).map(|_| async { send(&again).await })).await;
    assert_eq!(
        shown.iter().filter(|answer| answer.status == 200).count(),
        1,
        "twenty times at once: {shown:?}"
    );
    let now = kit::clock::now_s();
    #[expect(clippy::type_complexity, reason = "a table of cases")]
    let cases: Vec<(Vec<(&str, Value)>, Value, bool, &str)> = vec![
        (
            vec![(
                "aud",
                json!([format!("{ISSUER}/token"), "https://x.example"]),
            )],
            header.clone(),
            true,
            "the endpoint",
        ),
        (
            vec![("iat", json!(now + 9))],
            header.clone(),
            true,
            "a clock ten seconds ahead",
        ),
        (
            vec![("iat", json!(now + 61))],
            header.clone(),
            false,
            "a minute ahead",
        ),
        (vec![("exp", json!(now))], header.clone(), false, "expired"),
        (
            vec![("exp", json!(now + 86_400))],
            header.clone(),
            false,
            "good for a day",
        ),
        (
            vec![("aud", json!("https://x.example"))],
            header.clone(),
            false,
            "another's",
        ),
        (
            vec![("iss", json!("x"))],
            header.clone(),
            false,
            "another issuer",
        ),
        (vec![("jti", json!(""))], header.clone(), false, "no id"),
        (
            vec![],
            json!({"alg": "none", "kid": "k1"}),
            false,
            "unsigned",
        ),
        (
            vec![],
            json!({"alg": "EdDSA", "kid": "k2"}),
            false,
            "another key",
        ),
        (
            vec![],
            json!({"alg": "EdDSA", "kid": "k1", "crit": ["x"]}),
            false,
            "not understood",
        ),
    ];
    for (changes, header, accepted, rule) in cases {
        let changes: Vec<(&str, Value)> = good.iter().cloned().chain(changes).collect();
        let answer = send(&assertion(&key, &changes, &header)).await;
        assert_eq!(answer.status == 200, accepted, "{rule}: {}", answer.text);
    }
    let nobody = [("iss", json!("\0")), ("sub", json!("\0"))];
    let _ = send(&assertion(&key, &nobody, &header))
        .await
        .error(401, "invalid_client");
    let forged = SigningKey::from_bytes(&[8; 32]);
    let _ = send(&assertion(&forged, &good, &header))
        .await
        .error(401, "invalid_client");
    let shown = TestClient {
        id: client.id.clone(),
        secret: Some("sps_x".into()),
    };
    let _ = stage
        .token(&shown, &[SERVICE])
        .await
        .error(401, "invalid_client");
    let root = stage.log_in("keeper").await;
    let path = format!("/api/v1/admin/oauth-clients/{}", client.id);
    let rotate = format!("{path}/rotate-secret");
    let without = stage.json("POST", &rotate, Some(&root), json!({})).await;
    assert_eq!(without.problem(), (409, "conflict"), "it has no secret");
}

#[tokio::test]
async fn who_is_no_client_is_not_found_and_has_no_device_nor_refresh_token() {
    let stage = Stage::new("unknown_clients").await;
    let root = stage.administrator().await;
    let path = "/api/v1/admin/oauth-clients/oc_nobody0000000";
    let rotate = format!("{path}/rotate-secret");
    let service =
        json!({"client_name": "x", "grant_types": ["client_credentials"], "scope": "posts.read"});
    for (method, path, body) in [
        ("GET", path, json!(null)),
        ("PUT", path, service),
        ("DELETE", path, json!(null)),
        ("POST", rotate.as_str(), json!({})),
    ] {
        let answer = stage.json(method, path, Some(&root), body).await;
        assert_eq!(answer.problem(), (404, "not-found"), "{method} {path}");
    }
    let device = "urn:ietf:params:oauth:grant-type:device_code";
    let client = stage
        .client(json!({"grant_types": ["authorization_code", "refresh_token", device]}))
        .await;
    for (grant, name) in [
        ("authorization_code", "code"),
        ("refresh_token", "refresh_token"),
        (device, "device_code"),
    ] {
        for (value, error) in [("nonsense", "invalid_grant"), ("", "invalid_request")] {
            let form = [("grant_type", grant), (name, value)];
            let _ = stage.token(&client, &form).await.error(400, error);
        }
    }
}
