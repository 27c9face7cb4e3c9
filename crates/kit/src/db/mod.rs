//! The database: one trait, two implementations, so that stores and handlers run on a real Postgres natively too.
//!
//! A write is one statement (ARCHITECTURE section 3, rule 1): a use case that writes is one SQL function. There is no
//! way to begin a transaction here, and none must be added.

mod error;
#[cfg(not(target_family = "wasm"))]
pub mod native;
pub(crate) mod patience;
mod row;
mod value;

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use serde::de::DeserializeOwned;

pub use error::DbError;
pub use row::{FromValue, Row};
pub use value::Value;

/// Runs statements on a connection of its own keeping.
#[async_trait]
pub trait Database: Send + Sync {
    /// Runs one statement and reads all its rows.
    async fn query(&self, sql: &'static str, params: &[Value]) -> Result<Vec<Row>, DbError>;

    /// Whether the server has answered any statement within this time.
    fn answered_within(&self, _time: Duration) -> bool {
        false
    }
}

/// How often a statement is run that the server undoes in favour of others.
const MAX_ATTEMPTS: usize = 3;

/// A handle to the database.
#[derive(Clone)]
pub struct Db(Arc<dyn Database>);

/// A resource as the database wrote it, JSON, and the version of its entity tag.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Versioned {
    /// What the client gets.
    pub json: String,
    /// Of its row, or told from what it says.
    pub version: i64,
}

impl Db {
    /// A handle to this database.
    pub fn new(database: impl Database + 'static) -> Self {
        Self(Arc::new(database))
    }

    /// Runs a statement that changes nothing. Tried once more on a new connection if the connection was lost.
    ///
    /// # Errors
    /// [`DbError`].
    pub async fn read(&self, sql: &'static str, params: Vec<Value>) -> Result<Vec<Row>, DbError> {
        match self.0.query(sql, &params).await {
            Err(DbError::ConnectionLost(_)) => self.0.query(sql, &params).await,
            answer => answer,
        }
    }

    /// Whether the server has answered this instance within this time: busy is not down.
    #[must_use]
    pub fn answered_within(&self, time: Duration) -> bool {
        self.0.answered_within(time)
    }

    /// Runs a statement that writes. Run again only where the server undid it all in favour of another, as it does with one of two
    /// that wait for each other: after a lost connection nobody knows whether it was done.
    ///
    /// # Errors
    /// [`DbError`].
    pub async fn write(&self, sql: &'static str, params: Vec<Value>) -> Result<Vec<Row>, DbError> {
        for _ in 1..MAX_ATTEMPTS {
            match self.0.query(sql, &params).await {
                Err(DbError::Undone(_)) => {}
                answer => return answer,
            }
        }
        self.0.query(sql, &params).await
    }

    /// Reads a statement's only column as JSON text; none for no row or null.
    ///
    /// # Errors
    /// [`DbError`]; `Decode` if the text does not fit `T`.
    pub async fn read_json<T: DeserializeOwned>(
        &self,
        sql: &'static str,
        params: Vec<Value>,
    ) -> Result<Option<T>, DbError> {
        self.read_text(sql, params)
            .await?
            .map(|text| parse(&text))
            .transpose()
    }

    /// Reads a statement's only column as text and leaves it as it is: what the database wrote is what the client gets.
    ///
    /// # Errors
    /// [`DbError`].
    pub async fn read_text(
        &self,
        sql: &'static str,
        params: Vec<Value>,
    ) -> Result<Option<String>, DbError> {
        self.read(sql, params)
            .await?
            .into_iter()
            .next()
            .map_or(Ok(None), Row::into_only_text)
    }

    /// Reads the columns `json` and `version` of a statement; none for no row, or where `json` is null.
    ///
    /// # Errors
    /// [`DbError`].
    pub async fn read_versioned(
        &self,
        sql: &'static str,
        params: Vec<Value>,
    ) -> Result<Option<Versioned>, DbError> {
        let rows = self.read(sql, params).await?;
        let Some(row) = rows.first() else {
            return Ok(None);
        };
        let Some(json) = row.get("json")? else {
            return Ok(None);
        };
        let version = row.get("version")?;
        Ok(Some(Versioned { json, version }))
    }

    /// Runs a writing function that answers one JSON text.
    ///
    /// # Errors
    /// [`DbError`]; `Decode` if it answers nothing or something else than `T`.
    pub async fn write_json<T: DeserializeOwned>(
        &self,
        sql: &'static str,
        params: Vec<Value>,
    ) -> Result<T, DbError> {
        let text = self
            .write(sql, params)
            .await?
            .into_iter()
            .next()
            .map_or(Ok(None), Row::into_only_text)?;
        parse(
            &text
                .ok_or_else(|| DbError::decode("answer", "a writing function answered nothing"))?,
        )
    }
}

fn parse<T: DeserializeOwned>(text: &str) -> Result<T, DbError> {
    serde_json::from_str(text).map_err(|error| DbError::decode("json", error))
}
