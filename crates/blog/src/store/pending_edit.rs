//! Edits of published posts that readers don't see yet.

use kit::{Context, Db, DbError, params};
use serde::Deserialize;

use super::Editor;

/// What reading or changing came to.
#[derive(Debug, Deserialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
#[expect(missing_docs, reason = "the SQL functions say")]
pub enum Pending {
    Found {
        edit: serde_json::Value,
        etag: String,
    },
    None,
    NotFound,
    Moved {
        slug: String,
    },
    Forbidden,
    Stale,
    NotPublished,
}

/// The pending edit of a post.
///
/// # Errors
/// [`DbError`].
pub async fn find(db: &Db, slug: &str, editor: Editor) -> Result<Pending, DbError> {
    db.read_json(
        include_str!("../../sql/pending_edit.sql"),
        params![slug, editor.account, editor.moderator],
    )
    .await?
    .ok_or_else(|| DbError::decode("pending_edit", "answered nothing"))
}

/// Adds changes; none drops the edit.
///
/// # Errors
/// [`DbError`].
pub async fn save(
    db: &Db,
    context: &Context,
    slug: &str,
    editor: Editor,
    if_match: Option<Vec<String>>,
    changes: Option<serde_json::Value>,
) -> Result<Pending, DbError> {
    db.write_json(
        include_str!("../../sql/set_pending_edit.sql"),
        params![
            context.value(),
            slug,
            editor.account,
            editor.moderator,
            if_match,
            changes
        ],
    )
    .await
}
