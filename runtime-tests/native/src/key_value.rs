//! The key-value store, in memory: it holds nothing that may not be lost.

use std::collections::HashMap;
use std::sync::{PoisonError, RwLock};

use async_trait::async_trait;
use kit::key_value::{KeyValue, KeyValueError};

#[derive(Default)]
pub(crate) struct Memory(RwLock<HashMap<String, Vec<u8>>>);

#[async_trait]
impl KeyValue for Memory {
    async fn get(&self, key: &str) -> Result<Option<Vec<u8>>, KeyValueError> {
        Ok(self
            .0
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .get(key)
            .cloned())
    }

    async fn set(&self, key: &str, value: &[u8]) -> Result<(), KeyValueError> {
        self.0
            .write()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(key.to_owned(), value.to_vec());
        Ok(())
    }
}
