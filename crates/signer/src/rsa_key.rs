//! The RSA key that signs the ID tokens of clients that know no EdDSA: OpenID Connect's mandatory RS256.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use rsa::pkcs1::{DecodeRsaPrivateKey, EncodeRsaPrivateKey};
use rsa::pkcs1v15;
use rsa::sha2::Sha256;
use rsa::signature::{RandomizedSigner, SignatureEncoding};
use rsa::traits::PublicKeyParts;
use rsa::{BigUint, RsaPrivateKey};
use tokens::Thumbprint;

use crate::random::Random;
use crate::stored_key::StoredKey;
use crate::{Keyring, KeyringError, SealedKey};

const PURPOSE: &str = "signing-key";
/// NIST SP 800-131A: good beyond 2030, and what every client can verify.
const BITS: usize = 2048;

/// An RSA key in memory. Wiped when it is dropped.
pub(crate) struct RsaKey {
    kid: String,
    modulus: String,
    key: RsaPrivateKey,
}

impl StoredKey for RsaKey {
    const ALGORITHM: &'static str = "RS256";

    /// Takes up to a few seconds in Wasm.
    fn generate() -> Result<Self, KeyringError> {
        let key = RsaPrivateKey::new(&mut Random::seeded()?, BITS).map_err(unusable)?;
        Self::of(key)
    }

    fn open(keyring: &dyn Keyring, sealed: &SealedKey) -> Result<Self, KeyringError> {
        let der = keyring.open(PURPOSE, &sealed.kid, &sealed.sealed)?;
        let key = Self::of(RsaPrivateKey::from_pkcs1_der(&der).map_err(unusable)?)?;
        if key.kid != sealed.kid {
            return Err(KeyringError(
                "the sealed signing key is another than its row says".into(),
            ));
        }
        Ok(key)
    }

    fn seal(&self, keyring: &dyn Keyring) -> Result<SealedKey, KeyringError> {
        let der = self.key.to_pkcs1_der().map_err(unusable)?;
        Ok(SealedKey {
            kid: self.kid.clone(),
            x: self.modulus.clone(),
            sealed: keyring.seal(PURPOSE, &self.kid, der.as_bytes())?,
        })
    }
}

impl RsaKey {
    fn of(key: RsaPrivateKey) -> Result<Self, KeyringError> {
        // Stored keys have no exponent of their own: it is always 65537.
        if *key.e() != BigUint::from(65_537_u32) {
            return Err(KeyringError("the RSA key has another exponent".into()));
        }
        let modulus = URL_SAFE_NO_PAD.encode(key.n().to_bytes_be());
        Ok(Self {
            kid: Thumbprint::rsa(&modulus).as_str().to_owned(),
            modulus,
            key,
        })
    }

    pub(crate) fn kid(&self) -> &str {
        &self.kid
    }

    /// The same message gives the same signature: the randomness blinds the computation, not the result.
    pub(crate) fn sign(&self, message: &[u8]) -> Result<Vec<u8>, KeyringError> {
        pkcs1v15::SigningKey::<Sha256>::new(self.key.clone())
            .try_sign_with_rng(&mut Random::seeded()?, message)
            .map(|signature| signature.to_vec())
            .map_err(unusable)
    }
}

fn unusable(error: impl std::fmt::Display) -> KeyringError {
    KeyringError(format!("the RSA key is of no use: {error}"))
}

#[cfg(test)]
mod tests {
    use rsa::pkcs1v15::{Signature, VerifyingKey};
    use rsa::signature::Verifier;

    use super::*;

    #[test]
    fn a_sealed_key_opens_as_itself_and_signs_the_same_twice() {
        let keyring =
            vault::Keyring::parse("1:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=").unwrap();
        let key = RsaKey::generate().unwrap();
        let sealed = key.seal(&keyring).unwrap();
        let opened = RsaKey::open(&keyring, &sealed).unwrap();
        assert_eq!(opened.kid(), key.kid());
        let signature = opened.sign(b"message").unwrap();
        assert_eq!(signature, key.sign(b"message").unwrap());
        let public = VerifyingKey::<Sha256>::new(key.key.to_public_key());
        let signature = Signature::try_from(signature.as_slice()).unwrap();
        assert!(public.verify(b"message", &signature).is_ok());
        assert!(public.verify(b"another", &signature).is_err());

        let other = SealedKey {
            kid: "another".into(),
            ..sealed
        };
        assert!(RsaKey::open(&keyring, &other).is_err(), "its own row alone");
    }
}
