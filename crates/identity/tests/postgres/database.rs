//! A database for one test: the harness's, with what these tests ask it.

use std::sync::{Arc, Mutex};

use kit::Db;
use kit::db::native::NativeDatabase;
use serde_json::Value;
use tokio_postgres::types::ToSql;
use tokio_postgres::{Client, NoTls};

#[derive(Clone)]
pub(crate) struct Database {
    url: Arc<str>,
    /// Of all services that stand on it: a connection costs more than most tests' statements.
    pool: Db,
    /// Connections that no statement uses now. A new one costs Postgres more than most statements.
    idle: Arc<Mutex<Vec<Client>>>,
}

impl Database {
    pub(crate) async fn new(name: &str) -> Self {
        let database = spindle_harness::Database::new(name).await;
        let url = database.owner_url();
        Self {
            pool: Db::new(NativeDatabase::connect(&url, 16).unwrap()),
            url: url.into(),
            idle: Arc::default(),
        }
    }

    pub(crate) fn pool(&self) -> Db {
        self.pool.clone()
    }

    /// A connection of the test's own, for what goes over more than one statement.
    pub(crate) async fn connect(&self) -> Client {
        let (client, connection) = tokio_postgres::connect(&self.url, NoTls).await.unwrap();
        tokio::spawn(connection);
        client
    }

    async fn client(&self) -> Client {
        let idle = self.idle.lock().unwrap().pop();
        match idle {
            Some(client) => client,
            None => self.connect().await,
        }
    }

    fn give_back(&self, client: Client) {
        self.idle.lock().unwrap().push(client);
    }

    /// The one JSON text that a statement answers, beside all other statements.
    pub(crate) async fn json(&self, sql: &str, params: &[&(dyn ToSql + Sync)]) -> Value {
        let client = self.client().await;
        let text: Option<String> = client.query_one(sql, params).await.unwrap().get(0);
        self.give_back(client);
        text.map_or(Value::Null, |text| serde_json::from_str(&text).unwrap())
    }

    pub(crate) async fn count(&self, sql: &str) -> i64 {
        let client = self.client().await;
        let count = client.query_one(sql, &[]).await.unwrap().get(0);
        self.give_back(client);
        count
    }

    pub(crate) async fn run(&self, sql: &str) {
        let client = self.client().await;
        client.batch_execute(sql).await.unwrap();
        self.give_back(client);
    }

    /// Stops the clock of all SQL: what lasts for a second or ten lasts for the whole test, however slow the machine is.
    pub(crate) async fn stop_clock(&self) {
        self.run(
            "do $do$ begin
                 execute format('create or replace function platform.now() returns timestamptz language sql stable as
                     $$ select %L::timestamptz $$', now());
             end $do$",
        )
        .await;
    }
}
