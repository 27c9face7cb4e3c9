//! Public keys: ours by their `x`, those of proofs as JSON Web Keys (RFC 7517), and their thumbprints (RFC 7638).

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use ed25519_dalek::{Signature, VerifyingKey};
use p256::ecdsa::signature::Verifier;
use serde::Deserialize;
use sha2::{Digest, Sha256};

/// SHA-256 thumbprint of a public key (RFC 7638), base64url.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Thumbprint(String);

impl Thumbprint {
    /// Of an Ed25519 key, given its `x` (RFC 8037 appendix A.3).
    #[must_use]
    pub fn ed25519(x: &str) -> Self {
        Self::of(&format!(r#"{{"crv":"Ed25519","kty":"OKP","x":"{x}"}}"#))
    }

    /// Of an RSA key whose exponent is 65537, given its modulus `n` (RFC 7638 section 3.1).
    #[must_use]
    pub fn rsa(n: &str) -> Self {
        Self::of(&format!(r#"{{"e":"AQAB","kty":"RSA","n":"{n}"}}"#))
    }

    fn of(canonical: &str) -> Self {
        Self(URL_SAFE_NO_PAD.encode(Sha256::digest(canonical)))
    }

    /// The text: a `kid`, or the `jkt` of a bound token.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Reads an Ed25519 public key (JWK `x`).
pub(crate) fn ed25519(x: &str) -> Option<VerifyingKey> {
    let bytes = URL_SAFE_NO_PAD.decode(x).ok()?;
    VerifyingKey::from_bytes(bytes.as_slice().try_into().ok()?).ok()
}

/// Whether this is the key's signature. Strict: small-order keys and other encodings of the same signature are refused.
pub(crate) fn ed25519_verifies(key: &VerifyingKey, signed: &str, signature: &[u8]) -> bool {
    Signature::from_slice(signature)
        .is_ok_and(|signature| key.verify_strict(signed.as_bytes(), &signature).is_ok())
}

/// A public key that somebody else signs with: in the header of a proof, or registered by a client. Private members are refused: whoever sends them has lost the key.
#[derive(Debug, Deserialize)]
#[serde(tag = "kty")]
pub enum Jwk {
    /// On an elliptic curve; P-256 alone is of use.
    #[serde(rename = "EC")]
    Ec {
        /// Curve.
        crv: String,
        /// Coordinate, base64url.
        x: String,
        /// Coordinate, base64url.
        y: String,
        /// Private member.
        d: Option<serde::de::IgnoredAny>,
    },
    /// On an Edwards curve; Ed25519 alone is of use.
    #[serde(rename = "OKP")]
    Okp {
        /// Curve.
        crv: String,
        /// Public key, base64url.
        x: String,
        /// Private member.
        d: Option<serde::de::IgnoredAny>,
    },
}

/// Reads a point of P-256; none if it is not on the curve.
fn p256_key(x: &str, y: &str) -> Option<p256::ecdsa::VerifyingKey> {
    let coordinate =
        |text: &str| <[u8; 32]>::try_from(URL_SAFE_NO_PAD.decode(text).ok()?.as_slice()).ok();
    let point = p256::EncodedPoint::from_affine_coordinates(
        &coordinate(x)?.into(),
        &coordinate(y)?.into(),
        false,
    );
    p256::ecdsa::VerifyingKey::from_encoded_point(&point).ok()
}

impl Jwk {
    /// Whether signatures can be checked with it: a public key of a curve that is of use.
    #[must_use]
    pub fn is_usable(&self) -> bool {
        match self {
            Self::Okp { crv, x, d: None } => crv == "Ed25519" && ed25519(x).is_some(),
            Self::Ec { crv, x, y, d: None } => crv == "P-256" && p256_key(x, y).is_some(),
            Self::Okp { .. } | Self::Ec { .. } => false,
        }
    }

    /// The key's thumbprint if `signature` is a good one of `signed` under this algorithm, which must be the key's own.
    #[must_use]
    pub fn verify(&self, algorithm: &str, signed: &str, signature: &[u8]) -> Option<Thumbprint> {
        match (self, algorithm) {
            (Self::Okp { crv, x, d: None }, "EdDSA" | "Ed25519") if crv == "Ed25519" => {
                let key = ed25519(x)?;
                ed25519_verifies(&key, signed, signature)
                    .then(|| Thumbprint::ed25519(&URL_SAFE_NO_PAD.encode(key.as_bytes())))
            }
            (Self::Ec { crv, x, y, d: None }, "ES256") if crv == "P-256" => {
                let key = p256_key(x, y)?;
                let signature = p256::ecdsa::Signature::from_slice(signature).ok()?;
                key.verify(signed.as_bytes(), &signature).ok()?;
                Some(Thumbprint::of(&format!(
                    r#"{{"crv":"P-256","kty":"EC","x":"{x}","y":"{y}"}}"#
                )))
            }
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const X: &str = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo";
    const SIGNED: &str = "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc";
    const SIGNATURE: &str =
        "hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg";

    #[test]
    fn signatures_are_rfc_8037() {
        let key = ed25519(X).unwrap();
        let signature = URL_SAFE_NO_PAD.decode(SIGNATURE).unwrap();
        assert!(ed25519_verifies(&key, SIGNED, &signature), "appendix A.5");
        assert!(!ed25519_verifies(
            &key,
            &SIGNED.replace("RXh", "RXg"),
            &signature
        ));
        assert!(!ed25519_verifies(&key, SIGNED, &signature[..63]));
    }

    #[test]
    fn thumbprints_are_rfc_8037_and_rfc_9449() {
        assert_eq!(
            Thumbprint::ed25519(X).as_str(),
            "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k",
            "RFC 8037 A.3"
        );
    }

    #[test]
    fn the_algorithm_must_be_the_keys_own() {
        let key: Jwk =
            serde_json::from_value(serde_json::json!({"kty": "OKP", "crv": "Ed25519", "x": X}))
                .unwrap();
        let signature = URL_SAFE_NO_PAD.decode(SIGNATURE).unwrap();
        assert!(key.verify("EdDSA", SIGNED, &signature).is_some());
        for algorithm in ["ES256", "HS256", "none", "eddsa", ""] {
            assert!(
                key.verify(algorithm, SIGNED, &signature).is_none(),
                "{algorithm}"
            );
        }
    }

    #[test]
    fn private_and_symmetric_keys_prove_nothing() {
        let private = serde_json::json!({"kty": "OKP", "crv": "Ed25519", "x": X, "d": "nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A"});
        let key: Jwk = serde_json::from_value(private).unwrap();
        assert!(
            key.verify("EdDSA", SIGNED, &URL_SAFE_NO_PAD.decode(SIGNATURE).unwrap())
                .is_none()
        );
        assert!(
            serde_json::from_value::<Jwk>(serde_json::json!({"kty": "oct", "k": "AAAA"})).is_err()
        );
    }
}
