//! Log lines: one JSON object a line on standard output, which is what every Spin host collects.
//!
//! Never log a body, a header value or a query string: secrets travel there.

use std::io::Write;

use serde_json::{Map, Value, json};

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

/// Writes one line. `fields` must be an object.
pub fn line(level: Level, component: &str, message: &str, fields: Value) {
    let mut entry = Map::new();
    entry.insert("ts_ms".into(), json!(crate::clock::now_ms()));
    entry.insert("level".into(), json!(level.name()));
    entry.insert("component".into(), json!(component));
    entry.insert("message".into(), json!(message));
    if let Value::Object(fields) = fields {
        entry.extend(fields);
    }
    let mut text = Value::Object(entry).to_string();
    text.push('\n');
    // A log that cannot be written must not fail the request.
    let _ = std::io::stdout().write_all(text.as_bytes());
}
