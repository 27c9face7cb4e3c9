//! The routes that the OpenAPI document lists, and what each of them takes.

use serde_json::{Map, Value, json};
use spindle_harness::{App, Call};

/// Somebody else's id, or nobody's.
pub(crate) const FOREIGN: &str = "01890000-0000-7000-8000-00000000000a";

/// One operation of the document.
pub(crate) struct Route {
    pub(crate) method: String,
    pub(crate) template: String,
    pub(crate) operation: Value,
    document: std::sync::Arc<Value>,
}

impl Route {
    /// Routes of the API. The authorization server has RFC 6749's shape of errors and forms for bodies; its own file tests it.
    pub(crate) async fn all(app: &App) -> Vec<Self> {
        let document = app.call("GET", "/openapi.json").send().await.expect(200);
        let document = std::sync::Arc::new(document.body);
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

    pub(crate) fn name(&self) -> String {
        format!("{} {}", self.method, self.template)
    }

    /// The path with this in place of every parameter.
    pub(crate) fn path(&self, value: &str) -> String {
        let segments = self.template.split('/').map(|segment| {
            if segment.starts_with('{') {
                value
            } else {
                segment
            }
        });
        segments.collect::<Vec<_>>().join("/")
    }

    pub(crate) fn call(&self, app: &App, token: Option<&str>) -> Call {
        let call = app.call(&self.method, &self.path(FOREIGN));
        match token {
            Some(token) => call.bearer(token),
            None => call,
        }
    }

    /// Whether a credential must be given.
    pub(crate) fn secured(&self) -> bool {
        self.operation["security"]
            .as_array()
            .is_some_and(|ways| !ways.iter().any(|way| way == &json!({})))
    }

    pub(crate) fn resolve<'a>(&'a self, schema: &'a Value) -> &'a Value {
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
    pub(crate) fn body(&self) -> Option<&Value> {
        let schema = self.operation["requestBody"]["content"].get("application/json")?;
        Some(self.resolve(&schema["schema"]))
    }

    /// Name and schema of each field of the body.
    pub(crate) fn fields(&self) -> Vec<(&str, &Value)> {
        let properties = self.body().and_then(|body| body["properties"].as_object());
        properties
            .into_iter()
            .flatten()
            .map(|(name, schema)| (name.as_str(), self.resolve(schema)))
            .collect()
    }

    pub(crate) fn required(&self) -> Vec<&str> {
        self.body().map(required).unwrap_or_default()
    }

    /// A body in which each required field has the right type and hardly any meaning.
    pub(crate) fn plausible(&self) -> Map<String, Value> {
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
pub(crate) fn kind(schema: &Value) -> Option<&str> {
    match &schema["type"] {
        Value::String(kind) => Some(kind),
        Value::Array(kinds) => kinds
            .iter()
            .filter_map(Value::as_str)
            .find(|kind| *kind != "null"),
        _ => None,
    }
}
