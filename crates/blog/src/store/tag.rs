//! Tags.

use kit::{Db, DbError, params};

use super::Listed;

/// A page of tags, those of most posts first.
///
/// # Errors
/// [`DbError`].
pub async fn find_all(
    db: &Db,
    prefix: Option<String>,
    after: Option<(i64, String)>,
    limit: i64,
) -> Result<Listed<(i64, String)>, DbError> {
    let (count, tag) = after.unzip();
    let rows = db
        .read(
            include_str!("../../sql/list_tags.sql"),
            params![prefix, count, tag, limit],
        )
        .await?;
    let row = rows
        .first()
        .ok_or_else(|| DbError::decode("items", "the list answered nothing"))?;
    let last = row
        .get::<Option<i64>>("last_count")?
        .zip(row.get::<Option<String>>("last_tag")?);
    Ok(Listed {
        items: row.get("items")?,
        last,
    })
}
