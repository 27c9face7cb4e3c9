//! What docs/security says is shown: the tests are there under the names that it gives, and no demand is left out.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};

/// Sources by the names of their files.
type Sources = BTreeMap<String, Vec<String>>;

/// ASVS 5.0.0, levels 1 and 2: sections of V6, V7, V9 and V10, and their lines.
const ASVS: &[(&str, RangeInclusive<u32>)] = &[
    ("6.1.", 1..=3),
    ("6.2.", 1..=12),
    ("6.3.", 1..=4),
    ("6.4.", 1..=4),
    ("6.5.", 1..=5),
    ("6.6.", 1..=3),
    ("6.8.", 1..=4),
    ("7.1.", 1..=3),
    ("7.2.", 1..=4),
    ("7.3.", 1..=2),
    ("7.4.", 1..=5),
    ("7.5.", 1..=2),
    ("7.6.", 1..=2),
    ("9.1.", 1..=3),
    ("9.2.", 1..=4),
    ("10.1.", 1..=2),
    ("10.2.", 1..=2),
    ("10.3.", 1..=4),
    ("10.4.", 1..=11),
    ("10.5.", 1..=5),
    ("10.6.", 1..=2),
    ("10.7.", 1..=3),
];

/// RFC 9700 and OAuth 2.1, refresh tokens, and the failures that others had.
const OAUTH: &[(&str, RangeInclusive<u32>)] = &[("B", 1..=27), ("R", 1..=7), ("5.", 1..=20)];

/// The modules of OpenID's Basic OP certification (facts/identity.md 2.2), without `oidcc-`.
const MODULES: [&str; 38] = [
    "server",
    "idtoken-signature",
    "idtoken-unsigned",
    "response-type-missing",
    "userinfo-get",
    "userinfo-post-header",
    "userinfo-post-body",
    "scope-profile",
    "scope-email",
    "scope-address",
    "scope-phone",
    "scope-all",
    "ensure-other-scope-order-succeeds",
    "claims-essential",
    "ensure-request-without-nonce-succeeds-for-code-flow",
    "display-page",
    "display-popup",
    "ui-locales",
    "claims-locales",
    "ensure-request-with-acr-values-succeeds",
    "ensure-request-with-unknown-parameter-succeeds",
    "ensure-request-with-valid-pkce-succeeds",
    "ensure-post-request-succeeds",
    "prompt-login",
    "prompt-none-logged-in",
    "prompt-none-not-logged-in",
    "max-age-1",
    "max-age-10000",
    "id-token-hint",
    "login-hint",
    "codereuse",
    "codereuse-30seconds",
    "ensure-registered-redirect-uri",
    "server-client-secret-post",
    "unsigned-request-object-supported-correctly-or-rejected-as-unsupported",
    "request-uri-unsigned-supported-correctly-or-rejected-as-unsupported",
    "ensure-request-object-with-redirect-uri",
    "refresh-token",
];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn document(name: &str) -> String {
    fs::read_to_string(root().join("docs/security").join(name)).unwrap()
}

fn collect(folder: &Path, sources: &mut Sources) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_stem().unwrap().to_str().unwrap();
        if path.is_dir() {
            if name != "target" && name != "node_modules" {
                collect(&path, sources);
            }
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            let text = fs::read_to_string(&path).unwrap();
            sources.entry(name.to_owned()).or_default().push(text);
        }
    }
}

/// Whether `file::function`, `file::*`, `folder::file` or a function alone is there; `…` stands for the rest of a long name.
fn is_there(name: &str, sources: &Sources) -> bool {
    let mut parts = name.rsplit("::");
    let last = parts.next().unwrap();
    let file = parts.next().and_then(|part| part.rsplit('/').next());
    if last == "*" {
        return file.is_some_and(|file| sources.contains_key(file));
    }
    let function = match last.strip_suffix('…') {
        Some(start) => format!("fn {start}"),
        None => format!("fn {last}("),
    };
    let has = |texts: &Vec<String>| texts.iter().any(|text| text.contains(&function));
    match file {
        Some(file) => sources.contains_key(last) || sources.get(file).is_some_and(has),
        None => sources.values().any(has),
    }
}

/// What a document calls by name between backticks: what has a path, and what is as long as our tests' names are.
fn names(text: &str) -> impl Iterator<Item = &str> {
    text.split('`').skip(1).step_by(2).filter(|span| {
        span.chars()
            .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || "_:/*…".contains(c))
            && (span.contains("::") || span.matches('_').count() >= 5)
    })
}

/// The letters before a number, and the number.
fn parts(id: &str) -> (&str, u32) {
    let at = id
        .rfind(|c: char| !c.is_ascii_digit())
        .map_or(0, |at| at + 1);
    (&id[..at], id[at..].parse().unwrap())
}

/// The ids in the first columns of a document's tables: `B1`, `B4, B5`, `B13–B15`.
fn ids(text: &str) -> BTreeSet<String> {
    let mut ids = BTreeSet::new();
    for line in text.lines().filter(|line| line.starts_with("| ")) {
        let column = line.split('|').nth(1).unwrap().replace("(3)", "");
        for id in column.split(',').map(str::trim) {
            match id.split_once('–') {
                Some((first, last)) => {
                    let ((letters, first), (_, last)) = (parts(first), parts(last));
                    ids.extend((first..=last).map(|number| format!("{letters}{number}")));
                }
                None => {
                    ids.insert(id.to_owned());
                }
            }
        }
    }
    ids
}

#[test]
fn every_test_that_the_documents_name_is_there() {
    let mut sources = Sources::new();
    for folder in ["crates", "runtime-tests"] {
        collect(&root().join(folder), &mut sources);
    }
    for name in ["asvs.md", "oauth.md"] {
        let text = document(name);
        let missing: Vec<&str> = names(&text)
            .filter(|name| !is_there(name, &sources))
            .collect();
        assert!(missing.is_empty(), "{name}: {missing:?}");
        assert!(names(&text).count() > 50, "{name} is read");
    }
    for gone in ["code::a_code_lives_an_hour", "nowhere::*", "code::a_cod_…"] {
        assert!(!is_there(gone, &sources), "{gone}");
    }
}

#[test]
fn no_demand_is_left_out() {
    for (name, demands) in [("asvs.md", ASVS), ("oauth.md", OAUTH)] {
        let ids = ids(&document(name));
        for (section, lines) in demands {
            for line in lines.clone() {
                let id = format!("{section}{line}");
                assert!(ids.contains(&id), "{name} says nothing of {id}");
            }
        }
    }
    let ids = ids(&document("oauth.md"));
    for module in MODULES {
        assert!(ids.contains(module), "oauth.md says nothing of {module}");
    }
}

/// Whoever changes a test is to see what hangs on it.
#[test]
fn each_demand_is_named_by_a_test() {
    let mut sources = Sources::new();
    collect(&root().join("crates/identity/tests"), &mut sources);
    // They speak of all of them.
    for name in ["main", "documents"] {
        sources.remove(name);
    }
    let named = |id: &str| {
        sources.values().flatten().any(|text| {
            text.match_indices(id).any(|(at, _)| {
                let before = text[..at].chars().next_back();
                let after = text[at + id.len()..].chars().next();
                !before.is_some_and(char::is_alphanumeric)
                    && !after.is_some_and(|c| c.is_ascii_digit())
            })
        })
    };
    for (section, lines) in OAUTH {
        for line in lines.clone() {
            let id = if *section == "5." {
                format!("facts/identity.md {section}{line}")
            } else {
                format!("{section}{line}")
            };
            assert!(named(&id), "no test names {id}");
        }
    }
    assert!(!named("B28") && !named("facts/identity.md 5.21"));
}
