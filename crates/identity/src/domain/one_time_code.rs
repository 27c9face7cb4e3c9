//! Six digits that prove a mailbox.

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use super::Email;

/// How many codes there are: 20 bits, which five attempts an hour make enough (ASVS 6.5.4).
const CODES: u32 = 1_000_000;

/// What a code proves, so that none is good for anything else.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CodePurpose {
    /// The address that an account was registered with.
    Verify,
    /// A new address of an account.
    Change,
}

/// A code. Has no `Debug`.
#[derive(Clone, PartialEq, Eq)]
pub struct OneTimeCode(String);

impl OneTimeCode {
    /// A random code; none for the few bits that would make some codes likelier than others.
    #[must_use]
    pub fn from_random(bits: [u8; 4]) -> Option<Self> {
        let number = u32::from_be_bytes(bits);
        (number < u32::MAX - u32::MAX % CODES).then(|| Self(format!("{:06}", number % CODES)))
    }

    /// Reads what somebody typed: spaces and hyphens are nothing. None if it can be no code.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        if text.len() > 32 {
            return None;
        }
        let digits: String = text.chars().filter(|c| !matches!(c, ' ' | '-')).collect();
        (digits.len() == 6 && digits.bytes().all(|byte| byte.is_ascii_digit()))
            .then_some(Self(digits))
    }

    /// The six digits.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What is stored of it: HMAC-SHA256, since a plain hash of a million codes is no secret. None for a key without bytes.
    #[must_use]
    pub fn hash(&self, key: &[u8], purpose: CodePurpose, email: &Email) -> Option<Vec<u8>> {
        let mut mac = Hmac::<Sha256>::new_from_slice(key).ok()?;
        mac.update(match purpose {
            CodePurpose::Verify => b"verify\0",
            CodePurpose::Change => b"change\0",
        });
        mac.update(email.as_str().as_bytes());
        mac.update(b"\0");
        mac.update(self.0.as_bytes());
        Some(mac.finalize().into_bytes().to_vec())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_six_digits_however_it_is_typed() {
        for (text, code) in [
            ("012345", Some("012345")),
            (" 012 345 ", Some("012345")),
            ("012-345", Some("012345")),
            ("12345", None),
            ("1234567", None),
            ("12345a", None),
            ("１２３４５６", None),
            ("", None),
            (&"1".repeat(1_000), None),
        ] {
            assert_eq!(
                OneTimeCode::parse(text).map(|code| code.0).as_deref(),
                code,
                "{text:?}"
            );
        }
    }

    #[test]
    fn no_code_is_likelier_than_another() {
        assert_eq!(
            OneTimeCode::from_random([0; 4])
                .map(|code| code.0)
                .as_deref(),
            Some("000000")
        );
        assert!(
            OneTimeCode::from_random([0xff; 4]).is_none(),
            "the last, incomplete million"
        );
    }

    #[test]
    fn a_code_is_bound_to_its_key_its_purpose_and_its_address() {
        let code = OneTimeCode::parse("012345").unwrap();
        let ada: Email = "ada@example.com".parse().unwrap();
        let bob: Email = "bob@example.com".parse().unwrap();
        let hash = code.hash(b"k", CodePurpose::Verify, &ada);
        assert_eq!(code.hash(b"k", CodePurpose::Verify, &ada), hash);
        for other in [
            code.hash(b"l", CodePurpose::Verify, &ada),
            code.hash(b"k", CodePurpose::Change, &ada),
            code.hash(b"k", CodePurpose::Verify, &bob),
            OneTimeCode::parse("012346")
                .unwrap()
                .hash(b"k", CodePurpose::Verify, &ada),
        ] {
            assert_ne!(other, hash);
        }
    }
}
