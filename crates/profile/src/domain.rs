//! Rules of a profile's fields. Each answers what would be allowed.

use url::Url;

/// Longest address, bytes.
const MAX_URL: usize = 2048;

/// The form in which identity compares usernames (`identity.public_accounts.username_key`).
#[must_use]
pub fn username_key(username: &str) -> String {
    case_folding::fold(username)
}

/// One line of text.
pub(crate) fn line(text: &str, max: usize) -> Result<(), String> {
    if text.trim().is_empty() {
        return Err("must not be blank; null clears it".into());
    }
    if text.chars().count() > max {
        return Err(format!("must be at most {max} characters"));
    }
    if text.chars().any(char::is_control) {
        return Err("must not contain control characters".into());
    }
    Ok(())
}

/// Text of several lines.
///
/// # Errors
/// What would be allowed.
pub fn lines(text: &str, max: usize) -> Result<(), String> {
    if text.chars().count() > max {
        return Err(format!("must be at most {max} characters"));
    }
    if text
        .chars()
        .any(|letter| letter.is_control() && !matches!(letter, '\n' | '\r' | '\t'))
    {
        return Err("must not contain control characters other than line breaks and tabs".into());
    }
    Ok(())
}

/// An address that a browser may be sent to, without letters that no URL has and HTML gives a meaning.
///
/// # Errors
/// What would be allowed.
pub fn web_address(text: &str) -> Result<(), String> {
    let wrong = || Err("must be an absolute http or https URL".to_owned());
    if text.len() > MAX_URL {
        return Err(format!("must be at most {MAX_URL} bytes"));
    }
    if text
        .chars()
        .any(|letter| letter.is_control() || letter.is_whitespace() || "\"<>\\`".contains(letter))
    {
        return wrong();
    }
    match Url::parse(text) {
        Ok(url) if matches!(url.scheme(), "http" | "https") && url.has_host() => {
            if url.username().is_empty() && url.password().is_none() {
                Ok(())
            } else {
                Err("must not hold a user name or password".into())
            }
        }
        _ => wrong(),
    }
}

/// What is wrong with any other name.
pub(crate) const NO_TIME_ZONE: &str =
    "must be a name of the IANA time zone database, such as Europe/Berlin";

/// The old names that hold digits.
const NUMBERED_ZONES: [&str; 7] = [
    "EST5EDT", "CST6CDT", "MST7MDT", "PST8PDT", "GMT0", "GMT+0", "GMT-0",
];

/// What servers take for a zone and the database does not name: folders in which all zones are once more, two files, and what C reads as a
/// number of hours.
const UNNAMED_ZONES: [&str; 7] = [
    "posix",
    "right",
    "posixrules",
    "localtime",
    "inf",
    "infinity",
    "nan",
];

/// A name of the IANA time zone database, by its form: `Europe/Berlin`, `UTC`, `Etc/GMT+5`. The database knows which there are; it would
/// take any word with a number, too, for a zone so far from Greenwich (POSIX).
pub(crate) fn time_zone(text: &str) -> Result<(), String> {
    let is_numbered =
        NUMBERED_ZONES.contains(&text) || text.strip_prefix("Etc/GMT").is_some_and(is_hours);
    let first = text.split('/').next().unwrap_or_default();
    let is_unnamed = UNNAMED_ZONES
        .iter()
        .any(|name| first.eq_ignore_ascii_case(name));
    let part = |part: &str| {
        part.starts_with(|c: char| c.is_ascii_alphabetic())
            && part
                .chars()
                .all(|c| c.is_ascii_alphabetic() || "_-".contains(c))
    };
    let is_named = text.len() <= 64 && text.split('/').count() <= 3 && text.split('/').all(part);
    if is_numbered || (is_named && !is_unnamed) {
        Ok(())
    } else {
        Err(NO_TIME_ZONE.into())
    }
}

/// Hours from Greenwich that have a zone: `0`, `+0` to `+12`, which are west of it, and `-0` to `-14`.
fn is_hours(hours: &str) -> bool {
    let (most, digits) = match hours.split_at_checked(1) {
        Some(("+", west)) => (12, west),
        Some(("-", east)) => (14, east),
        _ => (0, hours),
    };
    digits
        .parse::<u8>()
        .is_ok_and(|number| number <= most && number.to_string() == digits)
}

/// A language tag, by its form (BCP 47): `en`, `pt-BR`, `zh-Hant-TW`.
pub(crate) fn language_tag(text: &str) -> Result<(), String> {
    let mut parts = text.split('-');
    let language = parts.next().is_some_and(|part| {
        (2..=8).contains(&part.len()) && part.chars().all(|c| c.is_ascii_alphabetic())
    });
    let rest = parts.all(|part| {
        (1..=8).contains(&part.len()) && part.chars().all(|c| c.is_ascii_alphanumeric())
    });
    if text.len() <= 35 && language && rest {
        Ok(())
    } else {
        Err("must be a BCP 47 language tag, such as en or pt-BR".into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(rule: fn(&str) -> Result<(), String>, good: &[&str], bad: &[&str]) {
        for text in good {
            assert_eq!(rule(text), Ok(()), "{text:?} is allowed");
        }
        for text in bad {
            assert!(rule(text).is_err(), "{text:?} is refused");
        }
    }

    #[test]
    fn lines_have_a_length_and_no_control_characters() {
        let name = |text: &str| line(text, 5);
        check(
            name,
            &["Ada", "ÄÖÜ€😀", "\u{202e}abc"],
            &["", "  ", "sixsix", "a\nb", "a\0", "a\u{7f}"],
        );
        let bio = |text: &str| lines(text, 5);
        check(bio, &["", "a\nb\tc"], &["sixsix", "a\u{1b}b", "\0"]);
    }

    #[test]
    fn addresses_are_of_the_web() {
        check(
            web_address,
            &[
                "https://a.example",
                "http://a.example/p?q#f",
                "https://münchen.example/ü",
            ],
            &[
                "",
                "a.example",
                "//a.example",
                "javascript:alert(1)",
                "https://example.com/a.jpg\"onerror=\"alert(1)",
                "data:text/html,x",
                "ftp://a.example",
                "https://",
                "https://u:p@a.example",
                "https://a.example/ b",
                "java\nscript:x",
                " https://a.example",
            ],
        );
        assert!(web_address(&format!("https://a.example/{}", "x".repeat(2048))).is_err());
    }

    #[test]
    fn time_zones_and_languages_have_the_form_of_their_names() {
        check(
            time_zone,
            &[
                "UTC",
                "Europe/Berlin",
                "America/Argentina/Buenos_Aires",
                "Etc/GMT",
                "Etc/GMT0",
                "Etc/GMT+5",
                "Etc/GMT+12",
                "Etc/GMT-14",
                "EST5EDT",
            ],
            &[
                "",
                "/",
                "Europe/",
                "Europe/Berlin/x/y",
                "Europe Berlin",
                "+02:00",
                "Berlin5",
                "Etc/GMT+13",
                "Etc/GMT-15",
                "Etc/GMT1",
                "Etc/GMT+05",
                "Etc/GMT++5",
                "Etc/GMT+",
                "EST5",
                "posix/Europe/Berlin",
                "Right/UTC",
                "localtime",
                "NaN",
                "../etc/passwd",
            ],
        );
        check(
            language_tag,
            &["en", "pt-BR", "zh-Hant-TW", "de-CH-1996", "tlh"],
            &["", "e", "en_US", "en-", "en--US", "ü", "123"],
        );
    }

    #[test]
    fn usernames_are_compared_without_case_or_width() {
        assert_eq!(username_key("ＡdA"), username_key("ada"));
        assert_eq!(username_key("Straße"), username_key("STRASSE"));
    }
}
