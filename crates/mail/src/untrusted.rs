//! Text that comes from people, or from strangers: one line, of bounded length, that says what it shows.

use serde::de::Error;
use serde::{Deserialize, Deserializer};

/// Longest link, bytes.
const MAX_LINK: usize = 2048;

/// Text from elsewhere on one line: neither control characters nor those that turn the direction of text around (UTS 39: they
/// make a text show as another one); white space collapsed; at most `max` characters.
#[must_use]
pub fn clean(text: &str, max: usize) -> String {
    let kept: String = text
        .chars()
        .map(|letter| if letter.is_control() { ' ' } else { letter })
        .filter(|letter| !turns_direction(*letter))
        .collect();
    let one_line = kept.split_whitespace().collect::<Vec<_>>().join(" ");
    if one_line.chars().count() <= max {
        return one_line;
    }
    let mut cut: String = one_line.chars().take(max.saturating_sub(1)).collect();
    cut.push('…');
    cut
}

const fn turns_direction(letter: char) -> bool {
    matches!(letter, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// A line of at most `MAX` characters. A blank one says so: a mail must not fail because a browser sends no name.
pub(crate) fn line<'de, D: Deserializer<'de>, const MAX: usize>(
    deserializer: D,
) -> Result<String, D::Error> {
    let cleaned = clean(&String::deserialize(deserializer)?, MAX);
    Ok(if cleaned.is_empty() {
        "(none)".to_owned()
    } else {
        cleaned
    })
}

/// An amount: a decimal string, or the number that a database made of one.
pub(crate) fn amount<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Amount {
        Text(String),
        Number(serde_json::Number),
    }
    let text = match Amount::deserialize(deserializer)? {
        Amount::Text(text) => text,
        Amount::Number(number) => number.to_string(),
    };
    Ok(clean(&text, 40))
}

/// An address that a reader may be sent to: https, or this machine in development. Anybody can read what goes over http.
pub(crate) fn link<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    let url = String::deserialize(deserializer)?;
    let on_this_machine = url
        .strip_prefix("http://localhost")
        .is_some_and(|rest| rest.is_empty() || rest.starts_with([':', '/']));
    let plain = url.len() <= MAX_LINK
        && url
            .chars()
            .all(|letter| letter.is_ascii_graphic() && !matches!(letter, '<' | '>' | '"' | '\\'));
    if plain && (on_this_machine || url.starts_with("https://")) {
        Ok(url)
    } else {
        Err(D::Error::custom(
            "a link must be https, in ASCII, at most 2048 bytes",
        ))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    #[test]
    fn a_line_shows_what_it_says() {
        for (text, shown) in [
            ("a\r\nBcc: x@y.ex", "a Bcc: x@y.ex"),
            (" a \t b ", "a b"),
            ("invoice\u{202e}fdp.exe", "invoicefdp.exe"),
            ("a\u{2066}b\u{2069}c\0", "abc"),
            ("äöü€😀 مرحبا", "äöü€😀 مرحبا"),
            ("0123456789abcdef", "0123456789abcdef"),
            ("0123456789abcdefg", "0123456789abcde…"),
        ] {
            assert_eq!(clean(text, 16), shown, "{text:?}");
        }
    }

    #[test]
    fn a_link_goes_to_https_or_this_machine() {
        let read = |value: Value| link(value).is_ok();
        for url in [
            "https://a.example/p?q=1#f",
            "http://localhost:3000/reset?token=x",
            "http://localhost",
        ] {
            assert!(read(json!(url)), "{url}");
        }
        for url in [
            "",
            "http://a.example",
            "http://localhost.evil.example/",
            "javascript:alert(1)",
            "//a.example",
            "https://a.example/ b",
            "https://a.example/\"x",
            "https://ä.example",
            "https://a.example/\n",
        ] {
            assert!(!read(json!(url)), "{url}");
        }
    }

    #[test]
    fn an_amount_may_be_a_number() {
        assert_eq!(amount(json!("0.10000000")).unwrap(), "0.10000000");
        assert_eq!(amount(json!(0.1)).unwrap(), "0.1");
        assert!(amount(json!(null)).is_err());
    }
}
