//! Spin's default key-value store, opened once in an instance's life.

use async_trait::async_trait;
use send_wrapper::SendWrapper;
use spin_sdk::key_value::Store;
use std::sync::{Arc, Mutex};

use crate::key_value::{KeyValue, KeyValueError};
use crate::turn::{Turn, value};

#[derive(Default)]
pub(super) struct SpinKeyValue {
    opening: Turn,
    store: Mutex<Option<SendWrapper<Arc<Store>>>>,
}

impl SpinKeyValue {
    async fn store(&self) -> Result<SendWrapper<Arc<Store>>, KeyValueError> {
        if let Some(store) = value(&self.store).as_ref() {
            return Ok(store.clone());
        }
        let _opening = self.opening.take().await;
        if let Some(store) = value(&self.store).as_ref() {
            return Ok(store.clone());
        }
        let store = SendWrapper::new(Store::open_default())
            .await
            .map_err(failed)?;
        let store = SendWrapper::new(Arc::new(store));
        *value(&self.store) = Some(store.clone());
        Ok(store)
    }
}

fn failed(error: impl std::fmt::Debug) -> KeyValueError {
    KeyValueError(format!("{error:?}"))
}

#[async_trait]
impl KeyValue for SpinKeyValue {
    async fn get(&self, key: &str) -> Result<Option<Vec<u8>>, KeyValueError> {
        let store = self.store().await?;
        let key = key.to_owned();
        SendWrapper::new(async move { store.get(key).await })
            .await
            .map_err(failed)
    }

    async fn set(&self, key: &str, value: &[u8]) -> Result<(), KeyValueError> {
        let store = self.store().await?;
        let (key, value) = (key.to_owned(), value.to_vec());
        SendWrapper::new(async move { store.set(key, &value).await })
            .await
            .map_err(failed)
    }
}
