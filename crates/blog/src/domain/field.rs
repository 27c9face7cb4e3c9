//! Fields of a post.

use chrono::DateTime;
use url::Url;

/// Longest Markdown source, bytes.
pub const MAX_BODY: usize = 1_000_000;
const MAX_TITLE: usize = 200;
const MAX_SUMMARY: usize = 500;
const MAX_ALT: usize = 500;
const MAX_URL: usize = 2048;

/// A title: 1 to 200 characters on one line.
///
/// # Errors
/// What would be allowed.
pub fn title(text: &str) -> Result<(), String> {
    if text.trim().is_empty() {
        return Err("must not be blank".into());
    }
    line(text, MAX_TITLE)
}

/// A summary: at most 500 characters.
///
/// # Errors
/// What would be allowed.
pub fn summary(text: &str) -> Result<(), String> {
    at_most(text, MAX_SUMMARY)?;
    no_controls(text)
}

/// The alternative text of a cover: at most 500 characters on one line.
///
/// # Errors
/// What would be allowed.
pub fn alt(text: &str) -> Result<(), String> {
    line(text, MAX_ALT)
}

/// Markdown source: at most 1,000,000 bytes.
///
/// # Errors
/// What would be allowed.
pub fn body(text: &str) -> Result<(), String> {
    if text.len() > MAX_BODY {
        return Err(format!("must be at most {MAX_BODY} bytes"));
    }
    no_controls(text)
}

/// An address that a browser may be sent to.
///
/// # Errors
/// What would be allowed.
pub fn web_address(text: &str) -> Result<(), String> {
    if text.len() > MAX_URL {
        return Err(format!("must be at most {MAX_URL} bytes"));
    }
    let plain = !text
        .chars()
        .any(|letter| letter.is_control() || letter.is_whitespace());
    match Url::parse(text) {
        Ok(url) if plain && matches!(url.scheme(), "http" | "https") && url.has_host() => Ok(()),
        _ => Err("must be an absolute http or https URL".into()),
    }
}

/// A time that lies behind us, as milliseconds since the Unix epoch.
///
/// # Errors
/// What would be allowed.
pub fn past(text: &str, now_ms: i64) -> Result<i64, String> {
    let at = DateTime::parse_from_rfc3339(text)
        .map_err(|_| "must be an RFC 3339 time, such as 2026-01-31T12:00:00Z".to_owned())?
        .timestamp_millis();
    if at > now_ms {
        Err("must not lie in the future".into())
    } else {
        Ok(at)
    }
}

fn line(text: &str, max: usize) -> Result<(), String> {
    at_most(text, max)?;
    if text.chars().any(char::is_control) {
        return Err("must not contain control characters".into());
    }
    Ok(())
}

fn at_most(text: &str, max: usize) -> Result<(), String> {
    if text.chars().count() > max {
        Err(format!("must be at most {max} characters"))
    } else {
        Ok(())
    }
}

fn no_controls(text: &str) -> Result<(), String> {
    if text
        .chars()
        .any(|letter| letter.is_control() && !matches!(letter, '\n' | '\r' | '\t'))
    {
        return Err("must not contain control characters other than line breaks and tabs".into());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_have_limits_and_no_control_characters() {
        type Rule = fn(&str) -> Result<(), String>;
        let cases: &[(Rule, String, bool)] = &[
            (title, "a".into(), true),
            (title, "€".repeat(200), true),
            (title, "\u{202e}right to left".into(), true),
            (title, String::new(), false),
            (title, " \u{3000} ".into(), false),
            (title, "a".repeat(201), false),
            (title, "a\nb".into(), false),
            (title, "a\0b".into(), false),
            (summary, String::new(), true),
            (summary, "a\nb".into(), true),
            (summary, "a".repeat(501), false),
            (summary, "\u{1b}[0m".into(), false),
            (body, "# a\r\n\tb".into(), true),
            (body, "a".repeat(MAX_BODY), true),
            (body, "a".repeat(MAX_BODY + 1), false),
            (body, "a\u{7}".into(), false),
            (body, "a\0".into(), false),
            (alt, "a\tb".into(), false),
            (web_address, "https://a.example/x.png?y=1".into(), true),
            (web_address, "http://a.example".into(), true),
            (web_address, "javascript:alert(1)".into(), false),
            (web_address, "data:image/png;base64,AA".into(), false),
            (web_address, "/relative".into(), false),
            (web_address, "https://".into(), false),
            (web_address, "https://a.example/a b".into(), false),
            (
                web_address,
                format!("https://a.example/{}", "x".repeat(2048)),
                false,
            ),
        ];
        for (index, (rule, text, allowed)) in cases.iter().enumerate() {
            assert_eq!(rule(text).is_ok(), *allowed, "case {index}");
        }
    }

    #[test]
    fn publication_may_be_dated_back_but_not_forward() {
        assert_eq!(past("1970-01-01T00:00:01.5Z", 2_000), Ok(1_500));
        assert_eq!(past("1970-01-01T01:00:01+01:00", 2_000), Ok(1_000));
        for text in ["1970-01-01T00:00:03Z", "1970-01-01", "yesterday", ""] {
            assert!(past(text, 2_000).is_err(), "{text}");
        }
    }
}
