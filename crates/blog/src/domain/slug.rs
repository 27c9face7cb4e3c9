//! Slugs: the part of a post's address that people read.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;
use uuid::Uuid;

/// Characters at most; what makes a slug unique comes on top.
const MAX_CHARS: usize = 80;

/// What pages live under beside posts; `feed` is a route of the RealWorld API, which shows the same posts.
const RESERVED: &[&str] = &["feed", "search", "tags"];

/// The slug that a title wishes for: letters and digits of any script in lower case, hyphens for the rest. A title without
/// any falls back on the post's id.
#[must_use]
pub fn from_title(title: &str, id: Uuid) -> String {
    let mut slug = String::new();
    let mut letters = 0;
    for letter in normalise(title).chars() {
        if letters == MAX_CHARS {
            break;
        }
        if letter.is_alphanumeric()
            || (is_combining_mark(letter) && !slug.is_empty() && !slug.ends_with('-'))
        {
            slug.push(letter);
        } else if is_silent(letter) || slug.is_empty() || slug.ends_with('-') {
            continue;
        } else {
            slug.push('-');
        }
        letters += 1;
    }
    let slug = slug.trim_end_matches('-');
    if slug.is_empty() {
        let id = id.simple().to_string();
        return format!("post-{}", id.get(20..).unwrap_or(&id));
    }
    if RESERVED.contains(&slug) {
        format!("{slug}-post")
    } else {
        slug.to_owned()
    }
}

/// A slug that an author chose.
///
/// # Errors
/// What would be allowed.
pub fn chosen(text: &str) -> Result<String, String> {
    let slug = from_title(text, Uuid::nil());
    if normalise(text) == slug {
        Ok(slug)
    } else {
        Err(
            "may hold letters and digits in lower case with hyphens between, up to 80 characters"
                .into(),
        )
    }
}

/// A slug in an address, in the form in which slugs are stored.
#[must_use]
pub fn normalise(text: &str) -> String {
    text.nfkc()
        .collect::<String>()
        .to_lowercase()
        .nfkc()
        .collect()
}

/// Within a word: apostrophes, soft hyphens, joiners, marks of direction.
fn is_silent(letter: char) -> bool {
    matches!(letter, '\'' | '\u{2019}' | '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{fe0f}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn titles_wish_for_these_slugs() {
        let id = Uuid::from_u128(0x0198_0000_0000_7000_8000_0123_4567_89ab);
        let cases = [
            ("Hello, World!", "hello-world"),
            ("  --Spaces  and -- dashes--  ", "spaces-and-dashes"),
            ("Don't panic: it’s fine", "dont-panic-its-fine"),
            ("Größe & Straße", "größe-straße"),
            ("ＦＵＬＬ ｗｉｄｔｈ", "full-width"),
            ("ﬁne ²", "fine-2"),
            ("Привет, мир", "привет-мир"),
            ("你好，世界", "你好-世界"),
            ("हिन्दी में", "हिन्दी-में"),
            ("שלום עולם", "שלום-עולם"),
            ("e\u{301}te\u{301}", "été"),
            ("İstanbul", "i\u{307}stanbul"),
            ("\u{202e}desrever\u{202c}", "desrever"),
            ("zero\u{200b}width", "zerowidth"),
            ("../../etc/passwd", "etc-passwd"),
            ("a%2Fb?c#d", "a-2fb-c-d"),
            ("C++ & C#", "c-c"),
            ("👩‍👩‍👧 family", "family"),
            ("???", "post-0123456789ab"),
            ("🎉", "post-0123456789ab"),
            ("\u{301}", "post-0123456789ab"),
            ("Tags", "tags-post"),
            ("search", "search-post"),
            ("Feed", "feed-post"),
            ("Feeds", "feeds"),
        ];
        for (title, slug) in cases {
            assert_eq!(from_title(title, id), slug, "{title:?}");
            if !RESERVED.contains(&normalise(title).as_str()) {
                assert_eq!(
                    normalise(&from_title(title, id)),
                    slug,
                    "a slug is its own normal form: {title:?}"
                );
            }
        }
        assert_eq!(from_title(&"long ".repeat(100), id).chars().count(), 79);
    }

    #[test]
    fn authors_choose_slugs_that_need_no_change() {
        for text in ["hello-world", "größe", "2026", "Hello"] {
            assert_eq!(chosen(text), Ok(normalise(text)), "{text}");
        }
        for text in [
            "",
            "a b",
            "-a",
            "a--b",
            "a/b",
            "tags",
            "search",
            "feed",
            "a.b",
            &"a".repeat(81),
        ] {
            assert!(chosen(text).is_err(), "{text}");
        }
    }
}
