//! The tracked description is what the handlers say.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

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

/// Programs get the list, browsers the page; what cannot be read is refused in one way.
#[test]
fn a_list_that_is_also_a_page_tells_both() {
    let (_, operation) = operations()
        .into_iter()
        .find(|(route, _)| route == "get /dev/mail")
        .unwrap();
    for kind in ["application~1json", "text~1html"] {
        let answer = format!("/responses/200/content/{kind}/schema");
        assert!(operation.pointer(&answer).is_some(), "{kind}: {operation}");
    }
    assert!(
        operation.pointer("/responses/400/$ref").is_some(),
        "{operation}"
    );
}

/// The document names the headers of preconditions by the statuses that they bring about, so a handler must tell both or neither.
#[test]
fn what_a_handler_reads_from_headers_is_what_it_tells() {
    let handlers = handlers();
    let mut wrong = Vec::new();
    for handler in &handlers {
        for (reads, tells) in [
            (": IfMatch", "(status = 412,"),
            (": IfNoneMatch", "(status = 304,"),
            (": Idempotency,", "(\"Idempotency-Key\""),
        ] {
            if handler.signature.contains(reads) != handler.told.contains(tells) {
                let name = handler.signature.split("async fn ").nth(1).unwrap_or("");
                let name = name.split('(').next().unwrap_or("");
                let path = handler.path.display();
                wrong.push(format!("{path} {name}: {reads} and {tells}"));
            }
        }
    }
    assert!(
        handlers.len() > 100,
        "only {} handlers found",
        handlers.len()
    );
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Who may not, learns nothing else: what a credential allows is asked before anything else is done.
#[test]
fn the_guard_is_the_first_statement_of_every_handler_that_takes_a_credential() {
    let mut handlers = handlers();
    handlers.retain(|handler| handler.signature.contains("principal: Principal,"));
    let mut open = Vec::new();
    for handler in &handlers {
        let first = handler.body.split(';').next().unwrap_or("").trim();
        // `editor` asks for `posts.write`, and answers who it is.
        if !first.starts_with("principal.require") && !first.contains("editor(&principal)?") {
            open.push(format!("{}: {first}", handler.path.display()));
        }
    }
    assert!(
        handlers.len() > 80,
        "only {} handlers found",
        handlers.len()
    );
    assert!(open.is_empty(), "{}", open.join("\n"));
}

/// A handler, as its file has it.
struct Handler {
    path: PathBuf,
    /// What it tells the document.
    told: String,
    /// From the attribute's end to the arrow.
    signature: String,
    /// What follows the first brace at the end of a line, to the next handler.
    body: String,
}

fn handlers() -> Vec<Handler> {
    let mut handlers = Vec::new();
    for (path, source) in sources() {
        for text in source.split("#[utoipa::path(").skip(1) {
            let (told, rest) = text.split_once("\n)]").unwrap_or((text, ""));
            let (signature, rest) = rest.split_once("->").unwrap_or((rest, ""));
            let body = rest.split_once("{\n").map_or("", |(_, body)| body);
            handlers.push(Handler {
                path: path.clone(),
                told: told.to_owned(),
                signature: signature.to_owned(),
                body: body.to_owned(),
            });
        }
    }
    handlers
}

/// utoipa knows a schema by the name of its type alone; of two the document would show one, for both.
#[test]
fn every_schema_has_a_name_of_its_own() {
    let mut schemas: BTreeMap<String, Vec<PathBuf>> = BTreeMap::new();
    for (path, source) in sources() {
        for name in schemas_of(&source) {
            schemas.entry(name).or_default().push(path.clone());
        }
    }
    assert!(schemas.len() > 100, "only {} schemas found", schemas.len());
    schemas.retain(|_, files| files.len() > 1);
    assert!(schemas.is_empty(), "{schemas:#?}");
}

/// All that is written in Rust below `crates`, but for the RealWorld API, which is not in the document.
fn sources() -> Vec<(PathBuf, String)> {
    let crates = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../crates");
    let (mut folders, mut sources) = (vec![crates], Vec::new());
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() && !path.ends_with("crates/conduit") {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let source = fs::read_to_string(&path).unwrap();
                sources.push((path, source));
            }
        }
    }
    sources
}

/// Names of the types that derive a schema.
fn schemas_of(source: &str) -> Vec<String> {
    let derives = source
        .match_indices("ToSchema")
        .filter_map(|(at, _)| source.get(at..))
        .filter(|rest| {
            rest.split_once(")]")
                .is_some_and(|(list, _)| !list.contains(';'))
        });
    derives
        .filter_map(|rest| {
            rest.lines()
                .skip(1)
                .map(|line| line.trim_start())
                .find(|line| {
                    !(line.starts_with('#') || line.starts_with("//") || line.ends_with(")]"))
                })
        })
        .filter_map(|declaration| {
            let mut words = declaration.split(|letter: char| !letter.is_alphanumeric());
            words.find(|word| matches!(*word, "struct" | "enum"))?;
            words.next().map(str::to_owned)
        })
        .collect()
}
