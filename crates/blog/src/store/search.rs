//! Search.

use kit::{Db, DbError, params};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::Listed;

/// A place among the results, as `blog.search_posts` tells and takes it.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Position {
    in_titles: bool,
    from: Moment,
    to: Option<Moment>,
    titles_to: Option<Moment>,
    rank: f64,
    id: Uuid,
}

/// A place in time: milliseconds, and a post.
type Moment = (i64, Uuid);

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
    let after = after
        .map(serde_json::to_value)
        .transpose()
        .map_err(|error| DbError::decode("after", error))?;
    let rows = db
        .read(
            include_str!("../../sql/search_posts.sql"),
            params![words, reader, after, limit],
        )
        .await?;
    let row = rows
        .first()
        .ok_or_else(|| DbError::decode("items", "the search answered nothing"))?;
    let last = row
        .get::<Option<serde_json::Value>>("last")?
        .map(serde_json::from_value)
        .transpose()
        .map_err(|error| DbError::decode("last", error))?;
    Ok(Results {
        page: Listed {
            items: row.get("items")?,
            last,
        },
        corrected: row.get("corrected")?,
    })
}
