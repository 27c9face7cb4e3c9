//! Refresh tokens: opaque to everybody, stored as their SHA-256.

use super::{Hash, OpaqueToken, TokenKind};

/// A refresh token. Has no `Debug`.
#[derive(Clone, PartialEq, Eq)]
pub struct RefreshToken(OpaqueToken);

impl RefreshToken {
    /// A token of 256 random bits.
    #[must_use]
    pub fn from_random(bits: [u8; 32]) -> Self {
        Self(OpaqueToken::from_random(TokenKind::Refresh, bits))
    }

    /// Reads a presented token; none if it cannot be one of ours.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        OpaqueToken::parse(TokenKind::Refresh, text).map(Self)
    }

    /// The token.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }

    /// What is stored of it.
    #[must_use]
    pub fn hash(&self) -> Hash {
        self.0.hash()
    }
}

#[cfg(test)]
mod tests {
    use sha2::{Digest, Sha256};

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
