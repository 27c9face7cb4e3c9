//! Log lines: one JSON object a line on standard output, which is what every Spin host collects.
//!
//! Never log a body, a header value or a query string: secrets travel there.

use std::io::Write;

use serde_json::{Map, Value, json};

use crate::current::Current;

/// How much a line matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    /// Something ordinary happened.
    Info,
    /// Something was refused or retried that should not often be.
    Warn,
    /// An operator should look.
    Error,
}

impl Level {
    const fn name(self) -> &'static str {
        match self {
            Self::Info => "info",
            Self::Warn => "warn",
            Self::Error => "error",
        }
    }
}

/// Writes one line. `fields` must be an object. What it does not say itself of the request that is being worked on is added:
/// `request_id`, and `trace_id` if the request is traced.
pub fn line(level: Level, component: &str, message: &str, fields: Value) {
    let mut entry = Map::new();
    entry.insert("ts_ms".into(), json!(crate::clock::now_ms()));
    entry.insert("level".into(), json!(level.name()));
    entry.insert("component".into(), json!(component));
    entry.insert("message".into(), json!(message));
    if let Value::Object(fields) = fields {
        entry.extend(fields);
    }
    if let Some(current) = crate::current::get() {
        identify(&mut entry, &current);
    }
    let mut text = Value::Object(entry).to_string();
    text.push('\n');
    // A log that cannot be written must not fail the request.
    let _ = std::io::stdout().write_all(text.as_bytes());
}

fn identify(entry: &mut Map<String, Value>, current: &Current) {
    entry
        .entry("request_id")
        .or_insert_with(|| json!(current.request_id));
    if let Some(trace) = current.trace_id() {
        entry.entry("trace_id").or_insert_with(|| json!(trace));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_names_its_request_and_trace_unless_it_says_so_itself() {
        let trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
        let current = Current::new("r-1", Some(trace));
        let mut entry = Map::new();
        identify(&mut entry, &current);
        assert_eq!(
            Value::Object(entry),
            json!({"request_id": "r-1", "trace_id": "4bf92f3577b34da6a3ce929d0e0e4736"})
        );
        let mut entry = Map::from_iter([("request_id".to_owned(), json!("of-the-task"))]);
        identify(&mut entry, &Current::new("r-1", None));
        assert_eq!(Value::Object(entry), json!({"request_id": "of-the-task"}));
    }
}
