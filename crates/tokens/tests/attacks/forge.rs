//! Tokens and snapshots, good ones and others.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use contracts::identity::tokens::{Presented, Refusal, Revocation, TrustSnapshot, VerificationKey};
use ed25519_dalek::{Signer, SigningKey};
use serde_json::{Value, json};
use spindle_tokens::{Thumbprint, Verifier};

pub(crate) const NOW: i64 = 1_763_700_000;
pub(crate) const URL: &str = "https://spindle.example/api/v1/auth/me";

pub(crate) fn b64(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

pub(crate) fn key(seed: u8) -> SigningKey {
    SigningKey::from_bytes(&[seed; 32])
}

pub(crate) fn x(key: &SigningKey) -> String {
    b64(key.verifying_key().as_bytes())
}

pub(crate) fn kid(key: &SigningKey) -> String {
    Thumbprint::ed25519(&x(key)).as_str().to_owned()
}

pub(crate) fn sign(key: &SigningKey, header: &Value, claims: &Value) -> String {
    let signed = format!("{}.{}", b64(header.to_string()), b64(claims.to_string()));
    let signature = key.sign(signed.as_bytes()).to_bytes();
    format!("{signed}.{}", b64(signature))
}

pub(crate) fn header(key: &SigningKey) -> Value {
    json!({"alg": "EdDSA", "typ": "at+jwt", "kid": kid(key)})
}

pub(crate) fn claims() -> Value {
    json!({
        "iss": "https://spindle.example/oauth2", "sub": "a1", "aud": "spindle", "client_id": "spindle", "sid": "s1",
        "scope": "*", "permissions": ["bots.run"], "roles": ["trader", "user"], "auth_time": NOW - 10,
        "amr": ["pwd"], "iat": NOW - 10, "generation": 7, "exp": NOW + 290, "jti": "t1",
    })
}

pub(crate) fn with(name: &str, value: Value) -> Value {
    let mut claims = claims();
    claims[name] = value;
    claims
}

pub(crate) fn snapshot(keys: &[&SigningKey], revocations: Vec<Revocation>) -> TrustSnapshot {
    TrustSnapshot {
        issuer: "https://spindle.example/oauth2".into(),
        audience: "spindle".into(),
        keys: keys
            .iter()
            .map(|key| VerificationKey {
                kid: kid(key),
                x: x(key),
            })
            .collect(),
        revocations,
    }
}

pub(crate) fn verifier() -> Verifier {
    let mut verifier = Verifier::default();
    verifier.trust(snapshot(&[&key(1)], vec![]));
    verifier
}

pub(crate) fn bearer(token: &str) -> Presented {
    Presented {
        authorization: format!("Bearer {token}"),
        dpop: None,
        method: "GET".into(),
        url: URL.into(),
        now: NOW,
    }
}

pub(crate) fn refusal(verifier: &mut Verifier, presented: &Presented) -> Option<Refusal> {
    verifier.verify(presented).err()
}
