//! Half of a key as its owner pasted it. It does not print.

use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;

/// A pasted text, without the spaces around it.
#[derive(Clone, Debug, Deserialize)]
#[serde(try_from = "String")]
pub struct Entered(SecretString);

/// The text cannot be half of a key. Says nothing about what it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("must be 8 to 512 characters without spaces; copy it whole")]
pub struct EnteredError;

impl TryFrom<String> for Entered {
    type Error = EnteredError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        let text = SecretString::from(text);
        let trimmed = text.expose_secret().trim();
        let sane = (8..=512).contains(&trimmed.len())
            && trimmed.bytes().all(|byte| byte.is_ascii_graphic());
        if sane {
            Ok(Self(SecretString::from(trimmed)))
        } else {
            Err(EnteredError)
        }
    }
}

impl Entered {
    /// The text, to be handed over.
    #[must_use]
    pub fn expose(&self) -> &str {
        self.0.expose_secret()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pasted_text_is_one_word_of_ascii() {
        for bad in [
            "",
            "       ",
            "short",
            "two words here",
            "ümlaut-key",
            "tab\tinside",
            &"x".repeat(513),
        ] {
            assert_eq!(
                Entered::try_from(bad.to_owned()).err(),
                Some(EnteredError),
                "{bad:?}"
            );
        }
        assert_eq!(
            Entered::try_from("  a-good-key\n".to_owned())
                .unwrap()
                .expose(),
            "a-good-key"
        );
    }

    #[test]
    fn it_does_not_print() {
        let entered = Entered::try_from("a-good-key".to_owned()).unwrap();
        assert!(!format!("{entered:?}").contains("good"));
        let error = serde_json::from_str::<Entered>("\"a bad key\"").unwrap_err();
        assert!(!error.to_string().contains("bad key"), "{error}");
    }
}
