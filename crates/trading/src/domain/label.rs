//! What its owner calls a key.

use kit::turns_text;
use serde::{Deserialize, Serialize};

/// 1 to 64 characters in one line, without spaces around them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String")]
pub struct Label(String);

/// The text is no label.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("must be 1 to 64 characters in one line")]
pub struct LabelError;

impl TryFrom<String> for Label {
    type Error = LabelError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        let text = text.trim();
        let sane = (1..=64).contains(&text.chars().count()) && !text.chars().any(breaks_the_line);
        if sane {
            Ok(Self(text.to_owned()))
        } else {
            Err(LabelError)
        }
    }
}

/// Controls, line separators, and what turns the direction of the text around it.
fn breaks_the_line(c: char) -> bool {
    c.is_control() || matches!(c, '\u{2028}' | '\u{2029}') || turns_text(c)
}

impl Label {
    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_label_is_one_short_line() {
        let longest = "ü".repeat(64);
        for (text, good) in [
            ("Main", true),
            ("  Main  ", true),
            ("日本語 🔑", true),
            (longest.as_str(), true),
            ("", false),
            ("   ", false),
            ("a\nb", false),
            ("a\u{0}b", false),
            ("a\u{202E}b", false),
            (&"ü".repeat(65), false),
        ] {
            assert_eq!(Label::try_from(text.to_owned()).is_ok(), good, "{text:?}");
        }
        assert_eq!(
            Label::try_from("  Main  ".to_owned()).unwrap().as_str(),
            "Main"
        );
    }
}
