//! A key-value store in Redis, keyed as Spin does it: a key is itself, and labels of one server share their keys.

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result, anyhow};
use redis::aio::MultiplexedConnection;
use redis::{Client, Cmd, FromRedisValue};
use tokio::sync::Mutex;
use tokio::time::timeout;

/// How long connecting, and a command, may take. Guests give up earlier; this frees what they left behind.
const PATIENCE: Duration = Duration::from_secs(1);

/// A server. Connected to when first asked, and again when the connection broke, so that the app starts without it.
#[derive(Debug, Clone)]
pub(crate) struct RedisStore {
    client: Client,
    connection: Arc<Mutex<Option<MultiplexedConnection>>>,
}

impl RedisStore {
    /// A store at this address, `redis://[user:password@]host[:port][/database]`.
    pub(crate) fn new(url: &str) -> Result<Self> {
        // The address may hold a password, and so may the error.
        let client = Client::open(url)
            .map_err(|_| anyhow!("the url of a key-value store of type \"redis\" must be redis://[user:password@]host[:port][/database]"))?;
        Ok(Self {
            client,
            connection: Arc::default(),
        })
    }

    /// The value of `key`.
    pub(crate) async fn get(&self, key: String) -> Result<Option<Vec<u8>>> {
        self.run(redis::cmd("GET").arg(key)).await
    }

    /// Sets `key`, whatever it was.
    pub(crate) async fn set(&self, key: String, value: Vec<u8>) -> Result<()> {
        self.run(redis::cmd("SET").arg(key).arg(value)).await
    }

    /// Removes `key` if it is there.
    pub(crate) async fn delete(&self, key: String) -> Result<()> {
        self.run(redis::cmd("DEL").arg(key)).await
    }

    /// Whether `key` is there.
    pub(crate) async fn exists(&self, key: String) -> Result<bool> {
        self.run(redis::cmd("EXISTS").arg(key)).await
    }

    /// All keys, in portions, so that the server answers others in between.
    pub(crate) async fn keys(&self) -> Result<Vec<String>> {
        let mut keys = Vec::new();
        let mut cursor = 0_u64;
        loop {
            let (next, portion): (u64, Vec<String>) = self
                .run(redis::cmd("SCAN").arg(cursor).arg("COUNT").arg(1_000))
                .await?;
            keys.extend(portion);
            if next == 0 {
                // A key may come twice while the table grows.
                keys.sort_unstable();
                keys.dedup();
                return Ok(keys);
            }
            cursor = next;
        }
    }

    async fn run<T: FromRedisValue>(&self, command: &Cmd) -> Result<T> {
        let mut connection = self.connection().await?;
        let failure = match timeout(PATIENCE, command.query_async(&mut connection)).await {
            Ok(Ok(value)) => return Ok(value),
            Ok(Err(error)) if error.is_io_error() || error.is_connection_dropped() => {
                anyhow!(error)
            }
            Ok(Err(error)) => return Err(error.into()),
            Err(_) => anyhow!("Redis has not answered within {PATIENCE:?}"),
        };
        *self.connection.lock().await = None;
        Err(failure)
    }

    async fn connection(&self) -> Result<MultiplexedConnection> {
        let mut slot = self.connection.lock().await;
        if let Some(connection) = slot.as_ref() {
            return Ok(connection.clone());
        }
        let connection = timeout(PATIENCE, self.client.get_multiplexed_async_connection())
            .await
            .context("Redis does not let us connect")??;
        *slot = Some(connection.clone());
        Ok(connection)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wrong_address_is_refused_without_quoting_it() {
        let error = RedisStore::new("redis//secret@host").unwrap_err();
        assert!(!error.to_string().contains("secret"), "{error}");
        assert!(RedisStore::new("redis://:secret@127.0.0.1:6379/1").is_ok());
    }

    #[tokio::test]
    async fn a_server_that_is_not_there_fails_soon() {
        let store = RedisStore::new("redis://127.0.0.1:1").unwrap();
        let started = std::time::Instant::now();
        assert!(store.get("k".to_owned()).await.is_err());
        // Far from for ever, on a busy machine too.
        assert!(started.elapsed() < PATIENCE * 15);
    }
}
