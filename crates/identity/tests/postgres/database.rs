//! A database for one test: the harness's, with what these tests ask it.

use std::sync::Arc;

use serde_json::Value;
use tokio_postgres::NoTls;
use tokio_postgres::types::ToSql;

#[derive(Clone)]
pub(crate) struct Database {
    url: Arc<str>,
}

impl Database {
    pub(crate) async fn new(name: &str) -> Self {
        let database = spindle_harness::Database::new(name).await;
        Self {
            url: database.owner_url().into(),
        }
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
