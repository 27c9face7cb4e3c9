//! Articles, comments and profiles in the database, as JSON that it wrote for this API: one function per statement.

use kit::{Context, Db, DbError, params};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

/// What a change of an article came to.
#[derive(Debug, Deserialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub(crate) enum Change {
    Updated { article: Value },
    Deleted,
    NotFound,
    Forbidden,
    SlugTaken,
}

/// What a comment came to.
#[derive(Debug, Deserialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub(crate) enum Comment {
    Created {
        comment: Value,
    },
    Deleted,
    Closed,
    NotFound,
    NoArticle,
    #[serde(rename = "no_comment")]
    Missing,
    Forbidden,
}

/// What following came to.
#[derive(Debug, Deserialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub(crate) enum Follow {
    Followed { profile: Value },
    Oneself,
    NotFound,
}

/// What somebody says of themselves.
#[derive(Debug, Default, Deserialize, Serialize)]
pub(crate) struct Person {
    pub(crate) bio: Option<String>,
    pub(crate) image: Option<String>,
}

/// Which articles a list shows; usernames are keys.
#[derive(Debug, Default)]
pub(crate) struct Filter {
    pub(crate) tag: Option<String>,
    pub(crate) author: Option<String>,
    pub(crate) favorited: Option<String>,
}

/// A part of a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Part {
    pub(crate) limit: i64,
    pub(crate) offset: i64,
}

/// An article; none where there is none to be seen.
pub(crate) async fn find_article(
    db: &Db,
    slug: &str,
    reader: Option<Uuid>,
) -> Result<Option<String>, DbError> {
    db.read_text(include_str!("../sql/article.sql"), params![slug, reader])
        .await
}

/// A part of all articles, newest first.
pub(crate) async fn list_articles(
    db: &Db,
    filter: Filter,
    reader: Option<Uuid>,
    part: Part,
) -> Result<Option<String>, DbError> {
    db.read_text(
        include_str!("../sql/list_articles.sql"),
        params![
            filter.tag,
            filter.author,
            filter.favorited,
            reader,
            part.limit,
            part.offset
        ],
    )
    .await
}

/// A part of the articles of those whom the reader follows, newest first.
pub(crate) async fn list_feed(
    db: &Db,
    reader: Uuid,
    part: Part,
) -> Result<Option<String>, DbError> {
    db.read_text(
        include_str!("../sql/feed.sql"),
        params![reader, part.limit, part.offset],
    )
    .await
}

/// Publishes an article under the first free form of `slug`.
pub(crate) async fn create_article(
    db: &Db,
    context: &Context,
    id: Uuid,
    author: Uuid,
    slug: String,
    draft: Value,
) -> Result<Value, DbError> {
    db.write_json(
        include_str!("../sql/create_article.sql"),
        params![context.value(), id, author, slug, draft],
    )
    .await
}

/// Changes what `changes` names; another title wishes for `slug`.
pub(crate) async fn update_article(
    db: &Db,
    context: &Context,
    name: &str,
    editor: Uuid,
    changes: Value,
    slug: Option<String>,
    attempt: i32,
) -> Result<Change, DbError> {
    let answer = db
        .write_json(
            include_str!("../sql/update_article.sql"),
            params![context.value(), name, editor, changes, slug, attempt],
        )
        .await;
    match answer {
        Err(DbError::Unique { constraint }) if constraint == "posts_slug_key" => {
            Ok(Change::SlugTaken)
        }
        answer => answer,
    }
}

/// Deletes an article.
pub(crate) async fn delete_article(
    db: &Db,
    context: &Context,
    name: &str,
    editor: Uuid,
) -> Result<Change, DbError> {
    db.write_json(
        include_str!("../sql/delete_article.sql"),
        params![context.value(), name, editor],
    )
    .await
}

/// Makes an article a favourite, or no longer.
pub(crate) async fn set_favorite(
    db: &Db,
    context: &Context,
    name: &str,
    reader: Uuid,
    wanted: bool,
) -> Result<Change, DbError> {
    db.write_json(
        include_str!("../sql/set_favorite.sql"),
        params![context.value(), name, reader, wanted],
    )
    .await
}

/// The comments on an article, newest first; none without such an article.
pub(crate) async fn list_comments(
    db: &Db,
    name: &str,
    reader: Option<Uuid>,
) -> Result<Option<String>, DbError> {
    db.read_text(
        include_str!("../sql/list_comments.sql"),
        params![name, reader],
    )
    .await
}

/// Comments on an article.
pub(crate) async fn create_comment(
    db: &Db,
    context: &Context,
    name: &str,
    id: Uuid,
    author: Uuid,
    body: &str,
    html: String,
) -> Result<Comment, DbError> {
    db.write_json(
        include_str!("../sql/create_comment.sql"),
        params![context.value(), name, id, author, body, html],
    )
    .await
}

/// Deletes one's own comment; no number is nobody's.
pub(crate) async fn delete_comment(
    db: &Db,
    context: &Context,
    name: &str,
    number: Option<i64>,
    account: Uuid,
) -> Result<Comment, DbError> {
    db.write_json(
        include_str!("../sql/delete_comment.sql"),
        params![context.value(), name, number, account],
    )
    .await
}

/// Tags, those of most articles first.
pub(crate) async fn list_tags(db: &Db) -> Result<Option<String>, DbError> {
    db.read_text(include_str!("../sql/list_tags.sql"), params![])
        .await
}

/// A profile; none without such an account.
pub(crate) async fn find_profile(
    db: &Db,
    username_key: &str,
    reader: Option<Uuid>,
) -> Result<Option<String>, DbError> {
    db.read_text(
        include_str!("../sql/profile.sql"),
        params![username_key, reader],
    )
    .await
}

/// Follows an account, or no longer.
pub(crate) async fn set_follow(
    db: &Db,
    context: &Context,
    follower: Uuid,
    username_key: &str,
    wanted: bool,
) -> Result<Follow, DbError> {
    db.write_json(
        include_str!("../sql/set_follow.sql"),
        params![context.value(), follower, username_key, wanted],
    )
    .await
}

/// What an account says of itself.
pub(crate) async fn find_person(db: &Db, account: Uuid) -> Result<Person, DbError> {
    let person = db
        .read_json(include_str!("../sql/person.sql"), params![account])
        .await?;
    Ok(person.unwrap_or_default())
}

/// Changes what an account says of itself: members of `profile.update_profile`.
pub(crate) async fn update_person(
    db: &Db,
    context: &Context,
    account: Uuid,
    changes: Value,
) -> Result<Person, DbError> {
    db.write_json(
        include_str!("../sql/update_person.sql"),
        params![context.value(), account, changes],
    )
    .await
}
