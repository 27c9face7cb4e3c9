//! A Postgres for the tests: the one of `SPINDLE_TEST_DATABASE_URL`, or one of their own that ends with them. Each test has a
//! database to itself.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

use spindle_postgres::Server;
use tokio_postgres::{Client, NoTls};

/// A database that nobody else uses.
pub(crate) struct Database {
    pub(crate) url: String,
    /// For the allow-list.
    pub(crate) host: String,
    pub(crate) client: Client,
}

fn server() -> &'static str {
    static URL: OnceLock<(String, Option<Server>)> = OnceLock::new();
    let (url, _) = URL.get_or_init(|| match std::env::var("SPINDLE_TEST_DATABASE_URL") {
        Ok(url) => (url, None),
        Err(_) => {
            let server = Server::start_ephemeral().unwrap();
            (server.url("postgres"), Some(server))
        }
    });
    url
}

impl Database {
    pub(crate) async fn new() -> Self {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let admin_url = tokio::task::spawn_blocking(server).await.unwrap();
        let name = format!(
            "host_test_{}_{}",
            std::process::id(),
            NUMBER.fetch_add(1, Ordering::Relaxed)
        );
        let admin = connect(admin_url).await;
        admin
            .batch_execute(&format!("drop database if exists {name} with (force)"))
            .await
            .unwrap();
        admin
            .batch_execute(&format!("create database {name}"))
            .await
            .unwrap();
        let mut url = url::Url::parse(admin_url).unwrap();
        url.set_path(&name);
        let host = format!("{}:{}", url.host_str().unwrap(), url.port().unwrap_or(5432));
        let client = connect(url.as_str()).await;
        client
            .batch_execute("create table notes (text text)")
            .await
            .unwrap();
        Self {
            url: url.into(),
            host,
            client,
        }
    }

    /// The connections that the host has here.
    pub(crate) async fn sessions(&self) -> Vec<(i32, String)> {
        let rows = self.client.query("select pid, state from pg_stat_activity where datname = current_database() and application_name = 'spindle' and backend_type = 'client backend'", &[]).await.unwrap();
        rows.iter()
            .map(|row| {
                (
                    row.get(0),
                    row.get::<_, Option<String>>(1).unwrap_or_default(),
                )
            })
            .collect()
    }

    /// Waits until `condition` holds for the host's connections; that it ever does is what the caller asserts.
    pub(crate) async fn sessions_until(
        &self,
        what: &str,
        condition: impl Fn(&[(i32, String)]) -> bool,
    ) -> Vec<(i32, String)> {
        let deadline = tokio::time::Instant::now() + std::time::Duration::from_secs(50);
        loop {
            let sessions = self.sessions().await;
            if condition(&sessions) {
                return sessions;
            }
            assert!(
                tokio::time::Instant::now() < deadline,
                "never {what}: {sessions:?}"
            );
            tokio::time::sleep(std::time::Duration::from_millis(10)).await;
        }
    }

    /// Ends the host's connections, those too that it makes while others end.
    pub(crate) async fn end_sessions(&self) {
        let deadline = tokio::time::Instant::now() + std::time::Duration::from_secs(50);
        while !self.sessions().await.is_empty() {
            assert!(tokio::time::Instant::now() < deadline, "they never end");
            self.client.execute("select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'spindle' and datname = current_database()", &[]).await.unwrap();
            tokio::time::sleep(std::time::Duration::from_millis(10)).await;
        }
    }

    pub(crate) async fn notes(&self) -> i64 {
        self.client
            .query_one("select count(*) from notes", &[])
            .await
            .unwrap()
            .get(0)
    }
}

async fn connect(url: &str) -> Client {
    let (client, connection) = tokio_postgres::connect(url, NoTls).await.unwrap();
    tokio::spawn(connection);
    client
}
