//! The Ed25519 key that signs access tokens, sealed and open.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use ed25519_dalek::Signer;
use serde::Deserialize;
use tokens::Thumbprint;
use zeroize::Zeroizing;

use crate::stored_key::StoredKey;
use crate::{Keyring, KeyringError};

const PURPOSE: &str = "signing-key";

/// A signing key as the database has it.
#[derive(Clone, Deserialize, PartialEq, Eq)]
pub struct SealedKey {
    /// RFC 7638 thumbprint of the public key.
    pub kid: String,
    /// The public key (JWK `x`).
    pub x: String,
    /// The private key in an envelope bound to `kid`.
    pub sealed: String,
}

/// A signing key in memory. Wiped when it is dropped.
pub struct SigningKey {
    kid: String,
    key: ed25519_dalek::SigningKey,
}

impl StoredKey for SigningKey {
    const ALGORITHM: &'static str = "EdDSA";

    fn generate() -> Result<Self, KeyringError> {
        let mut seed = Zeroizing::new([0; 32]);
        getrandom::fill(seed.as_mut_slice()).map_err(|_| KeyringError("no random bytes".into()))?;
        Ok(Self::from_seed(&seed))
    }

    fn open(keyring: &dyn Keyring, sealed: &SealedKey) -> Result<Self, KeyringError> {
        let secret = keyring.open(PURPOSE, &sealed.kid, &sealed.sealed)?;
        let seed = <[u8; 32]>::try_from(secret.as_slice())
            .map(Zeroizing::new)
            .map_err(|_| KeyringError("the sealed signing key is not 32 bytes long".into()))?;
        let key = Self::from_seed(&seed);
        if key.kid != sealed.kid {
            return Err(KeyringError(
                "the sealed signing key is another than its row says".into(),
            ));
        }
        Ok(key)
    }

    fn seal(&self, keyring: &dyn Keyring) -> Result<SealedKey, KeyringError> {
        let seed = Zeroizing::new(self.key.to_bytes());
        let sealed = keyring.seal(PURPOSE, &self.kid, seed.as_slice())?;
        Ok(SealedKey {
            kid: self.kid.clone(),
            x: self.x(),
            sealed,
        })
    }
}

impl SigningKey {
    fn from_seed(seed: &[u8; 32]) -> Self {
        let key = ed25519_dalek::SigningKey::from_bytes(seed);
        let kid = Thumbprint::ed25519(&URL_SAFE_NO_PAD.encode(key.verifying_key().as_bytes()))
            .as_str()
            .to_owned();
        Self { kid, key }
    }

    /// RFC 7638 thumbprint of the public key.
    #[must_use]
    pub fn kid(&self) -> &str {
        &self.kid
    }

    /// The public key (JWK `x`).
    #[must_use]
    pub fn x(&self) -> String {
        URL_SAFE_NO_PAD.encode(self.key.verifying_key().as_bytes())
    }

    pub(crate) fn sign(&self, message: &[u8]) -> [u8; 64] {
        self.key.sign(message).to_bytes()
    }

    pub(crate) fn has_signed(&self, message: &[u8], signature: &[u8; 64]) -> bool {
        let signature = ed25519_dalek::Signature::from_bytes(signature);
        self.key
            .verifying_key()
            .verify_strict(message, &signature)
            .is_ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keyring() -> vault::Keyring {
        vault::Keyring::parse("1:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=").unwrap()
    }

    #[test]
    fn a_sealed_key_opens_as_itself_in_its_own_row_alone() {
        let key = SigningKey::generate().unwrap();
        let sealed = key.seal(&keyring()).unwrap();
        assert_eq!(SigningKey::open(&keyring(), &sealed).unwrap().x(), key.x());

        let other = SigningKey::generate().unwrap().seal(&keyring()).unwrap();
        let swapped = SealedKey {
            sealed: other.sealed,
            ..sealed
        };
        assert!(SigningKey::open(&keyring(), &swapped).is_err());
    }
}
