//! The mirrors that this machine's apt installs Debian from.

use std::{
    fs,
    path::{Path, PathBuf},
};

const SUITES: [&str; 8] = [
    "bullseye", "bookworm", "trixie", "forky", "duke", "stable", "testing", "unstable",
];

/// How the suites of security updates end.
const SECURITY: &str = "-security";

/// Where this machine installs Debian from.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Mirrors {
    main: String,
    security: String,
}

impl Mirrors {
    /// Those of apt's sources, if they name one of the main archive.
    pub(crate) fn of_machine() -> Option<Self> {
        let mut files = vec![PathBuf::from("/etc/apt/sources.list")];
        if let Ok(entries) = fs::read_dir("/etc/apt/sources.list.d") {
            files.extend(entries.flatten().map(|entry| entry.path()));
        }
        let entries: Vec<_> = files.iter().flat_map(|file| entries_of(file)).collect();
        Self::among(&entries)
    }

    /// Where nothing names the security updates' archive, it is taken to lie beside the main one, as mirrors have it.
    fn among(entries: &[Entry]) -> Option<Self> {
        let main = entries.iter().find(|entry| entry.is_debian())?.uri.clone();
        let named = entries.iter().find(|entry| entry.is_security());
        let security = match named {
            Some(entry) => entry.uri.clone(),
            None => format!("{}-security", main.trim_end_matches('/')),
        };
        Some(Self { main, security })
    }

    /// The archive that has a suite.
    pub(crate) fn of_suite(&self, suite: &str) -> &str {
        if suite.ends_with(SECURITY) {
            &self.security
        } else {
            &self.main
        }
    }
}

fn entries_of(file: &Path) -> Vec<Entry> {
    let Ok(text) = fs::read_to_string(file) else {
        return Vec::new();
    };
    match file.extension().and_then(|extension| extension.to_str()) {
        Some("list") => one_line_entries(&text),
        Some("sources") => deb822_entries(&text),
        _ => Vec::new(),
    }
}

/// One archive of apt's sources.
#[derive(Debug, PartialEq, Eq)]
struct Entry {
    uri: String,
    suites: Vec<String>,
    components: Vec<String>,
}

impl Entry {
    /// Whether it is the main archive; security updates and other vendors have their own.
    fn is_debian(&self) -> bool {
        self.has(|suite| SUITES.contains(&suite))
    }

    /// Whether it is the archive of security updates.
    fn is_security(&self) -> bool {
        self.has(|suite| {
            suite
                .strip_suffix(SECURITY)
                .is_some_and(|release| SUITES.contains(&release))
        })
    }

    fn has(&self, is_suite: impl Fn(&str) -> bool) -> bool {
        self.suites.iter().any(|suite| is_suite(suite))
            && self.components.iter().any(|name| name == "main")
    }
}

/// `deb [options] uri suite component…`
fn one_line_entries(text: &str) -> Vec<Entry> {
    text.lines()
        .filter_map(|line| {
            let line = line
                .split('#')
                .next()?
                .trim()
                .strip_prefix("deb ")?
                .trim_start();
            let rest = match line.strip_prefix('[') {
                Some(options) => options.split_once(']')?.1,
                None => line,
            };
            let mut words = rest.split_whitespace().map(str::to_owned);
            Some(Entry {
                uri: words.next()?,
                suites: vec![words.next()?],
                components: words.collect(),
            })
        })
        .collect()
}

/// Paragraphs with `Types`, `URIs`, `Suites` and `Components`.
fn deb822_entries(text: &str) -> Vec<Entry> {
    let lines: Vec<_> = text.lines().filter(|line| !line.starts_with('#')).collect();
    lines
        .split(|line| line.trim().is_empty())
        .filter_map(|paragraph| {
            let field = |name: &str| field(paragraph, name);
            let enabled = field("Enabled").first().is_none_or(|value| value != "no");
            if !enabled || !field("Types").iter().any(|kind| kind == "deb") {
                return None;
            }
            Some(Entry {
                uri: field("URIs").into_iter().next()?,
                suites: field("Suites"),
                components: field("Components"),
            })
        })
        .collect()
}

/// The words of a field; lines that begin with a blank continue it.
fn field(paragraph: &[&str], name: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut inside = false;
    for line in paragraph {
        let value = if line.starts_with([' ', '\t']) {
            if inside { Some(*line) } else { None }
        } else {
            let (key, value) = line.split_once(':').unwrap_or((line, ""));
            inside = key.eq_ignore_ascii_case(name);
            inside.then_some(value)
        };
        words.extend(
            value
                .into_iter()
                .flat_map(str::split_whitespace)
                .map(str::to_owned),
        );
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_mirror_is_read_from_one_line_sources() {
        let text = "# deb http://old/debian bookworm main\n\
                    deb http://security/debian-security bookworm-security main\n\
                    deb https://vendor/apt bookworm stable\n\
                    deb [arch=amd64 signed-by=/k.gpg] http://mirror/debian bookworm main contrib # ours\n";
        let entries = one_line_entries(text);
        let mirrors = Mirrors::among(&entries).unwrap();
        assert_eq!(mirrors.of_suite("trixie"), "http://mirror/debian");
        assert_eq!(
            mirrors.of_suite("bookworm-security"),
            "http://security/debian-security"
        );
    }

    #[test]
    fn the_mirror_is_read_from_paragraphs() {
        let text = "Types: deb\nURIs: http://off/debian\nSuites: bookworm\nComponents: main\nEnabled: no\n\n\
                    Types: deb\n# a remark\nURIs: http://mirror/debian\nSuites:\n bookworm\n bookworm-updates\nComponents: main\nSigned-By: /k.gpg\n\n\
                    Types: deb\nURIs: http://security/debian-security\nSuites: bookworm-security\nComponents: main\n";
        let entries = deb822_entries(text);
        assert_eq!(entries.len(), 2);
        let mirrors = Mirrors::among(&entries).unwrap();
        assert_eq!(mirrors.of_suite("trixie"), "http://mirror/debian");
        assert_eq!(
            mirrors.of_suite("bookworm-security"),
            "http://security/debian-security"
        );
    }

    #[test]
    fn security_updates_that_no_source_names_lie_beside_the_main_archive() {
        let entries = one_line_entries("deb http://mirror/debian/ unstable main\n");
        let mirrors = Mirrors::among(&entries).unwrap();
        assert_eq!(mirrors.of_suite("unstable"), "http://mirror/debian/");
        assert_eq!(
            mirrors.of_suite("bookworm-security"),
            "http://mirror/debian-security"
        );
    }

    #[test]
    fn other_vendors_archives_are_not_the_mirror() {
        let text = "Types: deb\nURIs: https://vendor/node\nSuites: nodistro\nComponents: main\n";
        assert_eq!(Mirrors::among(&deb822_entries(text)), None);
    }
}
