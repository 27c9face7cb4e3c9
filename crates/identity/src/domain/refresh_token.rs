//! Refresh tokens: opaque to everybody, stored as their SHA-256.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use sha2::{Digest, Sha256};

/// How refresh tokens begin, so that scanners find leaked ones.
const PREFIX: &str = "spr_";
/// Letters of 256 bits in base64url.
const LETTERS: usize = 43;

/// A refresh token. Has no `Debug`.
#[derive(Clone, PartialEq, Eq)]
pub struct RefreshToken(String);

/// What is stored of a refresh token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RefreshTokenHash([u8; 32]);

impl RefreshToken {
    /// A token of 256 random bits.
    #[must_use]
    pub fn from_random(bits: [u8; 32]) -> Self {
        Self(format!("{PREFIX}{}", URL_SAFE_NO_PAD.encode(bits)))
    }

    /// Reads a presented token; none if it cannot be one of ours.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let letters = text.strip_prefix(PREFIX)?;
        let ours = letters.len() == LETTERS
            && URL_SAFE_NO_PAD
                .decode(letters)
                .is_ok_and(|bits| bits.len() == 32);
        ours.then(|| Self(text.to_owned()))
    }

    /// The token.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What is stored of it.
    #[must_use]
    pub fn hash(&self) -> RefreshTokenHash {
        RefreshTokenHash(Sha256::digest(&self.0).into())
    }
}

impl RefreshTokenHash {
    /// The hash, as the column has it.
    #[must_use]
    pub fn to_vec(&self) -> Vec<u8> {
        self.0.to_vec()
    }

    /// In lower-case hex, as SQL functions answer it.
    #[must_use]
    pub fn hex(&self) -> String {
        self.0.iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_we_made_is_read() {
        let token = RefreshToken::from_random([7; 32]);
        assert!(RefreshToken::parse(token.as_str()) == Some(token.clone()));
        for text in [
            "",
            "spr_",
            "spk_BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc",
            "spr_BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBw!",
        ] {
            assert!(RefreshToken::parse(text).is_none(), "{text}");
        }
        assert!(RefreshToken::parse(&format!("{}A", token.as_str())).is_none());
    }

    #[test]
    fn the_hash_is_sha_256_of_the_whole_token() {
        let token = RefreshToken::from_random([0; 32]);
        assert_eq!(
            token.hash().to_vec(),
            Sha256::digest(token.as_str().as_bytes()).to_vec()
        );
        assert_eq!(token.hash().hex().len(), 64);
    }
}
