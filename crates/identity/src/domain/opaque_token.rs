//! Tokens that say nothing and are stored as their SHA-256: API keys, reset links, owed second factors.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use sha2::{Digest, Sha256};

/// Letters of 256 bits in base64url.
const LETTERS: usize = 43;
/// Letters of a token that may be shown later, to tell it from others: 48 of its 256 bits.
const SHOWN: usize = 8;

/// What a token is for. The prefix tells scanners what has leaked, and lets no token pass for another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenKind {
    /// Stands for an account wherever a bearer token does.
    ApiKey,
    /// Replaces a forgotten password.
    PasswordReset,
    /// A login that owes the second factor.
    SecondFactor,
}

impl TokenKind {
    const fn prefix(self) -> &'static str {
        match self {
            Self::ApiKey => "spk_",
            Self::PasswordReset => "spp_",
            Self::SecondFactor => "spm_",
        }
    }
}

/// A token of 256 random bits. Has no `Debug`.
#[derive(Clone, PartialEq, Eq)]
pub struct OpaqueToken(String);

impl OpaqueToken {
    /// The token of these bits.
    #[must_use]
    pub fn from_random(kind: TokenKind, bits: [u8; 32]) -> Self {
        Self(format!("{}{}", kind.prefix(), URL_SAFE_NO_PAD.encode(bits)))
    }

    /// Reads a presented token; none if it cannot be one of this kind.
    #[must_use]
    pub fn parse(kind: TokenKind, text: &str) -> Option<Self> {
        let letters = text.strip_prefix(kind.prefix())?;
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

    /// Its first letters, to tell it from others.
    #[must_use]
    pub fn shown_prefix(&self) -> &str {
        self.0.get(..4 + SHOWN).unwrap_or_default()
    }

    /// What is stored of it.
    #[must_use]
    pub fn hash(&self) -> Vec<u8> {
        Sha256::digest(&self.0).to_vec()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_passes_for_no_other_kind() {
        let kinds = [
            TokenKind::ApiKey,
            TokenKind::PasswordReset,
            TokenKind::SecondFactor,
        ];
        for made in kinds {
            let token = OpaqueToken::from_random(made, [7; 32]);
            for asked in kinds {
                assert_eq!(
                    OpaqueToken::parse(asked, token.as_str()).is_some(),
                    asked == made
                );
            }
        }
        for text in [
            "",
            "spk_",
            "spk_BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBw!",
        ] {
            assert!(
                OpaqueToken::parse(TokenKind::ApiKey, text).is_none(),
                "{text}"
            );
        }
    }

    #[test]
    fn what_is_shown_leaves_208_bits_to_guess() {
        let key = OpaqueToken::from_random(TokenKind::ApiKey, [7; 32]);
        assert_eq!(key.shown_prefix(), "spk_BwcHBwcH");
    }
}
