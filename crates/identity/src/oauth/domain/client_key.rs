//! Public keys that clients register, and what they sign with them (RFC 7523).

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use rsa::sha2::Sha256;
use rsa::signature::Verifier;
use rsa::{BigUint, RsaPublicKey, pkcs1v15, pss};
use serde_json::Value;
use tokens::{Compact, Jwk};

/// Algorithms that a client may sign its assertions with.
pub(crate) const ALGORITHMS: [&str; 4] = ["ES256", "EdDSA", "PS256", "RS256"];
/// Sizes of RSA keys, bits: smaller are broken one day, larger hold up everybody else.
const RSA_BITS: std::ops::RangeInclusive<usize> = 2048..=4096;

/// One public key.
pub(crate) enum ClientKey {
    /// P-256 or Ed25519.
    Curve(Jwk),
    /// RSA.
    Rsa(RsaPublicKey),
}

impl ClientKey {
    /// Reads a JSON Web Key; none if it is of no use to us, or private.
    pub(crate) fn read(jwk: &Value) -> Option<Self> {
        if jwk.get("d").is_some() || jwk.get("use").is_some_and(|purpose| purpose != "sig") {
            return None;
        }
        if jwk["kty"] != "RSA" {
            let key: Jwk = serde_json::from_value(jwk.clone()).ok()?;
            return key.is_usable().then_some(Self::Curve(key));
        }
        let number = |name: &str| {
            let bytes = URL_SAFE_NO_PAD.decode(jwk[name].as_str()?).ok()?;
            Some(BigUint::from_bytes_be(&bytes))
        };
        let (modulus, exponent) = (number("n")?, number("e")?);
        if !RSA_BITS.contains(&modulus.bits()) {
            return None;
        }
        RsaPublicKey::new(modulus, exponent).ok().map(Self::Rsa)
    }

    /// Keys of a set that are of use, those that `kid` names if it names any.
    pub(crate) fn of_set(jwks: &Value, kid: Option<&str>) -> Vec<Self> {
        let keys = jwks["keys"].as_array().into_iter().flatten();
        keys.filter(|key| kid.is_none_or(|kid| key["kid"].is_null() || key["kid"] == kid))
            .filter_map(Self::read)
            .collect()
    }

    /// Whether this key signed the token, by an algorithm that is its own.
    pub(crate) fn signed(&self, algorithm: &str, token: &Compact<'_>) -> bool {
        let message = token.signed().as_bytes();
        match (self, algorithm) {
            (Self::Curve(key), "ES256" | "EdDSA" | "Ed25519") => key
                .verify(algorithm, token.signed(), token.signature())
                .is_some(),
            (Self::Rsa(key), "RS256") => pkcs1v15::Signature::try_from(token.signature())
                .is_ok_and(|signature| {
                    pkcs1v15::VerifyingKey::<Sha256>::new(key.clone())
                        .verify(message, &signature)
                        .is_ok()
                }),
            (Self::Rsa(key), "PS256") => {
                pss::Signature::try_from(token.signature()).is_ok_and(|signature| {
                    pss::VerifyingKey::<Sha256>::new(key.clone())
                        .verify(message, &signature)
                        .is_ok()
                })
            }
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const SIGNED: &str = "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc.hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg";

    #[test]
    fn a_key_verifies_by_its_own_algorithm_alone() {
        let jwk = json!({"kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo", "kid": "1"});
        let token = Compact::parse(SIGNED).unwrap();
        let key = ClientKey::read(&jwk).unwrap();
        assert!(key.signed("EdDSA", &token), "RFC 8037 appendix A.4");
        for algorithm in ["none", "HS256", "RS256", "ES256", ""] {
            assert!(!key.signed(algorithm, &token), "{algorithm}");
        }
        let set = json!({"keys": [jwk, {"kty": "oct", "k": "AAAA"}]});
        assert_eq!(ClientKey::of_set(&set, None).len(), 1);
        assert_eq!(ClientKey::of_set(&set, Some("1")).len(), 1);
        assert_eq!(ClientKey::of_set(&set, Some("2")).len(), 0);
    }

    #[test]
    fn private_weak_and_foreign_keys_are_of_no_use() {
        for jwk in [
            json!({"kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo", "d": "x"}),
            json!({"kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo", "use": "enc"}),
            json!({"kty": "OKP", "crv": "X25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}),
            json!({"kty": "RSA", "n": "AQAB", "e": "AQAB"}),
            json!({"kty": "oct", "k": "AAAA"}),
            json!({"kty": "OKP", "crv": "Ed25519", "x": "AAAA"}),
            json!({"kty": "EC", "crv": "P-256", "x": "AAAA", "y": "AAAA"}),
            json!({"kty": "EC", "crv": "P-256", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo",
                   "y": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}),
            json!(5),
        ] {
            assert!(ClientKey::read(&jwk).is_none(), "{jwk}");
        }
    }
}
