//! Revisions of posts.

use kit::{Db, DbError, params};

use super::{Editor, Listed};

/// A page of a post's revisions, newest first; none without such a post of this editor.
///
/// # Errors
/// [`DbError`].
pub async fn find_all(
    db: &Db,
    slug: &str,
    editor: Editor,
    after: Option<i32>,
    limit: i64,
) -> Result<Option<Listed<i32>>, DbError> {
    let rows = db
        .read(
            include_str!("../../sql/list_revisions.sql"),
            params![slug, editor.account, editor.moderator, after, limit],
        )
        .await?;
    let Some(row) = rows.first() else {
        return Ok(None);
    };
    let last = row.get("last_number")?;
    Ok(row
        .get::<Option<String>>("items")?
        .map(|items| Listed { items, last }))
}

/// A revision with its body, as JSON.
///
/// # Errors
/// [`DbError`].
pub async fn find(
    db: &Db,
    slug: &str,
    editor: Editor,
    number: i32,
) -> Result<Option<String>, DbError> {
    db.read_text(
        include_str!("../../sql/read_revision.sql"),
        params![slug, editor.account, editor.moderator, number],
    )
    .await
}
