//! Classes for the words of code: keywords, strings, numbers and comments of the languages that blogs are full of. No grammar: a
//! lexer that looks once at each character, so that it cannot be made to work long, and that is wrong at worst in colour.

use std::fmt::Write;

/// A longer block stays plain.
const MAX_BYTES: usize = 64 * 1024;
/// Marked words of a document at most: each is an element for the HTML parser.
pub(crate) const MAX_MARKS: usize = 20_000;

/// How a language's words look.
struct Language {
    names: &'static [&'static str],
    keywords: &'static [&'static str],
    line_comments: &'static [&'static str],
    block_comment: Option<(&'static str, &'static str)>,
    quotes: &'static [char],
    /// `'` may also stand before a lifetime: it opens a string only if it is closed soon.
    short_quotes: bool,
    ignores_case: bool,
}

const C_LIKE: Language = Language {
    names: &[],
    keywords: &[],
    line_comments: &["//"],
    block_comment: Some(("/*", "*/")),
    quotes: &['"', '\''],
    short_quotes: false,
    ignores_case: false,
};

const LANGUAGES: &[Language] = &[
    Language {
        names: &["rust", "rs"],
        keywords: &[
            "as", "async", "await", "break", "const", "continue", "crate", "dyn", "else", "enum",
            "extern", "false", "fn", "for", "if", "impl", "in", "let", "loop", "match", "mod",
            "move", "mut", "pub", "ref", "return", "self", "Self", "static", "struct", "super",
            "trait", "true", "type", "unsafe", "use", "where", "while",
        ],
        short_quotes: true,
        ..C_LIKE
    },
    Language {
        names: &["javascript", "js", "jsx", "typescript", "ts", "tsx"],
        keywords: &[
            "abstract",
            "any",
            "as",
            "async",
            "await",
            "boolean",
            "break",
            "case",
            "catch",
            "class",
            "const",
            "continue",
            "default",
            "delete",
            "do",
            "else",
            "enum",
            "export",
            "extends",
            "false",
            "finally",
            "for",
            "from",
            "function",
            "if",
            "implements",
            "import",
            "in",
            "instanceof",
            "interface",
            "let",
            "new",
            "null",
            "number",
            "of",
            "private",
            "public",
            "readonly",
            "return",
            "static",
            "string",
            "super",
            "switch",
            "this",
            "throw",
            "true",
            "try",
            "type",
            "typeof",
            "undefined",
            "var",
            "void",
            "while",
            "yield",
        ],
        quotes: &['"', '\'', '`'],
        ..C_LIKE
    },
    Language {
        names: &["python", "py"],
        keywords: &[
            "and", "as", "assert", "async", "await", "break", "case", "class", "continue", "def",
            "del", "elif", "else", "except", "False", "finally", "for", "from", "global", "if",
            "import", "in", "is", "lambda", "match", "None", "nonlocal", "not", "or", "pass",
            "raise", "return", "self", "True", "try", "while", "with", "yield",
        ],
        line_comments: &["#"],
        block_comment: None,
        ..C_LIKE
    },
    Language {
        names: &["go", "golang"],
        keywords: &[
            "break",
            "case",
            "chan",
            "const",
            "continue",
            "default",
            "defer",
            "else",
            "fallthrough",
            "false",
            "for",
            "func",
            "go",
            "goto",
            "if",
            "import",
            "interface",
            "map",
            "nil",
            "package",
            "range",
            "return",
            "select",
            "struct",
            "switch",
            "true",
            "type",
            "var",
        ],
        quotes: &['"', '\'', '`'],
        ..C_LIKE
    },
    Language {
        names: &[
            "c", "h", "cpp", "c++", "cc", "hpp", "java", "kotlin", "kt", "csharp", "cs", "c#",
            "swift", "scala",
        ],
        keywords: &[
            "abstract",
            "auto",
            "bool",
            "boolean",
            "break",
            "byte",
            "case",
            "catch",
            "char",
            "class",
            "const",
            "constexpr",
            "continue",
            "default",
            "delete",
            "do",
            "double",
            "else",
            "enum",
            "extends",
            "extern",
            "false",
            "final",
            "finally",
            "float",
            "for",
            "fun",
            "func",
            "goto",
            "if",
            "implements",
            "import",
            "inline",
            "int",
            "interface",
            "internal",
            "let",
            "long",
            "namespace",
            "new",
            "null",
            "nullptr",
            "object",
            "operator",
            "override",
            "package",
            "private",
            "protected",
            "public",
            "return",
            "short",
            "signed",
            "sizeof",
            "static",
            "string",
            "struct",
            "super",
            "switch",
            "template",
            "this",
            "throw",
            "throws",
            "true",
            "try",
            "typedef",
            "typename",
            "union",
            "unsigned",
            "using",
            "val",
            "var",
            "virtual",
            "void",
            "volatile",
            "while",
        ],
        ..C_LIKE
    },
    Language {
        names: &["bash", "sh", "shell", "zsh", "console"],
        keywords: &[
            "case", "do", "done", "elif", "else", "esac", "exit", "export", "fi", "for",
            "function", "if", "in", "local", "return", "set", "then", "unset", "until", "while",
        ],
        line_comments: &["#"],
        block_comment: None,
        ..C_LIKE
    },
    Language {
        names: &["ruby", "rb", "elixir", "ex"],
        keywords: &[
            "begin",
            "break",
            "case",
            "class",
            "def",
            "defmodule",
            "do",
            "else",
            "elsif",
            "end",
            "ensure",
            "false",
            "fn",
            "for",
            "if",
            "in",
            "module",
            "next",
            "nil",
            "not",
            "or",
            "require",
            "rescue",
            "return",
            "self",
            "super",
            "then",
            "true",
            "unless",
            "until",
            "when",
            "while",
            "yield",
        ],
        line_comments: &["#"],
        block_comment: None,
        ..C_LIKE
    },
    Language {
        names: &["sql", "postgres", "postgresql", "plpgsql"],
        keywords: &[
            "all",
            "alter",
            "and",
            "as",
            "asc",
            "begin",
            "between",
            "by",
            "case",
            "check",
            "conflict",
            "constraint",
            "create",
            "cross",
            "default",
            "delete",
            "desc",
            "distinct",
            "do",
            "drop",
            "else",
            "end",
            "exists",
            "false",
            "for",
            "foreign",
            "from",
            "function",
            "group",
            "having",
            "if",
            "in",
            "index",
            "inner",
            "insert",
            "into",
            "is",
            "join",
            "key",
            "language",
            "lateral",
            "left",
            "like",
            "limit",
            "not",
            "null",
            "on",
            "or",
            "order",
            "outer",
            "primary",
            "references",
            "replace",
            "returning",
            "returns",
            "right",
            "select",
            "set",
            "table",
            "then",
            "true",
            "union",
            "unique",
            "update",
            "using",
            "values",
            "view",
            "when",
            "where",
            "with",
        ],
        line_comments: &["--"],
        ignores_case: true,
        ..C_LIKE
    },
    Language {
        names: &[
            "toml",
            "yaml",
            "yml",
            "ini",
            "dockerfile",
            "makefile",
            "make",
        ],
        keywords: &[
            "true",
            "false",
            "null",
            "yes",
            "no",
            "FROM",
            "RUN",
            "COPY",
            "CMD",
            "ENTRYPOINT",
            "ENV",
            "WORKDIR",
            "EXPOSE",
        ],
        line_comments: &["#"],
        block_comment: None,
        ..C_LIKE
    },
    Language {
        names: &["json", "jsonc", "json5"],
        keywords: &["true", "false", "null"],
        quotes: &['"'],
        ..C_LIKE
    },
    Language {
        names: &["css", "scss", "less"],
        line_comments: &[],
        ..C_LIKE
    },
    Language {
        names: &["html", "xml", "svg"],
        line_comments: &[],
        block_comment: Some(("<!--", "-->")),
        quotes: &['"'],
        ..C_LIKE
    },
    Language {
        names: &["lua", "haskell", "hs"],
        keywords: &[
            "and", "break", "case", "class", "data", "deriving", "do", "else", "elseif", "end",
            "false", "for", "function", "if", "import", "in", "instance", "let", "local", "module",
            "nil", "not", "of", "or", "repeat", "return", "then", "true", "type", "until", "where",
            "while",
        ],
        line_comments: &["--"],
        block_comment: None,
        ..C_LIKE
    },
];

/// Whether a block of this language gets classes.
pub(crate) fn knows(name: &str) -> bool {
    language(name).is_some()
}

fn language(name: &str) -> Option<&'static Language> {
    let name = name.to_ascii_lowercase();
    LANGUAGES
        .iter()
        .find(|language| language.names.contains(&name.as_str()))
}

/// Escaped HTML of a block, its words marked while `marks` allows.
pub(crate) fn highlight(name: &str, source: &str, marks: &mut usize) -> String {
    let mut html = String::with_capacity(source.len() * 2);
    let Some(language) = language(name).filter(|_| source.len() <= MAX_BYTES) else {
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
        let end = rest.find("..").map_or(end, |dots| end.min(dots.max(1)));
        return (Some("number"), end);
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
