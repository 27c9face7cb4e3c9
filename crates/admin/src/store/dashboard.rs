//! Figures of the whole application.

use kit::{Db, DbError, params};
use serde::de::DeserializeOwned;

/// Counts, and the last 30 days.
pub(crate) async fn read<T: DeserializeOwned>(db: &Db) -> Result<Option<T>, DbError> {
    db.read_json(include_str!("../../sql/read_dashboard.sql"), params![])
        .await
}
