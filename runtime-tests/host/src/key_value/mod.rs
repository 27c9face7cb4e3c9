//! `spin:key-value@3.0.0`.

mod redis;
mod sqlite;

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use anyhow::{Context, Result, bail};
use wasmtime::component::{Accessor, FutureReader, HasSelf, Resource, StreamReader};

use self::redis::RedisStore;
use self::sqlite::SqliteStore;
use crate::bindings::key_value::{Error, Host, HostStore, HostStoreWithStore};
use crate::guest::GuestState;
use crate::runtime_config::KeyValueStore;
use crate::telemetry::guest_call;

/// The stores behind the labels.
pub(crate) type Stores = Arc<BTreeMap<String, Backend>>;

/// Where a store keeps its values.
#[derive(Debug, Clone)]
pub(crate) enum Backend {
    /// A SQLite file of ours.
    Sqlite(SqliteStore),
    /// A Redis server.
    Redis(RedisStore),
}

/// Calls the backend's method of the same name.
macro_rules! ask {
    ($store:expr, $method:ident($($argument:expr),*)) => {
        match &$store {
            Backend::Sqlite(store) => store.$method($($argument),*).await,
            Backend::Redis(store) => store.$method($($argument),*).await,
        }
    };
}

/// An open store: the resource that guests hold.
#[expect(unreachable_pub, reason = "the generated bindings name it")]
pub struct Store(Backend);

/// The name of the default store's file, which is Spin's.
const DEFAULT_FILE: &str = "sqlite_key_value.db";

/// Opens the store of each label. `default` needs no configuration; another label needs a `[key_value_store.<label>]`.
pub(crate) fn open<'a>(
    labels: impl Iterator<Item = &'a str>,
    config: &BTreeMap<String, KeyValueStore>,
    state_dir: &Path,
) -> Result<Stores> {
    let mut files: BTreeMap<std::path::PathBuf, SqliteStore> = BTreeMap::new();
    let mut stores = BTreeMap::new();
    for label in labels {
        let file = match config.get(label) {
            Some(KeyValueStore::Spin { path }) => {
                path.clone().unwrap_or_else(|| DEFAULT_FILE.into())
            }
            Some(KeyValueStore::Redis { url }) => {
                let store =
                    RedisStore::new(url).with_context(|| format!("[key_value_store.{label}]"))?;
                stores.insert(label.to_owned(), Backend::Redis(store));
                continue;
            }
            None if label == "default" => DEFAULT_FILE.into(),
            None => bail!(
                "key_value_stores names {label:?}, which is not configured; add [key_value_store.{label}] with type = \"spin\" to the runtime configuration"
            ),
        };
        let path = state_dir.join(file);
        let store = match files.get(&path) {
            Some(store) => store.with_label(label),
            None => {
                let store = SqliteStore::open(&path, label)?;
                files.insert(path, store.clone());
                store
            }
        };
        stores.insert(label.to_owned(), Backend::Sqlite(store));
    }
    Ok(Arc::new(stores))
}

fn failed(error: &anyhow::Error) -> Error {
    Error::Other(format!("{error:#}"))
}

fn store_of<T>(
    accessor: &Accessor<T, HasSelf<GuestState>>,
    store: &Resource<Store>,
) -> wasmtime::Result<Backend> {
    accessor.with(|mut access| Ok(access.get().table.get(store)?.0.clone()))
}

impl Host for GuestState {}

impl HostStore for GuestState {
    async fn drop(&mut self, store: Resource<Store>) -> wasmtime::Result<()> {
        self.table.delete(store)?;
        Ok(())
    }
}

impl<T: 'static> HostStoreWithStore<T> for HasSelf<GuestState> {
    async fn open(
        accessor: &Accessor<T, Self>,
        label: String,
    ) -> wasmtime::Result<Result<Resource<Store>, Error>> {
        accessor.with(|mut access| {
            let state = access.get();
            if !state.grants.key_value_labels.contains(&label) {
                return Ok(Err(Error::AccessDenied));
            }
            match state.grants.stores.get(&label) {
                Some(store) => Ok(Ok(state.table.push(Store(store.clone()))?)),
                None => Ok(Err(Error::NoSuchStore)),
            }
        })
    }

    async fn get(
        accessor: &Accessor<T, Self>,
        store: Resource<Store>,
        key: String,
    ) -> wasmtime::Result<Result<Option<Vec<u8>>, Error>> {
        let _span = guest_call(accessor, "spin_key_value.get", Vec::new);
        let store = store_of(accessor, &store)?;
        Ok(ask!(store, get(key)).map_err(|error| failed(&error)))
    }

    async fn set(
        accessor: &Accessor<T, Self>,
        store: Resource<Store>,
        key: String,
        value: Vec<u8>,
    ) -> wasmtime::Result<Result<(), Error>> {
        let _span = guest_call(accessor, "spin_key_value.set", Vec::new);
        let store = store_of(accessor, &store)?;
        Ok(ask!(store, set(key, value)).map_err(|error| failed(&error)))
    }

    async fn delete(
        accessor: &Accessor<T, Self>,
        store: Resource<Store>,
        key: String,
    ) -> wasmtime::Result<Result<(), Error>> {
        let _span = guest_call(accessor, "spin_key_value.delete", Vec::new);
        let store = store_of(accessor, &store)?;
        Ok(ask!(store, delete(key)).map_err(|error| failed(&error)))
    }

    async fn exists(
        accessor: &Accessor<T, Self>,
        store: Resource<Store>,
        key: String,
    ) -> wasmtime::Result<Result<bool, Error>> {
        let _span = guest_call(accessor, "spin_key_value.exists", Vec::new);
        let store = store_of(accessor, &store)?;
        Ok(ask!(store, exists(key)).map_err(|error| failed(&error)))
    }

    async fn get_keys(
        accessor: &Accessor<T, Self>,
        store: Resource<Store>,
    ) -> wasmtime::Result<(StreamReader<String>, FutureReader<Result<(), Error>>)> {
        let _span = guest_call(accessor, "spin_key_value.get_keys", Vec::new);
        let store = store_of(accessor, &store)?;
        let (keys, result) = match ask!(store, keys()) {
            Ok(keys) => (keys, Ok(())),
            Err(error) => (Vec::new(), Err(failed(&error))),
        };
        accessor.with(|mut access| {
            let keys = StreamReader::new(&mut access, keys)?;
            let result =
                FutureReader::new(&mut access, async move { wasmtime::error::Ok(result) })?;
            Ok((keys, result))
        })
    }
}
