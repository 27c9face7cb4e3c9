//! Posts in the database.

use kit::{Context, Db, DbError, Value, params};
use serde::Deserialize;
use uuid::Uuid;

/// Who changes a post.
#[derive(Clone, Copy)]
pub(crate) struct Editor {
    pub(crate) account: Uuid,
    pub(crate) moderator: bool,
}

/// A post as the database wrote it, JSON, and what its entity tag is made of.
pub(crate) struct Found {
    pub(crate) json: String,
    pub(crate) id: Uuid,
    pub(crate) version: i64,
}

/// A post after a change.
#[derive(Deserialize)]
pub(crate) struct Stored {
    pub(crate) id: Uuid,
    pub(crate) version: i64,
    pub(crate) slug: String,
    /// Null when the author's account was disabled meanwhile.
    pub(crate) post: serde_json::Value,
}

/// What creating came to.
#[derive(Deserialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub(crate) enum Creation {
    Created(Stored),
    Replayed(Stored),
    Mismatch,
    Gone,
}

/// What a change came to.
#[derive(Deserialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub(crate) enum Change {
    Updated(Stored),
    Deleted,
    NotFound,
    Forbidden,
    Stale,
}

/// A place in a list: time in milliseconds, and id.
pub(crate) type Position = (i64, Uuid);

/// What a list shows.
pub(crate) struct Filter {
    pub(crate) author_key: Option<String>,
    pub(crate) tag: Option<String>,
    pub(crate) drafts: bool,
    pub(crate) reader: Option<Uuid>,
}

/// A page of posts as the database wrote it, a JSON array, and where the next page begins.
pub(crate) struct Listed {
    pub(crate) items: String,
    pub(crate) last: Option<Position>,
}

/// A post by its slug, if this reader may see it.
pub(crate) async fn find(
    db: &Db,
    slug: &str,
    reader: Option<Uuid>,
    moderator: bool,
) -> Result<Option<Found>, DbError> {
    let rows = db
        .read(
            include_str!("../sql/read_post.sql"),
            params![slug, reader, moderator],
        )
        .await?;
    let Some(row) = rows.first() else {
        return Ok(None);
    };
    let Some(json) = row.get::<Option<String>>("post")? else {
        return Ok(None);
    };
    Ok(Some(Found {
        json,
        id: row.get("id")?,
        version: row.get("version")?,
    }))
}

/// A page of posts, newest first.
pub(crate) async fn find_all(
    db: &Db,
    filter: Filter,
    after: Option<Position>,
    limit: i64,
) -> Result<Listed, DbError> {
    let Filter {
        author_key,
        tag,
        drafts,
        reader,
    } = filter;
    let (after_ms, after_id) = after.unzip();
    let rows = db
        .read(
            include_str!("../sql/list_posts.sql"),
            params![author_key, tag, drafts, reader, after_ms, after_id, limit],
        )
        .await?;
    let row = rows
        .first()
        .ok_or_else(|| DbError::decode("items", "the list answered nothing"))?;
    let last = row
        .get::<Option<i64>>("last_ms")?
        .zip(row.get::<Option<Uuid>>("last_id")?);
    Ok(Listed {
        items: row.get("items")?,
        last,
    })
}

/// Creates a post under the first free form of `slug`.
pub(crate) async fn create(
    db: &Db,
    context: &Context,
    id: Uuid,
    author: Uuid,
    slug: String,
    draft: serde_json::Value,
    idempotency: [Value; 4],
) -> Result<Creation, DbError> {
    let mut params = params![context.value(), id, author, slug, draft];
    params.extend(idempotency);
    db.write_json(include_str!("../sql/create_post.sql"), params)
        .await
}

/// Changes what `changes` names, if the post is the one in `if_match`.
pub(crate) async fn update(
    db: &Db,
    context: &Context,
    slug: &str,
    editor: Editor,
    if_match: Option<&str>,
    changes: serde_json::Value,
) -> Result<Change, DbError> {
    let params = params![
        context.value(),
        slug,
        editor.account,
        editor.moderator,
        if_match,
        changes
    ];
    db.write_json(include_str!("../sql/update_post.sql"), params)
        .await
}

/// Publishes (`published`) or unpublishes (`draft`) a post.
pub(crate) async fn set_status(
    db: &Db,
    context: &Context,
    slug: &str,
    editor: Editor,
    if_match: Option<&str>,
    status: &str,
) -> Result<Change, DbError> {
    let params = params![
        context.value(),
        slug,
        editor.account,
        editor.moderator,
        if_match,
        status
    ];
    db.write_json(include_str!("../sql/set_post_status.sql"), params)
        .await
}

/// Deletes a post so that it could be restored.
pub(crate) async fn delete(
    db: &Db,
    context: &Context,
    slug: &str,
    editor: Editor,
    if_match: Option<&str>,
) -> Result<Change, DbError> {
    let params = params![
        context.value(),
        slug,
        editor.account,
        editor.moderator,
        if_match
    ];
    db.write_json(include_str!("../sql/delete_post.sql"), params)
        .await
}
