//! Rules of what people write to support, and support to them. Each answers what would be allowed.

/// Longest subject, characters.
pub(crate) const MAX_SUBJECT: usize = 200;
/// Longest message, characters.
pub(crate) const MAX_BODY: usize = 5_000;

/// A ticket's subject: one line.
pub(crate) fn subject(text: &str) -> Result<(), String> {
    if text.trim().is_empty() {
        return Err("must not be blank".to_owned());
    }
    if text.chars().count() > MAX_SUBJECT {
        return Err(format!("must be at most {MAX_SUBJECT} characters"));
    }
    if text.chars().any(char::is_control) {
        return Err("must be one line without control characters".to_owned());
    }
    Ok(())
}

/// A message: plain text of several lines.
pub(crate) fn body(text: &str) -> Result<(), String> {
    if text.trim().is_empty() {
        return Err("must not be blank".to_owned());
    }
    if text.chars().count() > MAX_BODY {
        return Err(format!("must be at most {MAX_BODY} characters"));
    }
    let forbidden = |letter: char| letter.is_control() && !matches!(letter, '\n' | '\r' | '\t');
    if text.chars().any(forbidden) {
        return Err(
            "must not contain control characters other than line breaks and tabs".to_owned(),
        );
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_subject_is_a_line_and_a_message_has_some() {
        for (text, as_subject, as_body) in [
            ("Help 🦀", true, true),
            ("a\nb\tc\r\n", false, true),
            ("", false, false),
            (" \n ", false, false),
            ("a\u{1b}[31m", false, false),
            ("a\0", false, false),
        ] {
            assert_eq!(subject(text).is_ok(), as_subject, "{text:?} as subject");
            assert_eq!(body(text).is_ok(), as_body, "{text:?} as message");
        }
        for (length, as_subject, as_body) in [
            (MAX_SUBJECT, true, true),
            (MAX_SUBJECT + 1, false, true),
            (MAX_BODY, false, true),
            (MAX_BODY + 1, false, false),
        ] {
            let text = "ä".repeat(length);
            assert_eq!(subject(&text).is_ok(), as_subject, "{length} as subject");
            assert_eq!(body(&text).is_ok(), as_body, "{length} as message");
        }
    }
}
