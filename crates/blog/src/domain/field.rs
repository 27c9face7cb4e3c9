//! Fields of a post.

use chrono::DateTime;
use url::Url;

/// Longest Markdown source, bytes.
pub const MAX_BODY: usize = 1_000_000;
const MAX_TITLE: usize = 200;
const MAX_SUMMARY: usize = 500;
const MAX_ALT: usize = 500;
const MAX_URL: usize = 2048;
const MAX_SERIES: usize = 120;
const MAX_COMMENT: usize = 10_000;
const MAX_REASON: usize = 1_000;

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

/// Title of a series: 1 to 120 characters on one line.
///
/// # Errors
/// What would be allowed.
pub fn series(text: &str) -> Result<(), String> {
    if text.trim().is_empty() {
        return Err("must not be blank; null takes the post out of its series".into());
    }
    line(text, MAX_SERIES)
}

/// A comment: Markdown of 1 to 10,000 characters.
///
/// # Errors
/// What would be allowed.
pub fn comment(text: &str) -> Result<(), String> {
    if text.trim().is_empty() {
        return Err("must not be blank".into());
    }
    at_most(text, MAX_COMMENT)?;
    no_controls(text)
}

/// Why a comment is reported: at most 1,000 characters.
///
/// # Errors
/// What would be allowed.
pub fn reason(text: &str) -> Result<(), String> {
    at_most(text, MAX_REASON)?;
    no_controls(text)
}

/// An address that a browser may be sent to, without letters that no URL has and HTML gives a meaning.
///
/// # Errors
/// What would be allowed.
pub fn web_address(text: &str) -> Result<(), String> {
    if text.len() > MAX_URL {
        return Err(format!("must be at most {MAX_URL} bytes"));
    }
    let plain = !text
        .chars()
        .any(|letter| letter.is_control() || letter.is_whitespace() || "\"<>\\`".contains(letter));
    match Url::parse(text) {
        Ok(url) if plain && matches!(url.scheme(), "http" | "https") && url.has_host() => {
            // What stands before the @ is read as the host.
            if url.username().is_empty() && url.password().is_none() {
                Ok(())
            } else {
                Err("must not hold a user name or password".into())
            }
        }
        _ => Err("must be an absolute http or https URL".into()),
    }
}

/// An address that webhooks may be sent to.
///
/// # Errors
/// What would be allowed.
pub fn webhook_address(text: &str) -> Result<(), String> {
    webhooks::address::check(text).map(drop)
}

/// A time, as milliseconds since the Unix epoch.
///
/// # Errors
/// What would be allowed.
pub fn time(text: &str) -> Result<i64, String> {
    DateTime::parse_from_rfc3339(text)
        .map(|at| at.timestamp_millis())
        .ok()
        // What a JSON time with four digits of year can say.
        .filter(|at| (-62_135_596_800_000..253_402_300_800_000).contains(at))
        .ok_or_else(|| "must be an RFC 3339 time, such as 2026-01-31T12:00:00Z".to_owned())
}

/// A time that lies behind us.
///
/// # Errors
/// What would be allowed.
pub fn past(text: &str, now_ms: i64) -> Result<i64, String> {
    match time(text)? {
        at if at > now_ms => Err("must not lie in the future; schedule the post instead".into()),
        at => Ok(at),
    }
}

/// A time to come, within the next five years.
///
/// # Errors
/// What would be allowed.
pub fn future(text: &str, now_ms: i64) -> Result<i64, String> {
    const FIVE_YEARS_MS: i64 = 5 * 366 * 86_400_000;
    match time(text)? {
        at if at <= now_ms => Err("must lie in the future".into()),
        at if at - now_ms > FIVE_YEARS_MS => Err("must be within the next five years".into()),
        at => Ok(at),
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
            (series, "Rust by night".into(), true),
            (series, " ".into(), false),
            (series, "a".repeat(121), false),
            (comment, "*yes*\n\nno".into(), true),
            (comment, "\n".into(), false),
            (comment, "a".repeat(10_001), false),
            (reason, String::new(), true),
            (reason, "a".repeat(1_001), false),
            (web_address, "https://a.example/x.png?y=1".into(), true),
            (web_address, "http://a.example".into(), true),
            (web_address, "javascript:alert(1)".into(), false),
            (
                web_address,
                "https://example.com/a.jpg\"onerror=\"alert(1)".into(),
                false,
            ),
            (web_address, "data:image/png;base64,AA".into(), false),
            (web_address, "/relative".into(), false),
            (web_address, "https://a.example@b.example".into(), false),
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

    #[test]
    fn a_schedule_lies_in_the_future_but_not_too_far() {
        assert_eq!(future("1970-01-01T00:00:03Z", 2_000), Ok(3_000));
        for text in [
            "1970-01-01T00:00:02Z",
            "1969-01-01T00:00:00Z",
            "1990-01-01T00:00:00Z",
            "9999-12-31T23:59:59Z",
            "tomorrow",
        ] {
            assert!(future(text, 2_000).is_err(), "{text}");
        }
    }
}
