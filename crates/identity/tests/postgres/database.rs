//! A migrated database for one test, on a server for all tests of this process.

use std::sync::{Arc, OnceLock};

use serde_json::Value;
use spindle_migrate::{Schema, Settings, migrate};
use spindle_postgres::Server;
use tokio_postgres::NoTls;
use tokio_postgres::types::ToSql;

/// The functions that identity needs, and no others: theirs may be unfinished.
const CRATES: [&str; 3] = ["crates/platform/", "crates/identity/", "crates/signer/"];

fn server() -> &'static Server {
    static SERVER: OnceLock<Server> = OnceLock::new();
    SERVER.get_or_init(|| Server::start_ephemeral().unwrap())
}

#[derive(Clone)]
pub(crate) struct Database {
    url: Arc<str>,
}

impl Database {
    pub(crate) async fn new(name: &str) -> Self {
        let admin = Self {
            url: server().url("postgres").into(),
        };
        admin.run(&format!("create database identity_{name}")).await;
        let url = server().url(&format!("identity_{name}"));
        let mut schema = Schema::embedded();
        schema
            .functions
            .retain(|file| CRATES.iter().any(|prefix| file.path.contains(prefix)));
        schema.grants.clear();
        migrate(&url, &schema, &Settings::default()).await.unwrap();
        Self { url: url.into() }
    }

    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// A connection of the test's own, for what goes over more than one statement.
    pub(crate) async fn connect(&self) -> tokio_postgres::Client {
        let (client, connection) = tokio_postgres::connect(&self.url, NoTls).await.unwrap();
        tokio::spawn(connection);
        client
    }

    /// The one JSON text that a statement answers, on a new connection.
    pub(crate) async fn json(&self, sql: &str, params: &[&(dyn ToSql + Sync)]) -> Value {
        let text: Option<String> = self
            .connect()
            .await
            .query_one(sql, params)
            .await
            .unwrap()
            .get(0);
        text.map_or(Value::Null, |text| serde_json::from_str(&text).unwrap())
    }

    pub(crate) async fn count(&self, sql: &str) -> i64 {
        self.connect()
            .await
            .query_one(sql, &[])
            .await
            .unwrap()
            .get(0)
    }

    pub(crate) async fn run(&self, sql: &str) {
        self.connect().await.batch_execute(sql).await.unwrap();
    }
}
