//! Posts.

use kit::{Context, Db, DbError, Value, params};
use serde::Deserialize;
use uuid::Uuid;

use super::{Editor, Listed};

/// What looking a slug up came to.
#[derive(Clone, Debug)]
pub enum Found {
    /// A post, JSON as the database wrote it.
    Post {
        /// The document.
        json: String,
        /// Its entity tag.
        etag: String,
    },
    /// The slug was a post's that has this one now.
    Moved(String),
}

/// A post after a change.
#[derive(Clone, Debug, Deserialize)]
pub struct Stored {
    /// Its id.
    pub id: Uuid,
    /// Its slug of now.
    pub slug: String,
    /// Its entity tag; none when the author's account was disabled meanwhile.
    pub etag: Option<String>,
    /// The document; null as the tag.
    pub post: serde_json::Value,
}

/// What creating came to.
#[derive(Debug, Deserialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
#[expect(missing_docs, reason = "blog.create_post says")]
pub enum Creation {
    Created(Stored),
    Replayed(Stored),
    Mismatch,
    Gone,
}

/// What a change came to.
#[derive(Debug, Deserialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
#[expect(missing_docs, reason = "the SQL functions say")]
pub enum Change {
    Updated(Stored),
    Deleted,
    NotFound,
    Moved { slug: String },
    Forbidden,
    Stale,
    SlugTaken,
}

/// Where a revision comes from.
#[derive(Clone, Copy, Debug)]
pub enum Origin {
    /// The author saved.
    Saved,
    /// A program saved for the author; gathered.
    Autosaved,
    /// An earlier revision of this number was taken back.
    Restored(i32),
}

impl Origin {
    fn params(self) -> [Value; 2] {
        match self {
            Self::Saved => [Value::from("saved"), Value::Null],
            Self::Autosaved => [Value::from("autosaved"), Value::Null],
            Self::Restored(number) => [Value::from("restored"), Value::from(number)],
        }
    }
}

/// A place in a list: time in milliseconds, and id.
pub type Position = (i64, Uuid);

/// Which posts a list shows; see `blog.list_posts`.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// `published`, `draft`, `scheduled` or `deleted`.
    pub status: &'static str,
    /// Username key.
    pub author: Option<String>,
    /// Normalised.
    pub tag: Option<String>,
    /// By those whom the reader follows.
    pub following: bool,
    /// Username key.
    pub favorited_by: Option<String>,
    /// Words that the posts have.
    pub words: Option<String>,
    /// Who reads.
    pub reader: Option<Uuid>,
}

/// A post by its slug, if this reader may see it.
///
/// # Errors
/// [`DbError`].
pub async fn find(
    db: &Db,
    slug: &str,
    reader: Option<Uuid>,
    moderator: bool,
) -> Result<Option<Found>, DbError> {
    let rows = db
        .read(
            include_str!("../../sql/read_post.sql"),
            params![slug, reader, moderator],
        )
        .await?;
    let Some(row) = rows.first() else {
        return Ok(None);
    };
    if let Some(json) = row.get("post")? {
        let etag = row.get("etag")?;
        return Ok(Some(Found::Post { json, etag }));
    }
    Ok(row.get::<Option<String>>("moved_to")?.map(Found::Moved))
}

/// A page of posts, newest first.
///
/// # Errors
/// [`DbError`].
pub async fn find_all(
    db: &Db,
    filter: Filter,
    after: Option<Position>,
    limit: i64,
) -> Result<Listed<Position>, DbError> {
    let Filter {
        status,
        author,
        tag,
        following,
        favorited_by,
        words,
        reader,
    } = filter;
    let (after_ms, after_id) = after.unzip();
    let rows = db
        .read(
            include_str!("../../sql/list_posts.sql"),
            params![
                status,
                author,
                tag,
                following,
                favorited_by,
                words,
                reader,
                after_ms,
                after_id,
                limit
            ],
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
///
/// # Errors
/// [`DbError`].
pub async fn create(
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
    db.write_json(include_str!("../../sql/create_post.sql"), params)
        .await
}

/// Changes what `changes` names, if the post is among those of `if_match`.
///
/// # Errors
/// [`DbError`].
pub async fn update(
    db: &Db,
    context: &Context,
    slug: &str,
    editor: Editor,
    if_match: Option<Vec<String>>,
    changes: serde_json::Value,
    origin: Origin,
) -> Result<Change, DbError> {
    let mut params = target(context, slug, editor, if_match);
    params.push(Value::from(changes));
    params.extend(origin.params());
    written(
        db.write_json(include_str!("../../sql/update_post.sql"), params)
            .await,
    )
}

/// Publishes a post, now or at a time in milliseconds.
///
/// # Errors
/// [`DbError`].
pub async fn publish(
    db: &Db,
    context: &Context,
    slug: &str,
    editor: Editor,
    if_match: Option<Vec<String>>,
    at_ms: Option<i64>,
) -> Result<Change, DbError> {
    let mut params = target(context, slug, editor, if_match);
    params.push(Value::from(at_ms));
    written(
        db.write_json(include_str!("../../sql/publish_post.sql"), params)
            .await,
    )
}

/// Makes a post a draft.
///
/// # Errors
/// [`DbError`].
pub async fn unpublish(
    db: &Db,
    context: &Context,
    slug: &str,
    editor: Editor,
    if_match: Option<Vec<String>>,
) -> Result<Change, DbError> {
    let params = target(context, slug, editor, if_match);
    written(
        db.write_json(include_str!("../../sql/unpublish_post.sql"), params)
            .await,
    )
}

/// Deletes a post so that it can be restored.
///
/// # Errors
/// [`DbError`].
pub async fn delete(
    db: &Db,
    context: &Context,
    slug: &str,
    editor: Editor,
    if_match: Option<Vec<String>>,
) -> Result<Change, DbError> {
    let params = target(context, slug, editor, if_match);
    db.write_json(include_str!("../../sql/delete_post.sql"), params)
        .await
}

/// Brings a deleted post back.
///
/// # Errors
/// [`DbError`].
pub async fn restore(
    db: &Db,
    context: &Context,
    slug: &str,
    editor: Editor,
    if_match: Option<Vec<String>>,
) -> Result<Change, DbError> {
    let params = target(context, slug, editor, if_match);
    db.write_json(include_str!("../../sql/restore_post.sql"), params)
        .await
}

/// Makes a post a favourite, or no longer.
///
/// # Errors
/// [`DbError`].
pub async fn set_favorite(
    db: &Db,
    context: &Context,
    slug: &str,
    reader: Uuid,
    wanted: bool,
) -> Result<Change, DbError> {
    db.write_json(
        include_str!("../../sql/set_favorite.sql"),
        params![context.value(), slug, reader, wanted],
    )
    .await
}

fn target(
    context: &Context,
    slug: &str,
    editor: Editor,
    if_match: Option<Vec<String>>,
) -> Vec<Value> {
    params![
        context.value(),
        slug,
        editor.account,
        editor.moderator,
        if_match
    ]
}

/// A slug that is somebody else's takes back the whole statement, and comes as its constraint.
fn written(answer: Result<Change, DbError>) -> Result<Change, DbError> {
    match answer {
        Err(DbError::Unique { constraint }) if constraint == "posts_slug_key" => {
            Ok(Change::SlugTaken)
        }
        answer => answer,
    }
}
