//! Rules of this repository that no compiler checks.

use std::{fmt, fs, process::Command};

use anyhow::{Context, bail};

use crate::{examples, workspace::Workspace};

/// A pattern that must not stand in certain files, and why.
struct Rule {
    /// Where it counts.
    applies: fn(&str) -> bool,
    /// Whether a line breaks it.
    breaks: fn(&str) -> bool,
    reason: &'static str,
}

const RULES: [Rule; 4] = [
    Rule {
        applies: |_| true,
        breaks: |line| HOMES.iter().any(|home| names_home(line, home)),
        reason: "a path of one machine",
    },
    Rule {
        applies: |path| is_guest(path) && path.ends_with(".rs"),
        breaks: |line| {
            let upper = line.to_ascii_uppercase();
            ["\"BEGIN", "\"START TRANSACTION", "\"ROLLBACK", "\"COMMIT"]
                .iter()
                .any(|word| upper.contains(word))
        },
        reason: "guests never open a transaction: one statement per write (ARCHITECTURE 3, rule 1)",
    },
    Rule {
        // Migrations come before functions.
        applies: |path| {
            path.ends_with(".sql")
                && !path.ends_with("/now.sql")
                && !path.starts_with("infra/migrations/")
        },
        breaks: calls_plain_now,
        reason: "SQL says platform.now(), which tests can move, never now() (ARCHITECTURE 4)",
    },
    Rule {
        applies: |path| is_guest(path) && path.ends_with(".sql"),
        breaks: |line| line.to_ascii_lowercase().contains("select *"),
        reason: "columns are listed (STYLE: SQL is code)",
    },
];

/// Names that say nothing about a file's subject.
const EMPTY_NAMES: [&str; 5] = ["utils", "helpers", "common", "misc", "manager"];

/// Folders of people; put together here so that this file does not break its own rule.
const HOMES: [&str; 3] = ["root", "home", "Users"];

/// One broken rule.
pub(crate) struct Finding {
    path: String,
    line: usize,
    text: String,
    reason: &'static str,
}

impl fmt::Display for Finding {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            to,
            "{}:{}: {}\n    {}",
            self.path,
            self.line,
            self.reason,
            self.text.trim()
        )
    }
}

/// Checks all files that git tracks.
pub(crate) fn check(workspace: &Workspace) -> anyhow::Result<Vec<Finding>> {
    let output = Command::new("git")
        .args(["ls-files", "-z"])
        .current_dir(workspace.root())
        .output()
        .context("starting git")?;
    if !output.status.success() {
        bail!(
            "git ls-files: {}",
            String::from_utf8_lossy(&output.stderr).trim()
        );
    }
    let mut findings = Vec::new();
    for path in String::from_utf8(output.stdout)?
        .split('\0')
        .filter(|path| !path.is_empty())
    {
        findings.extend(name_finding(path));
        findings.extend(example_finding(workspace, path));
        // Not text, or removed but not yet committed.
        let Ok(text) = fs::read_to_string(workspace.path(path)) else {
            continue;
        };
        findings.extend(text_findings(path, &text));
    }
    Ok(findings)
}

fn name_finding(path: &str) -> Option<Finding> {
    let stem = path.rsplit('/').next()?.split('.').next()?;
    let folder = path.rsplit('/').nth(1).unwrap_or_default();
    let empty = path.ends_with(".rs")
        && (EMPTY_NAMES.contains(&stem) || (stem == "mod" && EMPTY_NAMES.contains(&folder)));
    empty.then(|| Finding {
        path: path.to_owned(),
        line: 1,
        text: stem.to_owned(),
        reason: "a file is named after its one subject (STYLE)",
    })
}

/// An example that nobody runs.
fn example_finding(workspace: &Workspace, path: &str) -> Option<Finding> {
    let (package, _) = path
        .split_once("/src/")
        .or_else(|| path.rsplit_once("/README.md"))?;
    let read = |path: &str| fs::read_to_string(workspace.path(path)).ok();
    let silent = read(&format!("{package}/Cargo.toml"))?.contains("doctest = false");
    (silent && examples::are_in(&read(path)?)).then(|| Finding {
        path: path.to_owned(),
        line: 1,
        text: String::new(),
        reason: "an example in a package whose Cargo.toml says `doctest = false`: take that line out",
    })
}

fn text_findings(path: &str, text: &str) -> Vec<Finding> {
    let mut findings = Vec::new();
    for rule in RULES.iter().filter(|rule| (rule.applies)(path)) {
        for (index, line) in text.lines().enumerate() {
            if (rule.breaks)(line) {
                findings.push(Finding {
                    path: path.to_owned(),
                    line: index + 1,
                    text: line.to_owned(),
                    reason: rule.reason,
                });
            }
        }
    }
    findings
}

fn is_guest(path: &str) -> bool {
    (path.starts_with("crates/") || path.starts_with("components/")) && !path.contains("/tests/")
}

/// Whether a line names something below somebody's home: `/<home>/` at the beginning of a path.
fn names_home(line: &str, home: &str) -> bool {
    let needle = format!("/{home}/");
    line.match_indices(&needle).any(|(at, _)| {
        let before = line.get(..at).and_then(|text| text.chars().next_back());
        before.is_none_or(|letter| {
            !letter.is_alphanumeric() && !matches!(letter, '_' | '-' | '.' | '/' | '}' | '*' | ')')
        })
    })
}

/// Whether a line calls `now()`, or what means the same, without our schema.
fn calls_plain_now(line: &str) -> bool {
    let line = line.to_ascii_lowercase();
    let code = line.split("--").next().unwrap_or_default();
    if code.contains("current_timestamp") {
        return true;
    }
    code.match_indices("now()").any(|(at, _)| {
        let before = code.get(..at).unwrap_or_default();
        !before.ends_with("platform.")
            && !before.ends_with(|letter: char| letter.is_alphanumeric() || letter == '_')
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn broken(path: &str, line: &str) -> usize {
        text_findings(path, line).len() + usize::from(name_finding(path).is_some())
    }

    #[test]
    fn each_rule_finds_what_it_forbids_and_nothing_else() {
        for (path, line, expected) in [
            ("docs/a.md", format!("see /{}/project/file", HOMES[0]), 1),
            ("docs/a.md", format!("GET /api/v1/{}/x", HOMES[1]), 0),
            (
                "crates/blog/src/store.rs",
                r#"execute("begin")"#.to_owned(),
                1,
            ),
            ("crates/blog/src/store.rs", "let begin = 1;".to_owned(), 0),
            (
                "crates/blog/tests/postgres/post.rs",
                r#"execute("begin")"#.to_owned(),
                0,
            ),
            (
                "infra/migrate/src/run.rs",
                r#"execute("begin")"#.to_owned(),
                0,
            ),
            ("crates/blog/sql/post.sql", "select now()".to_owned(), 1),
            (
                "crates/blog/sql/post.sql",
                "select platform.now()".to_owned(),
                0,
            ),
            (
                "crates/blog/sql/post.sql",
                "-- not now() but platform.now()".to_owned(),
                0,
            ),
            (
                "crates/blog/sql/post.sql",
                "default current_timestamp".to_owned(),
                1,
            ),
            (
                "crates/blog/sql/post.sql",
                "select * from blog.posts".to_owned(),
                1,
            ),
            ("crates/blog/src/utils.rs", String::new(), 1),
            ("crates/blog/src/misc/mod.rs", String::new(), 1),
            ("crates/blog/src/slug.rs", String::new(), 0),
        ] {
            assert_eq!(broken(path, &line), expected, "{path}: {line}");
        }
    }
}
