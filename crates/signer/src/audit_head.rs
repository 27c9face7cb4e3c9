//! Signed places in the audit log's chain: whoever rewrites the log cannot sign it again.
//!
//! Verified here too, with the sealed key and not with the public one in the table: whoever can rewrite the log can rewrite
//! that table, but cannot seal a key.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::{Deserialize, Serialize};

use crate::SigningKey;

/// Not an access token's: neither can be taken for the other.
const TYPE: &str = "audit-head+jws";

/// A place in the chain and the hash that it has.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, garde::Validate)]
pub struct AuditHead {
    /// From 1.
    #[garde(range(min = 1))]
    pub position: i64,
    /// Hexadecimal.
    #[garde(length(equal = 64), pattern("^[0-9a-f]+$"))]
    pub hash: String,
}

#[derive(Serialize, Deserialize)]
struct Header {
    typ: String,
    alg: String,
    kid: String,
}

impl AuditHead {
    /// A compact JWS (RFC 7515).
    ///
    /// # Errors
    /// Those of the serializer.
    pub fn sign(&self, key: &SigningKey) -> Result<String, serde_json::Error> {
        let header = serde_json::to_vec(&Header {
            typ: TYPE.to_owned(),
            alg: "EdDSA".to_owned(),
            kid: key.kid().to_owned(),
        })?;
        let signed = format!(
            "{}.{}",
            URL_SAFE_NO_PAD.encode(header),
            URL_SAFE_NO_PAD.encode(serde_json::to_vec(self)?)
        );
        let signature = URL_SAFE_NO_PAD.encode(key.sign(signed.as_bytes()));
        Ok(format!("{signed}.{signature}"))
    }

    /// Which key a JWS says that it is of; none for what is no head.
    #[must_use]
    pub fn kid(jws: &str) -> Option<String> {
        let header: Header = part(jws.split('.').next()?)?;
        (header.typ == TYPE && header.alg == "EdDSA").then_some(header.kid)
    }

    /// What was signed, if it was with this key.
    #[must_use]
    pub fn verify(jws: &str, key: &SigningKey) -> Option<Self> {
        let (signed, signature) = jws.rsplit_once('.')?;
        let signature = <[u8; 64]>::try_from(URL_SAFE_NO_PAD.decode(signature).ok()?).ok()?;
        if Self::kid(jws)? != key.kid() || !key.has_signed(signed.as_bytes(), &signature) {
            return None;
        }
        part(signed.split('.').nth(1)?)
    }
}

fn part<T: serde::de::DeserializeOwned>(text: &str) -> Option<T> {
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(text).ok()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stored_key::StoredKey;

    fn head() -> AuditHead {
        AuditHead {
            position: 7,
            hash: "ab".repeat(32),
        }
    }

    #[test]
    fn only_what_this_key_signed_is_believed() {
        let (key, other) = (
            SigningKey::generate().unwrap(),
            SigningKey::generate().unwrap(),
        );
        let jws = head().sign(&key).unwrap();
        assert_eq!(AuditHead::kid(&jws).as_deref(), Some(key.kid()));
        assert_eq!(AuditHead::verify(&jws, &key), Some(head()));
        assert_eq!(AuditHead::verify(&jws, &other), None, "another key");

        let mut parts: Vec<&str> = jws.split('.').collect();
        let forged = URL_SAFE_NO_PAD.encode(
            serde_json::to_vec(&AuditHead {
                position: 8,
                ..head()
            })
            .unwrap(),
        );
        parts[1] = &forged;
        assert_eq!(AuditHead::verify(&parts.join("."), &key), None, "changed");
        for nonsense in ["", ".", "a.b.c", &jws[..jws.len() - 2]] {
            assert_eq!(AuditHead::verify(nonsense, &key), None, "{nonsense}");
        }
    }

    #[test]
    fn an_access_token_is_no_head() {
        let key = SigningKey::generate().unwrap();
        let header = URL_SAFE_NO_PAD.encode(format!(
            r#"{{"typ":"at+jwt","alg":"EdDSA","kid":"{}"}}"#,
            key.kid()
        ));
        let signed = format!(
            "{header}.{}",
            URL_SAFE_NO_PAD.encode(serde_json::to_vec(&head()).unwrap())
        );
        let jws = format!(
            "{signed}.{}",
            URL_SAFE_NO_PAD.encode(key.sign(signed.as_bytes()))
        );
        assert_eq!(AuditHead::verify(&jws, &key), None);
    }
}
