//! Usernames: shown as written, compared as folded.

use std::str::FromStr;

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

use case_folding::fold;

/// Fewest and most characters.
const LENGTH: std::ops::RangeInclusive<usize> = 3..=32;

/// Names that a reader would take for Spindle itself or for a route.
const RESERVED: &[&str] = &[
    "abuse",
    "admin",
    "administrator",
    "anonymous",
    "me",
    "null",
    "official",
    "postmaster",
    "root",
    "security",
    "spindle",
    "support",
    "system",
    "undefined",
    "unknown",
    "webmaster",
];

/// A username: letters, marks and digits of any script, and `_`, `-`, `.` between them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Username {
    text: String,
    key: String,
}

/// Why a text is no username.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UsernameError {
    /// Too short or too long.
    #[error("must have 3 to 32 characters")]
    Length,
    /// A character that is no letter, mark, digit, `_`, `-` or `.`.
    #[error("may have letters, digits, _, - and . alone")]
    Character,
    /// Begins or ends with punctuation, has two in a row, or begins with a mark.
    #[error("must begin and end with a letter or digit, without two of _ - . in a row")]
    Punctuation,
    /// Latin, Greek and Cyrillic letters have lookalikes in each other.
    #[error("must not mix Latin, Greek and Cyrillic letters")]
    MixedScripts,
    /// Kept for Spindle.
    #[error("is reserved")]
    Reserved,
}

impl Username {
    /// As its owner writes it (NFKC).
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// As it is compared: two usernames with the same key are the same name.
    #[must_use]
    pub fn key(&self) -> &str {
        &self.key
    }
}

impl FromStr for Username {
    type Err = UsernameError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text.len() > 1_000 {
            return Err(UsernameError::Length);
        }
        let text: String = text.trim().nfkc().collect();
        let key = fold(&text);
        if !LENGTH.contains(&text.chars().count()) {
            return Err(UsernameError::Length);
        }
        if !text
            .chars()
            .all(|c| c.is_alphanumeric() || is_combining_mark(c) || is_punctuation(c))
        {
            return Err(UsernameError::Character);
        }
        let parts_are_words = text.split(is_punctuation).all(|word| {
            word.chars()
                .next()
                .is_some_and(|first| !is_combining_mark(first))
        });
        if !parts_are_words {
            return Err(UsernameError::Punctuation);
        }
        let mut scripts = text.chars().filter_map(confusable_script);
        if let Some(first) = scripts.next()
            && scripts.any(|other| other != first)
        {
            return Err(UsernameError::MixedScripts);
        }
        if RESERVED.contains(&key.as_str()) {
            return Err(UsernameError::Reserved);
        }
        Ok(Self { text, key })
    }
}

fn is_punctuation(c: char) -> bool {
    matches!(c, '_' | '-' | '.')
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Script {
    Latin,
    Greek,
    Cyrillic,
}

/// The three scripts whose letters pass for one another (UTS 39); no others are looked at.
fn confusable_script(c: char) -> Option<Script> {
    match c {
        'a'..='z'
        | 'A'..='Z'
        | '\u{aa}'
        | '\u{ba}'
        | '\u{c0}'..='\u{24f}'
        | '\u{250}'..='\u{2af}'
        | '\u{1e00}'..='\u{1eff}' => (c.is_alphabetic()).then_some(Script::Latin),
        '\u{370}'..='\u{3ff}' | '\u{1f00}'..='\u{1fff}' => Some(Script::Greek),
        '\u{400}'..='\u{52f}'
        | '\u{1c80}'..='\u{1c8f}'
        | '\u{2de0}'..='\u{2dff}'
        | '\u{a640}'..='\u{a69f}' => Some(Script::Cyrillic),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_compared_folded_and_shown_as_written() {
        for (text, shown, key) in [
            ("ada", "ada", "ada"),
            (
                "Ada.Lovelace-1815",
                "Ada.Lovelace-1815",
                "ada.lovelace-1815",
            ),
            (" Ada ", "Ada", "ada"),
            ("Ｇｒａｃｅ", "Grace", "grace"),
            ("Jose\u{301}", "José", "josé"),
            ("Straße", "Straße", "strasse"),
            ("ΣΊΣΥΦΟΣ", "ΣΊΣΥΦΟΣ", "σίσυφοσ"),
            ("Владимир", "Владимир", "владимир"),
            ("渡辺さん", "渡辺さん", "渡辺さん"),
            ("bob渡辺", "bob渡辺", "bob渡辺"),
            ("a_1", "a_1", "a_1"),
        ] {
            let name: Username = text.parse().unwrap();
            assert_eq!((name.as_str(), name.key()), (shown, key), "{text}");
        }
    }

    #[test]
    fn names_that_deceive_or_break_things_are_refused() {
        for (text, error) in [
            ("", UsernameError::Length),
            ("ab", UsernameError::Length),
            ("a\u{301}\u{301}", UsernameError::Length),
            (&"a".repeat(33), UsernameError::Length),
            (&"a".repeat(100_000), UsernameError::Length),
            ("ada@home", UsernameError::Character),
            ("ada lovelace", UsernameError::Character),
            ("ada/..", UsernameError::Character),
            ("ada\u{200b}x", UsernameError::Character),
            ("ada\u{202e}x", UsernameError::Character),
            ("ada\0", UsernameError::Character),
            ("ada😀", UsernameError::Character),
            ("<b>", UsernameError::Character),
            ("_ada", UsernameError::Punctuation),
            ("ada.", UsernameError::Punctuation),
            ("...", UsernameError::Punctuation),
            ("a.-b", UsernameError::Punctuation),
            ("\u{301}ada", UsernameError::Punctuation),
            ("аdа", UsernameError::MixedScripts),
            ("αda", UsernameError::MixedScripts),
            ("Admin", UsernameError::Reserved),
            ("ＲＯＯＴ", UsernameError::Reserved),
        ] {
            assert_eq!(
                text.parse::<Username>().err(),
                Some(error),
                "{:?}",
                text.get(..10).unwrap_or(text)
            );
        }
    }
}
