//! Classes for the words of code: keywords, strings, numbers and comments of the languages that blogs are full of. No grammar: a
//! lexer that looks once at each character, so that it cannot be made to work long, and that is wrong at worst in colour.

mod language;

use std::fmt::Write;

use language::Language;

/// A longer block stays plain.
const MAX_BYTES: usize = 64 * 1024;
/// Marked words of a document at most: each is an element for the HTML parser.
pub(crate) const MAX_MARKS: usize = 20_000;

/// Whether a block of this language gets classes.
pub(crate) fn knows(name: &str) -> bool {
    Language::named(name).is_some()
}

/// Escaped HTML of a block, its words marked while `marks` allows.
pub(crate) fn highlight(name: &str, source: &str, marks: &mut usize) -> String {
    let mut html = String::with_capacity(source.len() * 2);
    let Some(language) = Language::named(name).filter(|_| source.len() <= MAX_BYTES) else {
        escape(source, &mut html);
        return html;
    };
    let mut rest = source;
    while let Some(first) = rest.chars().next() {
        let (class, length) = token(language, rest, first);
        let (word, after) = rest.split_at_checked(length).unwrap_or((rest, ""));
        match class {
            Some(class) if *marks > 0 => {
                *marks -= 1;
                let _ = write!(html, "<span class=\"hl-{class}\">");
                escape(word, &mut html);
                html.push_str("</span>");
            }
            _ => escape(word, &mut html),
        }
        rest = after;
    }
    html
}

/// What stands at the beginning, and how many bytes of it.
fn token(language: &Language, rest: &str, first: char) -> (Option<&'static str>, usize) {
    if let Some((open, close)) = language.block_comment
        && rest.starts_with(open)
    {
        let end = rest
            .get(open.len()..)
            .and_then(|inside| inside.find(close))
            .map_or(rest.len(), |at| open.len() + at + close.len());
        return (Some("comment"), end);
    }
    if language
        .line_comments
        .iter()
        .any(|mark| rest.starts_with(mark))
    {
        return (Some("comment"), rest.find('\n').unwrap_or(rest.len()));
    }
    if language.quotes.contains(&first) {
        return match string_end(rest, first, language.short_quotes && first == '\'') {
            Some(end) => (Some("string"), end),
            None => (None, first.len_utf8()),
        };
    }
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    if first.is_ascii_digit() {
        let end = rest
            .find(|c: char| !(is_word(c) || c == '.'))
            .unwrap_or(rest.len());
        // `1..2` is a range.
        let number = rest.get(..end).unwrap_or(rest);
        return (Some("number"), number.find("..").unwrap_or(end));
    }
    if is_word(first) {
        let end = rest.find(|c: char| !is_word(c)).unwrap_or(rest.len());
        let word = rest.get(..end).unwrap_or(rest);
        let known = if language.ignores_case {
            language
                .keywords
                .contains(&word.to_ascii_lowercase().as_str())
        } else {
            language.keywords.contains(&word)
        };
        return (known.then_some("keyword"), end);
    }
    (None, first.len_utf8())
}

/// Where a string ends: after its closing quote, or at the end of the line where there is none.
fn string_end(rest: &str, quote: char, short: bool) -> Option<usize> {
    let mut escaped = false;
    for (count, (at, c)) in rest.char_indices().enumerate().skip(1) {
        if escaped {
            escaped = false;
        } else if c == '\\' {
            escaped = true;
        } else if c == quote {
            return Some(at + c.len_utf8());
        } else if c == '\n' && quote != '`' {
            return (!short).then_some(at);
        }
        if short && count > 10 {
            return None;
        }
    }
    (!short).then_some(rest.len())
}

fn escape(text: &str, html: &mut String) {
    for c in text.chars() {
        match c {
            '&' => html.push_str("&amp;"),
            '<' => html.push_str("&lt;"),
            '>' => html.push_str("&gt;"),
            c => html.push(c),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn marked(name: &str, source: &str) -> String {
        highlight(name, source, &mut 100)
            .replace("<span class=\"hl-", "[")
            .replace("\">", ":")
            .replace("</span>", "]")
    }

    #[test]
    fn words_get_the_class_of_their_kind() {
        for (language, source, expected) in [
            (
                "rust",
                "let x: &'a str = \"l\\\"et\"; // let",
                "[keyword:let] x: &amp;'a str = [string:\"l\\\"et\"]; [comment:// let]",
            ),
            (
                "rs",
                "for c in 'a'..='z' {}",
                "[keyword:for] c [keyword:in] [string:'a']..=[string:'z'] {}",
            ),
            ("Rust", "1..20_000u64", "[number:1]..[number:20_000u64]"),
            (
                "python",
                "def f(): # x\n  return 'it''s'",
                "[keyword:def] f(): [comment:# x]\n  [keyword:return] [string:'it'][string:'s']",
            ),
            (
                "js",
                "`a\nb` + 0.5 /* c */ d",
                "[string:`a\nb`] + [number:0.5] [comment:/* c */] d",
            ),
            (
                "sql",
                "SELECT 1 -- one",
                "[keyword:SELECT] [number:1] [comment:-- one]",
            ),
            ("json", "{\"a\": true}", "{[string:\"a\"]: [keyword:true]}"),
            (
                "html",
                "<b class=\"x\"><!-- y -->",
                "&lt;b class=[string:\"x\"]&gt;[comment:&lt;!-- y --&gt;]",
            ),
            ("c", "\"open\nint x;", "[string:\"open]\n[keyword:int] x;"),
            ("c", "/* never closed", "[comment:/* never closed]"),
            ("klingon", "let <x>", "let &lt;x&gt;"),
            ("rust", "größe = 数1", "größe = 数1"),
        ] {
            assert_eq!(marked(language, source), expected, "{language}: {source}");
        }
    }

    #[test]
    fn the_number_of_marks_is_bounded() {
        let mut marks = 3;
        let html = highlight("json", "1 1 1 1 1", &mut marks);
        assert_eq!((html.matches("<span").count(), marks), (3, 0));
        let long = "1 ".repeat(MAX_BYTES);
        assert_eq!(highlight("json", &long, &mut 9), long);
    }
}
