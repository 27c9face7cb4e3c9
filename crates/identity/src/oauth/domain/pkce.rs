//! Proof Key for Code Exchange (RFC 7636), S256 alone: `plain` protects from nothing that PKCE is for.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use sha2::{Digest, Sha256};

/// What the client sends with the authorization request.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(transparent)]
pub(crate) struct Challenge(String);

/// What it sends to redeem the code. Has no `Debug`.
pub(crate) struct Verifier<'a>(&'a str);

impl Challenge {
    /// Base64url of 32 bytes; none for anything else.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        URL_SAFE_NO_PAD
            .decode(text)
            .is_ok_and(|bytes| bytes.len() == 32)
            .then(|| Self(text.to_owned()))
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

impl<'a> Verifier<'a> {
    /// 43 to 128 unreserved characters (RFC 7636 section 4.1); none for anything else.
    pub(crate) fn parse(text: &'a str) -> Option<Self> {
        let unreserved = |b: u8| b.is_ascii_alphanumeric() || b"-._~".contains(&b);
        ((43..=128).contains(&text.len()) && text.bytes().all(unreserved)).then_some(Self(text))
    }

    /// The challenge that it answers.
    pub(crate) fn challenge(&self) -> Challenge {
        Challenge(URL_SAFE_NO_PAD.encode(Sha256::digest(self.0)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_example_is_rfc_7636_appendix_b() {
        let verifier = Verifier::parse("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk").unwrap();
        assert_eq!(
            verifier.challenge().as_str(),
            "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
        );
    }

    #[test]
    fn lengths_and_letters_are_the_standards() {
        for (text, good) in [
            ("a".repeat(42), false),
            ("a".repeat(43), true),
            ("~".repeat(128), true),
            ("a".repeat(129), false),
            (format!("{}+", "a".repeat(43)), false),
            (format!("{}ä", "a".repeat(43)), false),
        ] {
            assert_eq!(Verifier::parse(&text).is_some(), good, "{text}");
        }
        for (text, good) in [
            ("E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM", true),
            ("E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-c", false),
            ("E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cMA", false),
            ("E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw+cM", false),
            ("", false),
        ] {
            assert_eq!(Challenge::parse(text).is_some(), good, "{text}");
        }
    }
}
