//! Posts in and out.

use kit::{Context, Db, DbError, params};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

use super::Listed;

/// What became of an imported post.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Imported {
    /// What it was called where it comes from.
    pub source: String,
    /// `created`, or `skipped` because it was imported before.
    pub outcome: String,
    /// Its slug here.
    pub slug: String,
}

/// Imports posts, each once.
///
/// # Errors
/// [`DbError`].
pub async fn import(
    db: &Db,
    context: &Context,
    author: Uuid,
    posts: Vec<Value>,
) -> Result<Vec<Imported>, DbError> {
    db.write_json(
        include_str!("../../sql/import_posts.sql"),
        params![context.value(), author, Value::Array(posts)],
    )
    .await
}

/// A page of all that an author wrote.
///
/// # Errors
/// [`DbError`].
pub async fn export(db: &Db, author: Uuid, after: Option<Uuid>) -> Result<Listed<Uuid>, DbError> {
    let rows = db
        .read(
            include_str!("../../sql/export_posts.sql"),
            params![author, after],
        )
        .await?;
    let row = rows
        .first()
        .ok_or_else(|| DbError::decode("items", "the export answered nothing"))?;
    Ok(Listed {
        items: row.get("items")?,
        last: row.get("last_id")?,
    })
}
