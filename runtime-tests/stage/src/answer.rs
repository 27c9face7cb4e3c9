//! Answers to look at.

use http::HeaderMap;
use http::header::AsHeaderName;
use serde_json::Value;

/// An answer.
#[derive(Debug)]
pub struct Answer {
    /// HTTP status.
    pub status: u16,
    /// Headers.
    pub headers: HeaderMap,
    /// The body as text.
    pub text: String,
    /// The body as JSON; null if it is none.
    pub body: Value,
}

impl Answer {
    /// Asserts the status; the message shows the body and the headers.
    #[track_caller]
    pub fn expect(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{} {:?}", self.text, self.headers);
        self
    }

    /// A header; empty if there is none.
    pub fn header(&self, name: impl AsHeaderName) -> &str {
        self.headers
            .get(name)
            .map_or("", |value| value.to_str().unwrap())
    }

    /// The version that a change must name.
    pub fn etag(&self) -> &str {
        self.header("etag")
    }

    /// The kind of the problem; empty if it is none.
    pub fn kind(&self) -> &str {
        let kind = self.body.get("type").and_then(Value::as_str).unwrap_or("");
        kind.strip_prefix("urn:spindle:problem:").unwrap_or(kind)
    }

    /// Status and kind of problem, to be compared in one go.
    pub fn problem(&self) -> (u16, &str) {
        (self.status, self.kind())
    }

    /// The fields that are wrong.
    #[track_caller]
    pub fn fields(&self) -> Vec<&str> {
        self.list("errors")
            .iter()
            .map(|error| error.get("field").and_then(Value::as_str).unwrap())
            .collect()
    }

    /// One member of each item.
    #[track_caller]
    pub fn each(&self, member: &str) -> Vec<String> {
        self.list("items")
            .iter()
            .map(|item| match item.get(member) {
                Some(Value::String(text)) => text.clone(),
                Some(other) => other.to_string(),
                None => Value::Null.to_string(),
            })
            .collect()
    }

    #[track_caller]
    fn list(&self, member: &str) -> &[Value] {
        self.body
            .get(member)
            .and_then(Value::as_array)
            .unwrap_or_else(|| panic!("no list of {member}: {self:?}"))
    }
}
