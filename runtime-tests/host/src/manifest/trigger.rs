//! `[[trigger.http]]`: which path reaches which component.

use std::collections::BTreeMap;
use std::fmt;

use anyhow::{Context, Result};
use serde::Deserialize;
use serde::de::{self, Deserializer, MapAccess, Visitor};

/// One `[[trigger.http]]`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HttpTrigger {
    /// An id of the trigger itself, which only appears in messages.
    pub id: Option<String>,
    /// Where it listens.
    pub route: Route,
    /// The component that answers.
    pub component: Option<String>,
    /// Or a fixed answer without a component.
    pub static_response: Option<StaticResponse>,
}

/// `route = "/path/..."` or `route = { private = true }`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Route {
    /// A pattern that the router matches.
    Public(String),
    /// Reached only by other components, as `http://<id>.spin.internal`.
    Private,
}

/// `static_response = { status_code = 404, headers = { … }, body = "…" }`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StaticResponse {
    /// The status, 200 if not given.
    pub status_code: Option<u16>,
    /// The headers.
    #[serde(default)]
    pub headers: BTreeMap<String, String>,
    /// The body, empty if not given.
    #[serde(default)]
    pub body: String,
}

impl StaticResponse {
    /// The answer to send.
    pub fn to_response(&self) -> Result<http::Response<String>> {
        let mut response = http::Response::builder().status(self.status_code.unwrap_or(200));
        for (name, value) in &self.headers {
            response = response.header(name, value);
        }
        response
            .body(self.body.clone())
            .context("static_response is not a valid HTTP response")
    }

    pub(super) fn check(&self) -> Result<()> {
        self.to_response().map(drop)
    }
}

impl<'de> Deserialize<'de> for Route {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(RouteVisitor)
    }
}

/// Not an untagged enum: that would lose the line of the mistake.
struct RouteVisitor;

impl<'de> Visitor<'de> for RouteVisitor {
    type Value = Route;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a path such as \"/users/...\" or { private = true }")
    }

    fn visit_str<E: de::Error>(self, route: &str) -> Result<Route, E> {
        Ok(Route::Public(route.to_owned()))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Route, A::Error> {
        let mut private = None;
        while let Some(key) = map.next_key::<String>()? {
            if key != "private" {
                return Err(de::Error::unknown_field(&key, &["private"]));
            }
            private = Some(map.next_value::<bool>()?);
        }
        match private {
            Some(true) => Ok(Route::Private),
            Some(false) => Err(de::Error::custom(
                "private = false means nothing; give a path",
            )),
            None => Err(de::Error::missing_field("private")),
        }
    }
}
