//! Revisions of posts.

use kit::{Db, DbError, params};

use super::{Editor, Listed};

/// What looking a post up for its editor came to.
#[derive(Debug)]
pub enum Found<T> {
    /// What was asked for.
    Here(T),
    /// The slug was a post's that has this one now.
    Moved(String),
}

/// What a post said.
#[derive(Debug)]
pub struct Revision {
    /// With its body.
    pub json: String,
    /// Told from what it says: autosaves are gathered in one.
    pub version: i64,
}

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
) -> Result<Option<Found<Listed<i32>>>, DbError> {
    let rows = db
        .read(
            include_str!("../../sql/list_revisions.sql"),
            params![slug, editor.account, editor.moderator, after, limit],
        )
        .await?;
    let Some(row) = rows.first() else {
        return Ok(None);
    };
    if let Some(slug) = row.get("moved_to")? {
        return Ok(Some(Found::Moved(slug)));
    }
    let last = row.get("last_number")?;
    Ok(row
        .get::<Option<String>>("items")?
        .map(|items| Found::Here(Listed { items, last })))
}

/// A revision with its body.
///
/// # Errors
/// [`DbError`].
pub async fn find(
    db: &Db,
    slug: &str,
    editor: Editor,
    number: i32,
) -> Result<Option<Found<Revision>>, DbError> {
    let rows = db
        .read(
            include_str!("../../sql/read_revision.sql"),
            params![slug, editor.account, editor.moderator, number],
        )
        .await?;
    let Some(row) = rows.first() else {
        return Ok(None);
    };
    if let Some(slug) = row.get("moved_to")? {
        return Ok(Some(Found::Moved(slug)));
    }
    let Some(json) = row.get("revision")? else {
        return Ok(None);
    };
    let version = row.get("version")?;
    Ok(Some(Found::Here(Revision { json, version })))
}
