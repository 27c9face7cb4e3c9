//! A key-value store in a SQLite file, with Spin's own table, so that both hosts can open the same file.

use std::path::Path;
use std::sync::Arc;
use std::sync::mpsc::{Sender, channel};

use anyhow::{Context, Result};
use rusqlite::{Connection, OptionalExtension, params};
use tokio::sync::oneshot;

/// One label of a file. SQLite blocks, so each file has a thread of its own; what is acknowledged has been committed to the
/// write-ahead log and survives the end of this process.
#[derive(Debug, Clone)]
pub(crate) struct SqliteStore {
    jobs: Sender<Job>,
    label: Arc<str>,
}

type Job = Box<dyn FnOnce(&mut Connection) + Send>;

impl SqliteStore {
    /// Opens or makes the file.
    pub(crate) fn open(path: &Path, label: &str) -> Result<Self> {
        let place = || format!("cannot open the key-value store {}", path.display());
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder).with_context(place)?;
        }
        let mut connection = Connection::open(path).with_context(place)?;
        connection
            .busy_timeout(std::time::Duration::from_secs(5))
            .with_context(place)?;
        connection
            .execute_batch(
                "pragma journal_mode = wal;
                 pragma synchronous = normal;
                 create table if not exists spin_key_value (
                     store text not null,
                     key text not null,
                     value blob not null,
                     primary key (store, key)
                 );",
            )
            .with_context(place)?;
        let (jobs, queue) = channel::<Job>();
        std::thread::Builder::new()
            .name("key-value".to_owned())
            .spawn(move || {
                while let Ok(job) = queue.recv() {
                    job(&mut connection);
                }
            })
            .with_context(place)?;
        Ok(Self {
            jobs,
            label: label.into(),
        })
    }

    /// Another label in the same file.
    pub(crate) fn with_label(&self, label: &str) -> Self {
        Self {
            jobs: self.jobs.clone(),
            label: label.into(),
        }
    }

    /// The value of `key`.
    pub(crate) async fn get(&self, key: String) -> Result<Option<Vec<u8>>> {
        self.run(move |connection, label| {
            let mut statement = connection
                .prepare_cached("select value from spin_key_value where store = ?1 and key = ?2")?;
            Ok(statement
                .query_row(params![label, key], |row| row.get(0))
                .optional()?)
        })
        .await
    }

    /// Sets `key`, whatever it was.
    pub(crate) async fn set(&self, key: String, value: Vec<u8>) -> Result<()> {
        self.run(move |connection, label| {
            let mut statement = connection.prepare_cached(
                "insert into spin_key_value (store, key, value) values (?1, ?2, ?3) on conflict (store, key) do update set value = excluded.value",
            )?;
            statement.execute(params![label, key, value])?;
            Ok(())
        })
        .await
    }

    /// Removes `key` if it is there.
    pub(crate) async fn delete(&self, key: String) -> Result<()> {
        self.run(move |connection, label| {
            connection
                .prepare_cached("delete from spin_key_value where store = ?1 and key = ?2")?
                .execute(params![label, key])?;
            Ok(())
        })
        .await
    }

    /// Whether `key` is there.
    pub(crate) async fn exists(&self, key: String) -> Result<bool> {
        self.run(move |connection, label| {
            Ok(connection
                .prepare_cached("select 1 from spin_key_value where store = ?1 and key = ?2")?
                .exists(params![label, key])?)
        })
        .await
    }

    /// All keys of this label.
    pub(crate) async fn keys(&self) -> Result<Vec<String>> {
        self.run(|connection, label| {
            let mut statement =
                connection.prepare_cached("select key from spin_key_value where store = ?1")?;
            let keys = statement.query_map(params![label], |row| row.get(0))?;
            Ok(keys.collect::<rusqlite::Result<_>>()?)
        })
        .await
    }

    async fn run<R: Send + 'static>(
        &self,
        job: impl FnOnce(&mut Connection, &str) -> Result<R> + Send + 'static,
    ) -> Result<R> {
        let (answer, wait) = oneshot::channel();
        let label = self.label.clone();
        let job: Job = Box::new(move |connection| {
            // Nobody waits any more if the guest was ended meanwhile.
            let _ = answer.send(job(connection, &label));
        });
        self.jobs
            .send(job)
            .ok()
            .context("the key-value store is closed")?;
        wait.await.context("the key-value store is closed")?
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn labels_of_one_file_are_separate_and_survive_reopening() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("kv.db");
        let store = SqliteStore::open(&path, "a").unwrap();
        let other = store.with_label("b");
        store.set("k".to_owned(), b"1".to_vec()).await.unwrap();
        store.set("k".to_owned(), b"2".to_vec()).await.unwrap();
        assert_eq!(other.get("k".to_owned()).await.unwrap(), None);
        drop((store, other));
        let store = SqliteStore::open(&path, "a").unwrap();
        assert_eq!(
            store.get("k".to_owned()).await.unwrap().as_deref(),
            Some(&b"2"[..])
        );
        assert_eq!(store.keys().await.unwrap(), ["k"]);
        store.delete("k".to_owned()).await.unwrap();
        store.delete("k".to_owned()).await.unwrap();
        assert!(!store.exists("k".to_owned()).await.unwrap());
    }
}
