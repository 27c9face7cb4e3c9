//! Passwords as typed and as chosen. They never print.

use serde::Deserialize;
use unicode_normalization::UnicodeNormalization;
use zeroize::Zeroizing;

use super::common_password::{is_common, is_own_data};

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
    /// Among those that are tried first.
    #[error("is one of the passwords that are guessed first; choose another")]
    Common,
    /// The username, the address, or the product's name.
    #[error("must not be the username, the e-mail address or the name of this service")]
    OwnData,
}

impl NewPassword {
    /// Accepts a password of at least `minimum` characters.
    ///
    /// # Errors
    /// [`PasswordError`].
    pub fn choose(input: &PasswordInput, minimum: usize) -> Result<Self, PasswordError> {
        let chosen = Self::of_length(input, minimum)?;
        if is_common(&chosen.0) {
            return Err(PasswordError::Common);
        }
        Ok(chosen)
    }

    /// Accepts any password of at least `minimum` characters, those that are guessed first too: for the RealWorld API alone.
    ///
    /// # Errors
    /// [`PasswordError`].
    pub(crate) fn of_length(input: &PasswordInput, minimum: usize) -> Result<Self, PasswordError> {
        let text = input.normalised().ok_or(PasswordError::TooLong)?;
        if text.chars().count() < minimum {
            return Err(PasswordError::TooShort(minimum));
        }
        Ok(Self(text))
    }

    /// Refuses one that anybody who knows the account would try.
    ///
    /// # Errors
    /// [`PasswordError::OwnData`].
    pub fn not_own_data(self, username: &str, email: &str) -> Result<Self, PasswordError> {
        if is_own_data(&self.0, username, email) {
            return Err(PasswordError::OwnData);
        }
        Ok(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn length_counts_in_characters() {
        for (text, error) in [
            ("1234567", Some(PasswordError::TooShort(8))),
            ("kx7wz2qp", None),
            ("12345678", Some(PasswordError::Common)),
            ("Password123", Some(PasswordError::Common)),
            ("aaaa bbbb cccc dddd", None),
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
