//! Tokens that say nothing and are stored as their SHA-256: API keys, reset links, codes and secrets of clients, cookies.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};

use super::Hash;

/// Letters of 256 bits in base64url.
const LETTERS: usize = 43;
/// Letters of a token that may be shown later, to tell it from others: 48 of its 256 bits.
const SHOWN: usize = 8;

/// What a token is for. The prefix tells scanners what has leaked, and lets no token pass for another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenKind {
    /// Stands for an account wherever a bearer token does.
    ApiKey,
    /// Gets the next tokens of a session or a grant.
    Refresh,
    /// Replaces a forgotten password.
    PasswordReset,
    /// A login that owes the second factor.
    SecondFactor,
    /// Authorization code.
    Code,
    /// Client secret.
    ClientSecret,
    /// Registration access token (RFC 7592).
    Registration,
    /// Cookie of a browser that is signed in.
    Session,
    /// Cookie that tells browsers apart.
    Browser,
    /// Kept authorization request.
    Request,
    /// Device code.
    Device,
}

impl TokenKind {
    const fn prefix(self) -> &'static str {
        match self {
            Self::ApiKey => "spk_",
            Self::Refresh => "spr_",
            Self::PasswordReset => "spp_",
            Self::SecondFactor => "spm_",
            Self::Code => "spc_",
            Self::ClientSecret => "sps_",
            Self::Registration => "spt_",
            Self::Session => "spb_",
            Self::Browser => "spw_",
            Self::Request => "spq_",
            Self::Device => "spd_",
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
    pub fn hash(&self) -> Hash {
        Hash::of(&[&self.0])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_passes_for_no_other_kind() {
        let kinds = [
            TokenKind::ApiKey,
            TokenKind::Refresh,
            TokenKind::PasswordReset,
            TokenKind::SecondFactor,
            TokenKind::Code,
            TokenKind::ClientSecret,
            TokenKind::Registration,
            TokenKind::Session,
            TokenKind::Browser,
            TokenKind::Request,
            TokenKind::Device,
        ];
        for made in kinds {
            let token = OpaqueToken::from_random(made, [7; 32]);
            for asked in kinds {
                assert_eq!(
                    OpaqueToken::parse(asked, token.as_str()).is_some(),
                    asked == made
                );
            }
            assert!(OpaqueToken::parse(made, &format!("{}A", token.as_str())).is_none());
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
