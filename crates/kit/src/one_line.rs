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
}
