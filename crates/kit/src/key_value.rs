//! The key-value store: for what may be lost. No security state, no counters (ARCHITECTURE section 3, rule 5).
//! [`App::cached`](crate::App::cached) is the way to use it.

mod cache;

use async_trait::async_trait;

pub(crate) use cache::Cache;

/// The store could not answer. Callers go on without it.
#[derive(Debug, thiserror::Error)]
#[error("key-value store: {0}")]
pub struct KeyValueError(pub String);

/// A store of bytes by key.
#[async_trait]
pub trait KeyValue: Send + Sync {
    /// The value, or none.
    async fn get(&self, key: &str) -> Result<Option<Vec<u8>>, KeyValueError>;
    /// Sets the value.
    async fn set(&self, key: &str, value: &[u8]) -> Result<(), KeyValueError>;
}
