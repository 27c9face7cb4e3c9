//! What is deployed agrees with `spin.toml` and the interface. `infra/interop/run kubernetes compose` says far more, with other people's
//! validators; this is what a change of `spin.toml` forgets first.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stderr,
    reason = "helpers of tests stop the test, and a skipped one says so"
)]

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use toml::{Table, Value};

fn read(path: &str) -> String {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    fs::read_to_string(root.join(path)).unwrap()
}

fn manifest() -> Table {
    read("spin.toml").parse().unwrap()
}

/// The names in `[variables]`, those without a default, and those that are secrets.
fn variables() -> [BTreeSet<String>; 3] {
    let manifest = manifest();
    let declared = manifest["variables"].as_table().unwrap();
    let with = |key: &str| {
        declared
            .iter()
            .filter(|(_, about)| about.get(key).and_then(Value::as_bool) == Some(true))
            .map(|(name, _)| name.clone())
            .collect()
    };
    [
        declared.keys().cloned().collect(),
        with("required"),
        with("secret"),
    ]
}

/// The words that stand between two texts, on any line.
fn between(text: &str, before: &str, after: &str) -> BTreeSet<String> {
    text.lines()
        .filter_map(|line| line.split_once(before)?.1.split_once(after))
        .map(|(word, _)| word.to_owned())
        .collect()
}

#[test]
fn the_cluster_binds_every_variable_and_secrets_from_a_secret() {
    let [all, _, secret] = variables();
    let text = read("infra/k8s/base/variables.yaml") + "\n";
    let bound = between(&text.replace('\n', "|\n"), "- name: ", "|");
    assert_eq!(bound, all, "run infra/k8s/variables");
    let from_secrets = between(&text, "name: spindle-secrets, key: ", " ")
        .into_iter()
        .map(|name| name.trim_end_matches(',').to_owned())
        .collect::<BTreeSet<_>>();
    assert_eq!(from_secrets, secret, "run infra/k8s/variables");
}

#[test]
fn compose_gives_the_app_what_it_can_not_start_without() {
    let [all, required, _] = variables();
    let given: BTreeSet<String> = between(
        &read("infra/compose/compose.yaml"),
        "      SPIN_VARIABLE_",
        ": ",
    )
    .into_iter()
    .map(|name| name.to_ascii_lowercase())
    .collect();
    let missing: Vec<_> = required.difference(&given).collect();
    assert!(
        missing.is_empty(),
        "infra/compose/compose.yaml lacks {missing:?}"
    );
    let unknown: Vec<_> = given.difference(&all).collect();
    assert!(
        unknown.is_empty(),
        "infra/compose/compose.yaml sets {unknown:?}, which spin.toml doesn't declare"
    );
}

#[test]
fn the_guide_explains_every_variable() {
    let guide = read("docs/operations.md");
    let [all, ..] = variables();
    let missing: Vec<_> = all
        .iter()
        .filter(|name| !guide.contains(&format!("`{name}`")))
        .collect();
    assert!(missing.is_empty(), "docs/operations.md lacks {missing:?}");
}

#[test]
fn the_ingress_lets_public_routes_through_and_internal_ones_not() {
    let open = between(
        &read("infra/k8s/parts/ingress/ingress.yaml"),
        "- { path: ",
        ",",
    );
    let reached = |request: &str| {
        open.iter()
            .any(|path| request == path || request.starts_with(&format!("{path}/")))
    };
    for closed in [
        "/",
        "/internal/worker/tick",
        "/metrics",
        "/dev/mail",
        "/.well-known/spin/info",
    ] {
        assert!(!reached(closed), "{closed} is open");
    }
    let manifest = manifest();
    for trigger in manifest["trigger"]["http"].as_array().unwrap() {
        let Some(route) = trigger["route"].as_str() else {
            continue;
        };
        let prefix = route.trim_end_matches("/...");
        if !prefix.is_empty() && !prefix.starts_with("/internal") {
            assert!(
                reached(prefix),
                "{route}: add a line to infra/k8s/parts/ingress/ingress.yaml"
            );
        }
    }
}

#[test]
fn probes_ask_for_what_is_served() {
    let paths = between(
        &(read("infra/k8s/base/app.yaml").replace('\n', "|\n")),
        "path: ",
        "|",
    );
    assert_eq!(paths.len(), 2, "{paths:?}");
    let document: serde_json::Value = serde_json::from_str(&read("docs/openapi.json")).unwrap();
    for path in paths {
        let known = path == "/.well-known/spin/health" || document["paths"].get(&path).is_some();
        assert!(known, "nobody serves {path}");
    }
}

/// The arrows of a page's diagrams: who, to whom.
fn arrows(page: &str, arrow: &str) -> BTreeSet<(String, String)> {
    page.lines()
        .filter_map(|line| line.trim().split_once(arrow))
        .map(|(from, to)| (from.to_owned(), to.to_owned()))
        .collect()
}

#[test]
fn the_diagram_shows_every_call_and_every_dependency_and_no_other() {
    let page = read("docs/architecture.md");
    let manifest = manifest();
    let (mut calls, mut links) = (BTreeSet::new(), BTreeSet::new());
    for (id, component) in manifest["component"].as_table().unwrap() {
        let hosts = component.get("allowed_outbound_hosts");
        for host in hosts.and_then(Value::as_array).into_iter().flatten() {
            let target = host.as_str().unwrap().strip_prefix("http://");
            if let Some(target) = target.and_then(|host| host.strip_suffix(".spin.internal")) {
                calls.insert((id.clone(), target.to_owned()));
            }
        }
        let dependencies = component.get("dependencies").and_then(Value::as_table);
        for (_, dependency) in dependencies.into_iter().flatten() {
            let provider = dependency["component"].as_str().unwrap();
            links.insert((id.clone(), provider.to_owned()));
        }
    }
    assert_eq!(arrows(&page, " --> "), calls);
    assert_eq!(arrows(&page, " -.-> "), links);
    for id in manifest["component"].as_table().unwrap().keys() {
        let line = format!("        {id}");
        assert!(page.lines().any(|known| known == line), "{id} is missing");
    }
}
