//! The tracked description is what the handlers say.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeSet;
use std::fs;

use serde_json::Value;

#[test]
fn the_tracked_file_is_current() {
    let tracked = fs::read_to_string(spindle_openapi::path()).unwrap();
    assert!(
        tracked == spindle_openapi::text().unwrap(),
        "docs/openapi.json is out of date: cargo run -p spindle-openapi"
    );
}

fn operations() -> Vec<(String, Value)> {
    let document: Value = serde_json::from_str(&spindle_openapi::text().unwrap()).unwrap();
    let paths = document
        .get("paths")
        .and_then(Value::as_object)
        .unwrap()
        .clone();
    paths
        .into_iter()
        .flat_map(|(path, item)| {
            item.as_object()
                .unwrap()
                .iter()
                .map(|(method, operation)| (format!("{method} {path}"), operation.clone()))
                .collect::<Vec<_>>()
        })
        .collect()
}

#[test]
fn every_operation_has_a_name_of_its_own() {
    let mut names = BTreeSet::new();
    for (route, operation) in operations() {
        let name = operation
            .get("operationId")
            .and_then(Value::as_str)
            .unwrap_or("")
            .to_owned();
        assert!(
            !name.is_empty() && names.insert(name.clone()),
            "{route}: {name:?} is missing or taken"
        );
        assert!(operation.get("tags").is_some(), "{route} has no tag");
    }
}

#[test]
fn every_reference_leads_somewhere() {
    let document: Value = serde_json::from_str(&spindle_openapi::text().unwrap()).unwrap();
    let mut open = vec![&document];
    while let Some(value) = open.pop() {
        match value {
            Value::Object(members) => {
                if let Some(Value::String(reference)) = members.get("$ref") {
                    let target = reference.strip_prefix('#').unwrap_or("?");
                    assert!(document.pointer(target).is_some(), "{reference}");
                }
                open.extend(members.values());
            }
            Value::Array(items) => open.extend(items),
            _ => {}
        }
    }
}
