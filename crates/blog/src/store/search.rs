//! Search.

use kit::{Db, DbError, params};
use uuid::Uuid;

use super::Listed;

/// A place among the results: rank, and id.
pub type Position = (f64, Uuid);

/// What was found.
#[derive(Clone, Debug)]
pub struct Results {
    /// A page, the best first.
    pub page: Listed<Position>,
    /// The words that were looked for instead, because no post has those that were asked for.
    pub corrected: Option<String>,
}

/// A page of the posts that match.
///
/// # Errors
/// [`DbError`].
pub async fn search(
    db: &Db,
    words: &str,
    reader: Option<Uuid>,
    after: Option<Position>,
    limit: i64,
) -> Result<Results, DbError> {
    let (rank, id) = after.unzip();
    let rows = db
        .read(
            include_str!("../../sql/search_posts.sql"),
            params![words, reader, rank, id, limit],
        )
        .await?;
    let row = rows
        .first()
        .ok_or_else(|| DbError::decode("items", "the search answered nothing"))?;
    let last = row
        .get::<Option<f64>>("last_rank")?
        .zip(row.get::<Option<Uuid>>("last_id")?);
    Ok(Results {
        page: Listed {
            items: row.get("items")?,
            last,
        },
        corrected: row.get("corrected")?,
    })
}
