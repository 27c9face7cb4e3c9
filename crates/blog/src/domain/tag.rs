//! Tags.

use std::collections::HashSet;

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// Tags of a post at most.
pub const MAX_TAGS: usize = 10;
/// Characters of a tag at most.
const MAX_CHARS: usize = 40;

/// A tag as it is stored and compared: lower case, hyphens for spaces. `C++`, `.net` and `node.js` stay what they are.
///
/// # Errors
/// What would be allowed.
pub fn normalise(text: &str) -> Result<String, String> {
    let lower = text
        .nfkc()
        .collect::<String>()
        .to_lowercase()
        .nfkc()
        .collect::<String>();
    let tag = lower.split_whitespace().collect::<Vec<_>>().join("-");
    if tag.is_empty() {
        return Err("must not be blank".into());
    }
    if tag.chars().count() > MAX_CHARS {
        return Err(format!("must be at most {MAX_CHARS} characters"));
    }
    if tag.chars().all(is_known) && tag.chars().any(char::is_alphanumeric) {
        Ok(tag)
    } else {
        Err("may hold letters, digits, spaces and - _ + # .".into())
    }
}

fn is_known(letter: char) -> bool {
    letter.is_alphanumeric() || is_combining_mark(letter) || "-_+#.".contains(letter)
}

/// What comes nearest to another program's tag among those that are allowed: hyphens for what a tag cannot hold, cut at its length.
/// Not always a tag: nothing may be left.
#[must_use]
pub fn nearest(text: &str) -> String {
    let known: String = text
        .nfkc()
        .collect::<String>()
        .to_lowercase()
        .nfkc()
        .map(|letter| if is_known(letter) { letter } else { ' ' })
        .collect();
    let tag = known.split_whitespace().collect::<Vec<_>>().join("-");
    let cut: String = tag.chars().take(MAX_CHARS).collect();
    cut.trim_end_matches('-').to_owned()
}

/// The tags of a post: normalised, each once, in the order given.
#[must_use]
pub fn normalise_all(tags: &[String]) -> Vec<String> {
    let mut seen = HashSet::new();
    tags.iter()
        .filter_map(|tag| normalise(tag).ok())
        .filter(|tag| seen.insert(tag.clone()))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_have_one_form() {
        let cases = [
            ("Rust", Ok("rust")),
            ("  Web   Assembly ", Ok("web-assembly")),
            ("C++", Ok("c++")),
            ("C#", Ok("c#")),
            (".NET", Ok(".net")),
            ("ＲＵＳＴ", Ok("rust")),
            ("日本語", Ok("日本語")),
            ("snake_case", Ok("snake_case")),
            ("", Err(())),
            ("  ", Err(())),
            ("--", Err(())),
            ("a/b", Err(())),
            ("a,b", Err(())),
            ("<script>", Err(())),
            ("a\0", Err(())),
        ];
        for (text, tag) in cases {
            assert_eq!(
                normalise(text).map_err(|_| ()),
                tag.map(str::to_owned),
                "{text:?}"
            );
        }
        assert!(normalise(&"a".repeat(41)).is_err());
        let all = normalise_all(&["B".into(), "a".into(), "b".into()]);
        assert_eq!(all, ["b", "a"]);
        let many: Vec<String> = (0..100_000).map(|number| number.to_string()).collect();
        assert_eq!(normalise_all(&many).len(), many.len(), "in no time");
    }

    #[test]
    fn a_foreign_tag_is_as_near_as_it_can_be() {
        for (text, tag) in [
            ("News & More", "news-more"),
            ("A/B", "a-b"),
            ("It's", "it-s"),
            ("C++", "c++"),
            ("  Web   Assembly ", "web-assembly"),
            ("Ｒｕｓｔ!", "rust"),
            ("日本語、言語", "日本語-言語"),
            ("<>", ""),
            ("", ""),
        ] {
            assert_eq!(nearest(text), tag, "{text:?}");
        }
        assert_eq!(
            nearest(&"a ".repeat(60)),
            "a-".repeat(20).trim_end_matches('-')
        );
        assert_eq!(nearest(&"a".repeat(41)), "a".repeat(40));
    }
}
