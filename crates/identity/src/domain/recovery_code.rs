//! Codes on paper, for when the second factor is lost. Each is good once.

use super::Hash;

/// How many an account is given.
pub(crate) const COUNT: usize = 10;
/// Crockford's letters: none can be taken for another.
const LETTERS: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
/// Five bits each: 120 bits, so that a plain hash keeps them (ASVS 6.5.2 asks for 112).
const LENGTH: usize = 24;

/// A recovery code. Has no `Debug`.
#[derive(Clone, PartialEq, Eq)]
pub struct RecoveryCode(String);

impl RecoveryCode {
    /// The code of these bits.
    #[must_use]
    pub fn from_random(bits: [u8; LENGTH]) -> Self {
        Self(
            bits.iter()
                .filter_map(|byte| LETTERS.get(usize::from(byte % 32)).copied())
                .map(char::from)
                .collect(),
        )
    }

    /// Reads what somebody typed, in any case, with or without hyphens, with `O` for `0` and `I` or `L` for `1`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        if text.len() > 4 * LENGTH {
            return None;
        }
        let code: String = text
            .chars()
            .filter(|c| !matches!(c, ' ' | '-'))
            .map(|c| match c.to_ascii_uppercase() {
                'O' => '0',
                'I' | 'L' => '1',
                other => other,
            })
            .collect();
        (code.len() == LENGTH && code.bytes().all(|byte| LETTERS.contains(&byte)))
            .then_some(Self(code))
    }

    /// In groups of four.
    #[must_use]
    pub fn shown(&self) -> String {
        let mut text = String::with_capacity(LENGTH + LENGTH / 4);
        for (position, letter) in self.0.chars().enumerate() {
            if position > 0 && position % 4 == 0 {
                text.push('-');
            }
            text.push(letter);
        }
        text
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
    fn a_code_is_read_as_it_was_shown_and_as_people_type_it() {
        let code = RecoveryCode::from_random(std::array::from_fn(|n| n as u8));
        assert_eq!(code.shown(), "0123-4567-89AB-CDEF-GHJK-MNPQ");
        for text in [
            "0123-4567-89AB-CDEF-GHJK-MNPQ",
            "0123 4567 89ab cdef ghjk mnpq",
            "oi23456789ABCDEFGHJKMNPQ",
            "OL23456789ABCDEFGHJKMNPQ",
        ] {
            assert!(RecoveryCode::parse(text) == Some(code.clone()), "{text}");
        }
        for text in [
            "",
            "0123",
            "U123-4567-89AB-CDEF-GHJK-MNPQ",
            &"0".repeat(1_000),
        ] {
            assert!(RecoveryCode::parse(text).is_none(), "{text}");
        }
    }
}
