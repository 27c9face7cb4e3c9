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
