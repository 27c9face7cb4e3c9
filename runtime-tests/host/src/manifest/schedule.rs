//! `[application.tool.spindle] tick = { every = "1s", path = "/internal/worker/tick", bearer = "{{ worker_token }}" }`.

use std::time::Duration;

use serde::Deserialize;
use serde::de::{self, Deserializer};

/// A POST without a body that the host sends to its own router at a fixed interval.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Schedule {
    /// The time between the end of one tick and the start of the next, such as `500ms`, `1s` or `5m`.
    #[serde(deserialize_with = "interval")]
    pub every: Duration,
    /// The path of a public route of this application.
    pub path: String,
    /// A template for the bearer token of the `authorization` header.
    pub bearer: Option<String>,
}

fn interval<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Duration, D::Error> {
    let text = String::deserialize(deserializer)?;
    match crate::duration::parse(&text) {
        Ok(interval) if !interval.is_zero() => Ok(interval),
        Ok(_) => Err(de::Error::custom("an interval must be longer than nothing")),
        Err(error) => Err(de::Error::custom(error)),
    }
}
