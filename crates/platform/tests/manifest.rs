//! The tables of kinds and subscriptions against `spin.toml`.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "what a test's helper trips over fails the test"
)]

use std::collections::BTreeSet;

use spindle_platform::kinds::KINDS;
use spindle_platform::subscriptions::SUBSCRIPTIONS;
use toml::{Table, Value};

fn manifest() -> Table {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../spin.toml");
    std::fs::read_to_string(path).unwrap().parse().unwrap()
}

fn owners() -> BTreeSet<&'static str> {
    let kinds = KINDS.iter().map(|kind| kind.owner);
    kinds
        .chain(SUBSCRIPTIONS.iter().map(|subscription| subscription.owner))
        .collect()
}

#[test]
fn the_worker_may_call_every_owner() {
    let manifest = manifest();
    let hosts = manifest["component"]["worker"]["allowed_outbound_hosts"]
        .as_array()
        .unwrap();
    for owner in owners() {
        assert!(
            manifest["component"].get(owner).is_some(),
            "{owner} is no component"
        );
        let host = format!("http://{owner}.spin.internal");
        assert!(
            hosts.iter().any(|allowed| allowed.as_str() == Some(&host)),
            "add {host} to the hosts of worker"
        );
    }
}

/// What a trigger routes to an owner must not begin with /internal: those paths are for the worker.
#[test]
fn no_owners_private_routes_can_be_reached_from_outside() {
    for trigger in manifest()["trigger"]["http"].as_array().unwrap() {
        let component = trigger
            .get("component")
            .and_then(Value::as_str)
            .unwrap_or("");
        let Some(route) = trigger.get("route").and_then(Value::as_str) else {
            continue;
        };
        let public = route.trim_end_matches("...");
        let reaches = |private: &str| private.starts_with(public);
        if owners().contains(component) {
            assert!(
                !reaches("/internal/tasks/") && !reaches("/internal/events/"),
                "{component} owns tasks or events, and {route} lets the world call them"
            );
        }
        if component == "worker" {
            assert!(
                !reaches("/internal/wake"),
                "{route} lets the world wake the worker"
            );
        }
    }
}

/// All `.sql` and `.rs` files of the crates.
fn sources(extension: &str) -> Vec<(String, String)> {
    let mut folders = vec![std::path::PathBuf::from(concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/.."
    ))];
    let mut found = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() && !path.ends_with("tests") {
                folders.push(path);
            } else if path.extension().is_some_and(|found| found == extension) {
                let text = std::fs::read_to_string(&path).unwrap();
                found.push((path.display().to_string(), text));
            }
        }
    }
    found
}

#[test]
fn every_kind_that_a_statement_asks_for_is_in_the_table() {
    let mut seen = 0;
    for (path, text) in sources("sql") {
        for call in text.split("platform.enqueue(").skip(1) {
            let Some((before, rest)) = call.split_once('\'') else {
                continue;
            };
            // A kind that is written out is what follows one plain name: `context, 'kind'`.
            let plain = before
                .trim()
                .strip_suffix(',')
                .is_some_and(|name| name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_'));
            let kind = rest.split('\'').next().unwrap();
            if plain {
                seen += 1;
                assert!(
                    KINDS.iter().any(|known| known.name == kind),
                    "{path} enqueues {kind}, which nobody does"
                );
            }
        }
    }
    assert!(seen > 5, "only {seen} found");
}

#[test]
fn every_kind_and_every_subscription_has_a_route() {
    let sources = sources("rs");
    let routed = |route: &str| {
        sources
            .iter()
            .any(|(_, text)| text.contains(&format!("\"{route}\"")))
    };
    for kind in KINDS {
        assert!(
            routed(&format!("/tasks/{}", kind.name)),
            "nobody serves {}",
            kind.name
        );
    }
    for subscription in SUBSCRIPTIONS {
        for topic in subscription.topics {
            assert!(routed(&format!("/events/{topic}")), "nobody serves {topic}");
        }
    }
}
