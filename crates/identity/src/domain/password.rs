//! Passwords as typed and as chosen. They never print.

use serde::Deserialize;
use unicode_normalization::UnicodeNormalization;
use zeroize::Zeroizing;

/// Most characters of a password.
pub(crate) const MAX_LENGTH: usize = 256;
/// More bytes than this are not looked at: no password of [`MAX_LENGTH`] characters has them.
const BYTE_LIMIT: usize = 4 * MAX_LENGTH * 3;

/// A password as somebody typed it. Wiped when it is dropped; has no `Debug`.
#[derive(Clone, Deserialize)]
#[serde(from = "String")]
pub struct PasswordInput(Zeroizing<String>);

impl From<String> for PasswordInput {
    fn from(text: String) -> Self {
        Self(Zeroizing::new(text))
    }
}

impl PasswordInput {
    /// In NFC, so that an `é` is the same from every keyboard (RFC 8265 section 4.2); none if nobody can have it.
    pub(crate) fn normalised(&self) -> Option<Zeroizing<String>> {
        if self.0.len() > BYTE_LIMIT {
            return None;
        }
        let text = Zeroizing::new(self.0.nfc().collect::<String>());
        (text.chars().count() <= MAX_LENGTH).then_some(text)
    }
}

/// A password that satisfies the policy (NIST SP 800-63B: length counts, composition does not).
pub struct NewPassword(pub(crate) Zeroizing<String>);

/// Why a password is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PasswordError {
    /// Fewer characters than the operator asks for.
    #[error("must have at least {0} characters")]
    TooShort(usize),
    /// More than 256.
    #[error("must have at most 256 characters")]
    TooLong,
}

impl NewPassword {
    /// Accepts a password of at least `minimum` characters.
    ///
    /// # Errors
    /// [`PasswordError`].
    pub fn choose(input: &PasswordInput, minimum: usize) -> Result<Self, PasswordError> {
        let text = input.normalised().ok_or(PasswordError::TooLong)?;
        if text.chars().count() < minimum {
            return Err(PasswordError::TooShort(minimum));
        }
        Ok(Self(text))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn length_counts_in_characters() {
        for (text, error) in [
            ("1234567", Some(PasswordError::TooShort(8))),
            ("12345678", None),
            ("пароль", Some(PasswordError::TooShort(8))),
            ("пароль12", None),
            // Seven letters, four of them written as two characters.
            (
                "e\u{301}e\u{301}e\u{301}e\u{301}abc",
                Some(PasswordError::TooShort(8)),
            ),
            ("        ", None),
            (&"a".repeat(256), None),
            (&"😀".repeat(256), None),
            (&"a".repeat(257), Some(PasswordError::TooLong)),
            (&"a".repeat(1_000_000), Some(PasswordError::TooLong)),
        ] {
            let outcome = NewPassword::choose(&PasswordInput::from(text.to_owned()), 8).err();
            assert_eq!(outcome, error, "{} bytes", text.len());
        }
    }
}
