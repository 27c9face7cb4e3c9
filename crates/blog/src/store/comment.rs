//! Comments.

use kit::{Context, Db, DbError, Value, params};
use serde::Deserialize;
use uuid::Uuid;

use super::{Editor, Listed};

/// A comment after a change.
#[derive(Clone, Debug, Deserialize)]
pub struct Stored {
    /// Its id.
    pub id: Uuid,
    /// Its entity tag.
    pub etag: String,
    /// The document.
    pub comment: serde_json::Value,
}

/// What a change came to.
#[derive(Debug, Deserialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
#[expect(missing_docs, reason = "the SQL functions say")]
pub enum Change {
    Created(Stored),
    Replayed(Stored),
    Updated(Stored),
    Deleted,
    Reported,
    Mismatch,
    Gone,
    Closed,
    NoParent,
    Own,
    NotFound,
    Moved { slug: String },
    Forbidden,
    Stale,
}

/// What listing came to.
#[derive(Clone, Debug)]
pub enum Comments {
    /// A page; positions are paths.
    Page(Listed<String>),
    /// The post has this slug now.
    Moved(String),
}

/// A new comment.
#[derive(Clone, Debug)]
pub struct NewComment {
    /// Its id.
    pub id: Uuid,
    /// The comment that it answers.
    pub parent: Option<Uuid>,
    /// Markdown.
    pub body: String,
    /// Sanitised.
    pub html: String,
}

/// A page of a post's comments in the order of reading; none without a post that this reader may see.
///
/// # Errors
/// [`DbError`].
pub async fn find_all(
    db: &Db,
    slug: &str,
    reader: Option<Uuid>,
    moderator: bool,
    after: Option<String>,
    limit: i64,
) -> Result<Option<Comments>, DbError> {
    let rows = db
        .read(
            include_str!("../../sql/list_comments.sql"),
            params![slug, reader, moderator, after, limit],
        )
        .await?;
    let Some(row) = rows.first() else {
        return Ok(None);
    };
    if let Some(slug) = row.get("moved_to")? {
        return Ok(Some(Comments::Moved(slug)));
    }
    let last = row.get("last_path")?;
    Ok(row
        .get::<Option<String>>("items")?
        .map(|items| Comments::Page(Listed { items, last })))
}

/// A comment and its entity tag; none where this reader sees none.
///
/// # Errors
/// [`DbError`].
pub async fn find(
    db: &Db,
    id: Uuid,
    reader: Option<Uuid>,
    moderator: bool,
) -> Result<Option<(String, String)>, DbError> {
    let rows = db
        .read(
            include_str!("../../sql/read_comment.sql"),
            params![id, reader, moderator],
        )
        .await?;
    let Some(row) = rows.first() else {
        return Ok(None);
    };
    let comment = row.get::<Option<String>>("comment")?;
    Ok(comment.zip(row.get::<Option<String>>("etag")?))
}

/// A page of the comments that wait for a look, the newest first: all for a moderator, else those on the account's own posts. Positions are
/// numbers.
///
/// # Errors
/// [`DbError`].
pub async fn find_waiting(
    db: &Db,
    judge: Editor,
    after: Option<i64>,
    limit: i64,
) -> Result<Listed<i64>, DbError> {
    let rows = db
        .read(
            include_str!("../../sql/list_waiting_comments.sql"),
            params![judge.account, judge.moderator, after, limit],
        )
        .await?;
    let row = rows
        .first()
        .ok_or_else(|| DbError::decode("items", "the list answered nothing"))?;
    Ok(Listed {
        items: row.get("items")?,
        last: row.get("last_number")?,
    })
}

/// Adds a comment to a post.
///
/// # Errors
/// [`DbError`].
pub async fn create(
    db: &Db,
    context: &Context,
    slug: &str,
    author: Editor,
    comment: NewComment,
    idempotency: [Value; 4],
) -> Result<Change, DbError> {
    let NewComment {
        id,
        parent,
        body,
        html,
    } = comment;
    let mut params = params![
        context.value(),
        slug,
        id,
        author.account,
        author.moderator,
        parent,
        body,
        html
    ];
    params.extend(idempotency);
    db.write_json(include_str!("../../sql/create_comment.sql"), params)
        .await
}

/// Changes what a comment says.
///
/// # Errors
/// [`DbError`].
pub async fn update(
    db: &Db,
    context: &Context,
    id: Uuid,
    author: Editor,
    if_match: Option<Vec<String>>,
    body: String,
    html: String,
) -> Result<Change, DbError> {
    let mut params = target(context, id, author, if_match);
    params.extend(params![body, html]);
    db.write_json(include_str!("../../sql/update_comment.sql"), params)
        .await
}

/// Deletes a comment.
///
/// # Errors
/// [`DbError`].
pub async fn delete(
    db: &Db,
    context: &Context,
    id: Uuid,
    editor: Editor,
    if_match: Option<Vec<String>>,
) -> Result<Change, DbError> {
    let params = target(context, id, editor, if_match);
    db.write_json(include_str!("../../sql/delete_comment.sql"), params)
        .await
}

/// Approves (`approved`) or rejects (`rejected`) a comment.
///
/// # Errors
/// [`DbError`].
pub async fn judge(
    db: &Db,
    context: &Context,
    id: Uuid,
    editor: Editor,
    if_match: Option<Vec<String>>,
    verdict: &str,
) -> Result<Change, DbError> {
    let mut params = target(context, id, editor, if_match);
    params.push(Value::from(verdict));
    db.write_json(include_str!("../../sql/judge_comment.sql"), params)
        .await
}

/// Reports a comment to its moderators.
///
/// # Errors
/// [`DbError`].
pub async fn report(
    db: &Db,
    context: &Context,
    id: Uuid,
    reporter: Uuid,
    reason: Option<String>,
) -> Result<Change, DbError> {
    db.write_json(
        include_str!("../../sql/report_comment.sql"),
        params![context.value(), id, reporter, reason],
    )
    .await
}

fn target(
    context: &Context,
    id: Uuid,
    editor: Editor,
    if_match: Option<Vec<String>>,
) -> Vec<Value> {
    params![
        context.value(),
        id,
        editor.account,
        editor.moderator,
        if_match
    ]
}
