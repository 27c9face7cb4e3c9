//! A route as the OpenAPI document has it, and what can be sent there.

use std::sync::Arc;

use serde_json::{Map, Value, json};
use spindle_harness::{App, Call};

/// Somebody else's id, or nobody's.
pub(super) const FOREIGN: &str = "01890000-0000-7000-8000-00000000000a";

/// One operation of the document.
pub(super) struct Route {
    pub(super) method: String,
    pub(super) template: String,
    pub(super) operation: Value,
    document: Arc<Value>,
}

impl Route {
    /// Routes of the API. The authorization server has RFC 6749's shape of errors and forms for bodies; its own file tests it.
    pub(super) async fn all(app: &App) -> Vec<Self> {
        let document = app.call("GET", "/openapi.json").send().await.expect(200);
        let document = Arc::new(document.body);
        let paths = document["paths"].as_object().unwrap().clone();
        let routes: Vec<Self> = paths
            .into_iter()
            .filter(|(template, _)| template.starts_with("/api/"))
            .flat_map(|(template, operations)| {
                let operations = operations.as_object().unwrap().clone();
                let document = document.clone();
                operations.into_iter().map(move |(method, operation)| Self {
                    method: method.to_uppercase(),
                    template: template.clone(),
                    operation,
                    document: document.clone(),
                })
            })
            .collect();
        assert!(routes.len() > 20, "only {} routes found", routes.len());
        routes
    }

    pub(super) fn name(&self) -> String {
        format!("{} {}", self.method, self.template)
    }

    pub(super) fn is_for_administrators(&self) -> bool {
        self.template.starts_with("/api/v1/admin/")
    }

    /// The path with this in place of every parameter.
    pub(super) fn path(&self, value: &str) -> String {
        let segments = self.template.split('/').map(|segment| {
            if segment.starts_with('{') {
                value
            } else {
                segment
            }
        });
        segments.collect::<Vec<_>>().join("/")
    }

    /// A request of the route. Some hash passwords, for which others of the suite stand in line too; what is answered 503 to the
    /// end is seen.
    pub(super) fn call(&self, app: &App, token: Option<&str>) -> Call {
        let call = app.call(&self.method, &self.path(FOREIGN)).patient();
        match token {
            Some(token) => call.bearer(token),
            None => call,
        }
    }

    /// Whether a credential must be given.
    pub(super) fn secured(&self) -> bool {
        self.operation["security"]
            .as_array()
            .is_some_and(|ways| !ways.iter().any(|way| way == &json!({})))
    }

    pub(super) fn resolve<'a>(&'a self, schema: &'a Value) -> &'a Value {
        if let Some(name) = schema["$ref"].as_str() {
            return self.resolve(self.document.pointer(&name[1..]).unwrap());
        }
        let of_several = ["oneOf", "anyOf", "allOf"]
            .iter()
            .find_map(|key| schema[key].as_array());
        match of_several {
            Some(several) => several
                .iter()
                .map(|schema| self.resolve(schema))
                .find(|schema| schema["type"] != "null")
                .unwrap_or(schema),
            None => schema,
        }
    }

    /// The schema of the JSON body, if the route reads one.
    pub(super) fn body(&self) -> Option<&Value> {
        let schema = self.operation["requestBody"]["content"].get("application/json")?;
        Some(self.resolve(&schema["schema"]))
    }

    /// Name and schema of each field of the body.
    pub(super) fn fields(&self) -> Vec<(&str, &Value)> {
        let properties = self.body().and_then(|body| body["properties"].as_object());
        properties
            .into_iter()
            .flatten()
            .map(|(name, schema)| (name.as_str(), self.resolve(schema)))
            .collect()
    }

    pub(super) fn required(&self) -> Vec<&str> {
        self.body().map(required).unwrap_or_default()
    }

    /// A body in which each required field has the right type and hardly any meaning.
    pub(super) fn plausible(&self) -> Map<String, Value> {
        self.body()
            .map(|body| self.object(body))
            .unwrap_or_default()
    }

    fn object(&self, schema: &Value) -> Map<String, Value> {
        required(schema)
            .into_iter()
            .map(|name| (name.to_owned(), self.sample(&schema["properties"][name])))
            .collect()
    }

    fn sample(&self, schema: &Value) -> Value {
        let schema = self.resolve(schema);
        if let Some(value) = schema["enum"].as_array().and_then(|values| values.first()) {
            return value.clone();
        }
        if let Some(value) = schema.get("const") {
            return value.clone();
        }
        if let Some(text @ Value::String(_)) = schema.get("example") {
            return text.clone();
        }
        match (kind(schema), schema["format"].as_str()) {
            (Some("string"), Some("uuid")) => json!(FOREIGN),
            (Some("string"), Some("date-time")) => json!("2030-01-01T00:00:00.000Z"),
            (Some("string"), Some("uri")) => json!("https://example.com/x"),
            (Some("string"), Some("email")) => json!("nobody@example.com"),
            // Base64url too.
            (Some("string"), _) => json!("AAAAAAAA"),
            (Some("integer" | "number"), _) => json!(1),
            (Some("boolean"), _) => json!(false),
            (Some("array"), _) => json!([]),
            _ => Value::Object(self.object(schema)),
        }
    }
}

fn required(schema: &Value) -> Vec<&str> {
    let names = schema["required"].as_array().into_iter().flatten();
    names.filter_map(Value::as_str).collect()
}

/// The type of a schema that is not only null.
pub(super) fn kind(schema: &Value) -> Option<&str> {
    match &schema["type"] {
        Value::String(kind) => Some(kind),
        Value::Array(kinds) => kinds
            .iter()
            .filter_map(Value::as_str)
            .find(|kind| *kind != "null"),
        _ => None,
    }
}
