//! How the words of each language look.

/// The parts of a language that can be told without its grammar.
pub(super) struct Language {
    names: &'static [&'static str],
    pub(super) keywords: &'static [&'static str],
    pub(super) line_comments: &'static [&'static str],
    pub(super) block_comment: Option<(&'static str, &'static str)>,
    pub(super) quotes: &'static [char],
    /// `'` may also stand before a lifetime: it opens a string only if it is closed soon.
    pub(super) short_quotes: bool,
    pub(super) ignores_case: bool,
}

impl Language {
    /// The language that a fenced block names.
    pub(super) fn named(name: &str) -> Option<&'static Self> {
        let name = name.to_ascii_lowercase();
        LANGUAGES
            .iter()
            .find(|language| language.names.contains(&name.as_str()))
    }
}

/// Words as their texts. Every keyword is a token of Rust, too.
macro_rules! words {
    ($($word:tt)*) => { &[$(stringify!($word)),*] };
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
        keywords: words! {
            as async await break const continue crate dyn else enum extern false fn for if impl in let loop match mod move
            mut pub ref return self Self static struct super trait true type unsafe use where while
        },
        short_quotes: true,
        ..C_LIKE
    },
    Language {
        names: &["javascript", "js", "jsx", "typescript", "ts", "tsx"],
        keywords: words! {
            abstract any as async await boolean break case catch class const continue default delete do else enum export
            extends false finally for from function if implements import in instanceof interface let new null number of
            private public readonly return static string super switch this throw true try type typeof undefined var void
            while yield
        },
        quotes: &['"', '\'', '`'],
        ..C_LIKE
    },
    Language {
        names: &["python", "py"],
        keywords: words! {
            and as assert async await break case class continue def del elif else except False finally for from global if
            import in is lambda match None nonlocal not or pass raise return self True try while with yield
        },
        line_comments: &["#"],
        block_comment: None,
        ..C_LIKE
    },
    Language {
        names: &["go", "golang"],
        keywords: words! {
            break case chan const continue default defer else fallthrough false for func go goto if import interface map nil
            package range return select struct switch true type var
        },
        quotes: &['"', '\'', '`'],
        ..C_LIKE
    },
    Language {
        names: &[
            "c", "h", "cpp", "c++", "cc", "hpp", "java", "kotlin", "kt", "csharp", "cs", "c#",
            "swift", "scala",
        ],
        keywords: words! {
            abstract auto bool boolean break byte case catch char class const constexpr continue default delete do double
            else enum extends extern false final finally float for fun func goto if implements import inline int interface
            internal let long namespace new null nullptr object operator override package private protected public return
            short signed sizeof static string struct super switch template this throw throws true try typedef typename union
            unsigned using val var virtual void volatile while
        },
        ..C_LIKE
    },
    Language {
        names: &["bash", "sh", "shell", "zsh", "console"],
        keywords: words! {
            case do done elif else esac exit export fi for function if in local return set then unset until while
        },
        line_comments: &["#"],
        block_comment: None,
        ..C_LIKE
    },
    Language {
        names: &["ruby", "rb", "elixir", "ex"],
        keywords: words! {
            begin break case class def defmodule do else elsif end ensure false fn for if in module next nil not or require
            rescue return self super then true unless until when while yield
        },
        line_comments: &["#"],
        block_comment: None,
        ..C_LIKE
    },
    Language {
        names: &["sql", "postgres", "postgresql", "plpgsql"],
        keywords: words! {
            all alter and as asc begin between by case check conflict constraint create cross default delete desc distinct
            do drop else end exists false for foreign from function group having if in index inner insert into is join key
            language lateral left like limit not null on or order outer primary references replace returning returns right
            select set table then true union unique update using values view when where with
        },
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
        keywords: words! {
            true false null yes no FROM RUN COPY CMD ENTRYPOINT ENV WORKDIR EXPOSE
        },
        line_comments: &["#"],
        block_comment: None,
        ..C_LIKE
    },
    Language {
        names: &["json", "jsonc", "json5"],
        keywords: words! { true false null },
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
        keywords: words! {
            and break case class data deriving do else elseif end false for function if import in instance let local module
            nil not of or repeat return then true type until where while
        },
        line_comments: &["--"],
        block_comment: None,
        ..C_LIKE
    },
];
