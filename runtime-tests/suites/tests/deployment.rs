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

/// What Akamai Functions runs of it.
fn profile() -> Table {
    read("infra/akamai/spin.toml").parse().unwrap()
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
    // There our own host runs, which reads its environment.
    let environment = read("infra/k8s/environments/kind/variables.yaml") + "\n";
    let given: BTreeSet<String> = between(
        &environment.replace('\n', "|\n"),
        "- name: SPIN_VARIABLE_",
        "|",
    )
    .into_iter()
    .map(|name| name.to_ascii_lowercase())
    .collect();
    assert_eq!(given, all, "run infra/k8s/variables");
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

/// The table of variables: names, and the cell of their default.
fn explained() -> Vec<(Vec<String>, String)> {
    let guide = read("docs/operations.md");
    let (_, table) = guide.split_once("| variable | default | is |").unwrap();
    let rows = table
        .lines()
        .skip(2)
        .take_while(|line| line.starts_with('|'));
    rows.map(|row| {
        let cells: Vec<_> = row.split(" | ").collect();
        let names = cells[0].split('`').skip(1).step_by(2);
        (names.map(str::to_owned).collect(), cells[1].to_owned())
    })
    .collect()
}

#[test]
fn the_guide_explains_no_other_variable_and_tells_the_defaults_that_hold() {
    let manifest = manifest();
    let rows = explained();
    assert!(rows.len() > 10, "{rows:?}");
    for (names, default) in rows {
        for name in &names {
            let declared = manifest["variables"].get(name);
            let declared = declared.unwrap_or_else(|| panic!("spin.toml declares no {name}"));
            let value = declared.get("default").and_then(Value::as_str);
            // What several share, or a word describes, is for people.
            match default.as_str() {
                "none" => assert_eq!(value, None, "{name}"),
                "empty" => assert_eq!(value, Some(""), "{name}"),
                "off" => {}
                told => {
                    if let Some(told) = told
                        .strip_prefix('`')
                        .and_then(|told| told.strip_suffix('`'))
                    {
                        assert_eq!(value, Some(told), "{name}");
                    }
                }
            }
        }
    }
}

/// All of docs/operations and docs/runbooks, and the page above them.
fn pages() -> Vec<(String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let mut names = vec!["docs/operations.md".to_owned()];
    for folder in ["docs/operations", "docs/runbooks"] {
        for entry in fs::read_dir(root.join(folder)).unwrap() {
            let name = entry.unwrap().file_name().into_string().unwrap();
            names.push(format!("{folder}/{name}"));
        }
    }
    names
        .into_iter()
        .map(|name| (name.clone(), read(&name)))
        .collect()
}

#[test]
fn what_the_pages_point_to_is_there() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let document: serde_json::Value = serde_json::from_str(&read("docs/openapi.json")).unwrap();
    let pages = pages();
    assert!(pages.len() > 30, "{}", pages.len());
    let index = read("docs/operations.md") + &read("docs/runbooks/README.md");
    for (name, text) in pages {
        let folder = root.join(&name);
        let folder = folder.parent().unwrap();
        for link in text.split("](").skip(1) {
            let target = link.split([')', '#']).next().unwrap();
            let there = target.is_empty() || target.contains("://") || folder.join(target).exists();
            assert!(there, "{name} points to {target}, which is not there");
        }
        // Words between backquotes that begin as a route does, with a method before or without.
        for word in text.split('`').skip(1).step_by(2) {
            let path = word.rsplit(' ').next().unwrap().split('?').next().unwrap();
            if path.starts_with("/api/v1/") {
                let known = document["paths"].get(path).is_some();
                assert!(known, "{name} names {path}, which nobody serves");
            }
        }
        // From the page above, or from the list of run-books.
        let page = name.rsplit('/').next().unwrap();
        let listed = name == "docs/operations.md" || index.contains(&format!("{page})"));
        assert!(listed, "nothing leads to {name}");
    }
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

#[test]
fn the_profile_for_akamai_is_a_part_of_the_manifest() {
    let (whole, profile) = (manifest(), profile());
    for (id, component) in profile["component"].as_table().unwrap() {
        let mut wanted = whole["component"][id].as_table().unwrap().clone();
        wanted.remove("build");
        let source = wanted["source"].as_str().unwrap();
        wanted["source"] = format!("../../{source}").into();
        if let Some(hosts) = wanted.get_mut("allowed_outbound_hosts") {
            let hosts = hosts.as_array_mut().unwrap();
            hosts.retain(|host| host.as_str() != Some("http://worker.spin.internal"));
        }
        assert_eq!(
            component.as_table(),
            Some(&wanted),
            "{id}: run infra/akamai/build"
        );
    }
    for (name, variable) in profile["variables"].as_table().unwrap() {
        assert_eq!(variable, &whole["variables"][name], "{name}");
    }
    let text = read("infra/akamai/spin.toml");
    for name in whole["variables"].as_table().unwrap().keys() {
        let used = text.contains(&format!("{{{{ {name} }}}}"));
        let declared = profile["variables"].get(name).is_some();
        assert_eq!(used, declared, "{name}: run infra/akamai/build");
    }
    let triggers = profile["trigger"].as_table().unwrap();
    assert!(
        triggers.keys().eq(["http"]),
        "the platform has no other trigger"
    );
    let known = |id: &Value| profile["component"].get(id.as_str().unwrap()).is_some();
    for trigger in triggers["http"].as_array().unwrap() {
        assert!(known(&trigger["component"]), "{trigger}");
        let every = whole["trigger"]["http"].as_array().unwrap();
        assert!(every.contains(trigger), "{trigger}");
    }
    for component in profile["component"].as_table().unwrap().values() {
        for host in strings(component, "allowed_outbound_hosts") {
            let chained = host.strip_suffix(".spin.internal");
            if let Some(id) = chained.and_then(|host| host.strip_prefix("http://")) {
                assert!(
                    profile["component"].get(id).is_some(),
                    "nobody answers {host}"
                );
            }
        }
        let dependencies = component.get("dependencies").and_then(Value::as_table);
        for dependency in dependencies.into_iter().flat_map(Table::values) {
            assert!(known(&dependency["component"]), "{dependency}");
        }
    }
}

/// The texts of a list that a table may have.
fn strings<'a>(table: &'a Value, key: &str) -> impl Iterator<Item = &'a str> {
    let list = table.get(key).and_then(Value::as_array);
    list.into_iter().flatten().filter_map(Value::as_str)
}

/// Akamai Functions takes 50 MiB. What several components link is in each of them.
#[test]
fn the_profile_for_akamai_is_small_enough() {
    let profile = profile();
    let components = profile["component"].as_table().unwrap();
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../infra/akamai");
    let size = |component: &Value| {
        let source = component["source"].as_str().unwrap();
        fs::metadata(root.join(source)).map(|file| file.len())
    };
    let served: BTreeSet<_> = profile["trigger"]["http"]
        .as_array()
        .unwrap()
        .iter()
        .map(|trigger| trigger["component"].as_str().unwrap())
        .collect();
    let mut bytes = 0;
    for id in served {
        let component = &components[id];
        let linked = component.get("dependencies").and_then(Value::as_table);
        let linked = linked.into_iter().flat_map(Table::values);
        let linked =
            linked.map(|dependency| &components[dependency["component"].as_str().unwrap()]);
        for part in linked.chain([component]) {
            match size(part) {
                Ok(length) => bytes += length,
                Err(error) => {
                    eprintln!("skipped: {id} is not built ({error})");
                    return;
                }
            }
        }
    }
    assert!(bytes <= 50 << 20, "{} MiB", bytes >> 20);
}

/// Terraform's own names are looked at by `infra/interop/run terraform`; these are ours.
#[test]
fn what_terraform_makes_is_called_as_the_manifest_has_it_and_is_large_enough() {
    let outputs = between(&read("infra/terraform/outputs.tf"), "output \"", "\"");
    let [all, ..] = variables();
    for name in ["db_host", "public_url"] {
        assert!(outputs.contains(name) && all.contains(name), "{name}");
    }
    let manifest = manifest();
    let components = manifest["component"].as_table().unwrap().values();
    let databases = components
        .filter(|component| {
            strings(component, "allowed_outbound_hosts").any(|host| host.starts_with("postgres://"))
        })
        .count();
    let number = |text: &str, before: &str, after: &str| -> usize {
        let found = between(&format!("{}|", text.replace('\n', "|\n")), before, after);
        let found: Vec<_> = found.iter().filter_map(|word| word.parse().ok()).collect();
        assert_eq!(found.len(), 1, "{before}");
        found[0]
    };
    let replicas = number(
        &read("infra/k8s/overlays/phase3/autoscaling.yaml"),
        "maxReplicas: ",
        "|",
    );
    let each = number(
        &read("infra/k8s/secrets"),
        "\"--connections\", type=int, default=",
        ",",
    );
    let variables = read("infra/terraform/variables.tf");
    let (_, after) = variables.split_once("\"database_connections\"").unwrap();
    let (block, _) = after.split_once("\n}").unwrap();
    let given = number(block, "default     = ", "|");
    let needed = each * databases * replicas + 50;
    assert!(given >= needed, "{given} connections, {needed} are needed");
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
