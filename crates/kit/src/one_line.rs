//! Text of one line.

/// A rule for `garde`: text that stands in lists and mails, or that an owner tells something by there. Its length is another rule.
///
/// # Errors
/// Control characters, line breaks among them, and text of nothing but white space.
pub fn is_one_line(text: &str, (): &()) -> garde::Result {
    if text.chars().any(char::is_control) {
        return Err(garde::Error::new("must be one line"));
    }
    if text.trim().is_empty() {
        return Err(garde::Error::new("must not be blank"));
    }
    Ok(())
}

/// Whether the character makes the text after it read otherwise than it is written (Unicode Standard Annex 9): a name that ends in one
/// could rewrite the line that it stands in.
#[must_use]
pub const fn turns_text(letter: char) -> bool {
    matches!(letter, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_neither_broken_nor_blank() {
        for (text, refused) in [
            ("nightly backup", None),
            ("größe 1", None),
            ("a\nb", Some("must be one line")),
            ("a\u{85}b", Some("must be one line")),
            ("", Some("must not be blank")),
            (" \u{3000}", Some("must not be blank")),
        ] {
            let answer = is_one_line(text, &());
            let answer = answer.as_ref().err().map(garde::Error::message);
            assert_eq!(answer, refused, "{text:?}");
        }
    }

    #[test]
    fn what_turns_the_text_around_it_is_told() {
        for (letter, turns) in [
            ('a', false),
            ('\u{5d0}', false),
            ('\u{202a}', true),
            ('\u{202e}', true),
            ('\u{2065}', false),
            ('\u{2066}', true),
            ('\u{2069}', true),
        ] {
            assert_eq!(turns_text(letter), turns, "{letter:?}");
        }
    }
}
