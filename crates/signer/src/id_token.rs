//! ID tokens (OpenID Connect Core section 2): what a client learns about who signed in.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::rsa_key::RsaKey;
use crate::{KeyringError, SigningKey};

/// How long an ID token is good for, seconds. It is read once, right after it was issued.
const LIFETIME: i64 = 600;

/// The algorithm that the client registered (`id_token_signed_response_alg`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Algorithm {
    /// Ed25519.
    EdDSA,
    /// RSASSA-PKCS1-v1_5 with SHA-256.
    RS256,
}

/// What an ID token is to say. Issuer, expiry, type and key are the signer's to say.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, garde::Validate)]
pub struct Statement {
    /// The client's algorithm.
    #[garde(skip)]
    pub alg: Algorithm,
    /// When the token was issued, seconds since the Unix epoch; the database's clock.
    #[garde(skip)]
    pub iat: i64,
    /// Account.
    #[garde(length(min = 1))]
    pub sub: String,
    /// The client that it is for.
    #[garde(length(min = 1))]
    pub aud: String,
    /// All else: `nonce`, `auth_time`, `acr`, `amr`, `at_hash`, `sid`, and claims that were asked for.
    #[garde(skip)]
    #[serde(default)]
    pub claims: Map<String, Value>,
}

/// Claims that only the signer sets.
const OURS: [&str; 6] = ["iss", "exp", "iat", "sub", "aud", "nbf"];

/// A signed ID token.
#[derive(Clone, Serialize, Deserialize)]
pub struct IdToken {
    /// The token.
    pub id_token: String,
}

/// The key of the statement's algorithm.
pub(crate) enum Key<'a> {
    EdDSA(&'a SigningKey),
    RS256(&'a RsaKey),
}

impl IdToken {
    pub(crate) fn sign(
        key: &Key<'_>,
        issuer: &str,
        statement: &Statement,
    ) -> Result<Self, KeyringError> {
        let (alg, kid) = match key {
            Key::EdDSA(key) => ("EdDSA", key.kid()),
            Key::RS256(key) => ("RS256", key.kid()),
        };
        let header = serde_json::json!({"typ": "JWT", "alg": alg, "kid": kid});
        let mut claims = statement.claims.clone();
        claims.retain(|name, value| !OURS.contains(&name.as_str()) && !value.is_null());
        claims.insert("iss".into(), issuer.into());
        claims.insert("sub".into(), statement.sub.as_str().into());
        claims.insert("aud".into(), statement.aud.as_str().into());
        claims.insert("iat".into(), statement.iat.into());
        claims.insert("exp".into(), statement.iat.saturating_add(LIFETIME).into());
        let signed = format!(
            "{}.{}",
            URL_SAFE_NO_PAD.encode(header.to_string()),
            URL_SAFE_NO_PAD.encode(Value::Object(claims).to_string())
        );
        let signature = match key {
            Key::EdDSA(key) => key.sign(signed.as_bytes()).to_vec(),
            Key::RS256(key) => key.sign(signed.as_bytes())?,
        };
        Ok(Self {
            id_token: format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature)),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stored_key::StoredKey;

    #[test]
    fn nobody_but_the_signer_says_issuer_and_expiry() {
        let key = SigningKey::generate().unwrap();
        let mut claims = Map::new();
        for (name, value) in [
            ("iss", "evil"),
            ("exp", "9"),
            ("aud", "evil"),
            ("nonce", "n"),
        ] {
            claims.insert(name.into(), value.into());
        }
        claims.insert("acr".into(), Value::Null);
        let statement = Statement {
            alg: Algorithm::EdDSA,
            iat: 1_763_700_000,
            sub: "a1".into(),
            aud: "c1".into(),
            claims,
        };
        let token = IdToken::sign(&Key::EdDSA(&key), "https://a.example/oauth2", &statement)
            .unwrap()
            .id_token;
        let part = token.split('.').nth(1).unwrap();
        let said: Value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap();
        assert_eq!(
            said,
            serde_json::json!({"iss": "https://a.example/oauth2", "sub": "a1", "aud": "c1", "nonce": "n",
                "iat": 1_763_700_000, "exp": 1_763_700_600})
        );
    }
}
