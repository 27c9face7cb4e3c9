//! What pages are made of: one statement each.

use blog::store::search::Position;
use kit::{Db, DbError, params};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use uuid::Uuid;

/// A picture above a post.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Cover {
    pub(crate) url: String,
    #[serde(default)]
    pub(crate) alt: String,
}

/// Who wrote a post or a comment.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Author {
    pub(crate) username: String,
    pub(crate) display_name: Option<String>,
    pub(crate) image_url: Option<String>,
}

impl Author {
    pub(crate) fn name(&self) -> &str {
        self.display_name.as_deref().unwrap_or(&self.username)
    }
}

/// What lists show of a post.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Head {
    pub(crate) id: Uuid,
    pub(crate) slug: String,
    pub(crate) title: String,
    pub(crate) summary: Option<String>,
    pub(crate) tags: Vec<String>,
    pub(crate) cover: Option<Cover>,
    pub(crate) canonical_url: Option<String>,
    pub(crate) published_at: String,
    pub(crate) updated_at: String,
    pub(crate) reading_minutes: i32,
    pub(crate) comments_count: i64,
    pub(crate) comments: String,
    pub(crate) series: Option<String>,
    pub(crate) author: Author,
}

impl Head {
    /// When it became what is read: one that was scheduled appears after its last change.
    pub(crate) fn modified_at(&self) -> &str {
        // RFC 3339 in UTC with milliseconds, both of them.
        self.updated_at.as_str().max(self.published_at.as_str())
    }
}

/// A heading of a post.
#[derive(Debug, Deserialize)]
pub(crate) struct Heading {
    pub(crate) level: u8,
    pub(crate) anchor: String,
    pub(crate) text: String,
}

/// Another post of a series.
#[derive(Debug, Deserialize)]
pub(crate) struct SeriesPost {
    pub(crate) slug: String,
    pub(crate) title: String,
}

/// A whole post.
#[derive(Debug, Deserialize)]
pub(crate) struct Post {
    #[serde(flatten)]
    pub(crate) head: Head,
    pub(crate) html: String,
    #[serde(default)]
    pub(crate) toc: Vec<Heading>,
    #[serde(default)]
    pub(crate) series_posts: Vec<SeriesPost>,
}

/// A comment, or the place of one.
#[derive(Debug, Deserialize)]
pub(crate) struct Comment {
    pub(crate) id: Uuid,
    pub(crate) depth: u8,
    pub(crate) html: Option<String>,
    pub(crate) author: Option<Author>,
    pub(crate) created_at: String,
}

/// What looking a slug up came to.
pub(crate) enum Found {
    Post {
        post: Box<Post>,
        comments: Vec<Comment>,
        /// Position of the last comment if there are more.
        last_comment: Option<String>,
    },
    Moved(String),
}

/// An author as their page shows them.
#[derive(Debug, Deserialize)]
pub(crate) struct Profile {
    pub(crate) username: String,
    pub(crate) display_name: Option<String>,
    pub(crate) bio: Option<String>,
    pub(crate) image_url: Option<String>,
    pub(crate) website: Option<String>,
    pub(crate) location: Option<String>,
    pub(crate) followers_count: i64,
}

impl Profile {
    pub(crate) fn name(&self) -> &str {
        self.display_name.as_deref().unwrap_or(&self.username)
    }
}

/// A tag and how many posts have it.
#[derive(Debug, Deserialize)]
pub(crate) struct Tag {
    pub(crate) tag: String,
    pub(crate) posts_count: i64,
}

/// A page of posts.
#[derive(Debug, Deserialize)]
pub(crate) struct List {
    pub(crate) about: Option<Profile>,
    pub(crate) items: Vec<Head>,
    pub(crate) last_ms: Option<i64>,
    pub(crate) last_id: Option<Uuid>,
    pub(crate) tags: Option<Vec<Tag>>,
}

/// The newest posts, whole.
#[derive(Debug, Deserialize)]
pub(crate) struct Feed {
    pub(crate) about: Option<Profile>,
    pub(crate) items: Vec<Post>,
}

/// A feed as the database wrote it: of those who ask for it at once, one reads it.
pub(crate) struct Unread(Option<String>);

impl Unread {
    pub(crate) fn read(&self) -> Result<Feed, DbError> {
        match &self.0 {
            Some(text) => parse(text),
            None => Err(DbError::decode("document", "nothing under a new stamp")),
        }
    }
}

/// A post that was found, with its highlights.
#[derive(Debug, Deserialize)]
pub(crate) struct Hit {
    #[serde(flatten)]
    pub(crate) head: Head,
    pub(crate) highlights: Highlights,
}

/// HTML in which only the marks are tags.
#[derive(Debug, Deserialize)]
pub(crate) struct Highlights {
    pub(crate) title: String,
    pub(crate) text: String,
}

/// What a list or a feed is of. Both none: everything.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Subject {
    /// Username key.
    pub(crate) author: Option<String>,
    pub(crate) tag: Option<String>,
}

/// A post with a hundred of its comments, those after this position.
pub(crate) async fn post(
    db: &Db,
    slug: &str,
    after: Option<String>,
) -> Result<Option<Found>, DbError> {
    let rows = db
        .read(include_str!("../sql/post_page.sql"), params![slug, after])
        .await?;
    let Some(row) = rows.first() else {
        return Ok(None);
    };
    if let Some(slug) = row.get("moved_to")? {
        return Ok(Some(Found::Moved(slug)));
    }
    let Some(post) = row.get::<Option<String>>("post")? else {
        return Ok(None);
    };
    let comments: Option<String> = row.get("comments")?;
    Ok(Some(Found::Post {
        post: Box::new(parse(&post)?),
        comments: parse(comments.as_deref().unwrap_or("[]"))?,
        last_comment: row.get("last_path")?,
    }))
}

pub(crate) async fn list(
    db: &Db,
    subject: &Subject,
    after: Option<(i64, Uuid)>,
    size: i64,
) -> Result<Option<List>, DbError> {
    let (ms, id) = after.unzip();
    db.read_json(
        include_str!("../sql/list_page.sql"),
        params![subject.author.clone(), subject.tag.clone(), ms, id, size],
    )
    .await
}

/// The newest posts under their stamp, nothing of them for who knows it; none without such an author.
pub(crate) async fn feed(
    db: &Db,
    subject: &Subject,
    size: i64,
    known: Option<String>,
) -> Result<Option<(String, Unread)>, DbError> {
    let rows = db
        .read(
            include_str!("../sql/feed.sql"),
            params![subject.author.clone(), subject.tag.clone(), size, known],
        )
        .await?;
    let Some(row) = rows.first() else {
        return Ok(None);
    };
    let Some(stamp) = row.get("stamp")? else {
        return Ok(None);
    };
    Ok(Some((stamp, Unread(row.get("document")?))))
}

pub(crate) async fn tags(db: &Db) -> Result<Vec<Tag>, DbError> {
    let listed = blog::store::tag::find_all(db, None, None, 200).await?;
    parse(&listed.items)
}

pub(crate) async fn search(
    db: &Db,
    words: &str,
    after: Option<Position>,
) -> Result<(Vec<Hit>, Option<Position>, Option<String>), DbError> {
    let found = blog::store::search::search(db, words, None, after, 20).await?;
    Ok((parse(&found.page.items)?, found.page.last, found.corrected))
}

pub(crate) async fn months(db: &Db) -> Result<Vec<String>, DbError> {
    let months = db
        .read_json(include_str!("../sql/sitemap_months.sql"), params![])
        .await?;
    Ok(months.unwrap_or_default())
}

/// A line of a sitemap.
#[derive(Debug, Deserialize)]
pub(crate) struct Place {
    pub(crate) slug: String,
    pub(crate) updated_at: String,
}

pub(crate) async fn month(db: &Db, month: &str) -> Result<Vec<Place>, DbError> {
    let places = db
        .read_json(include_str!("../sql/sitemap_month.sql"), params![month])
        .await?;
    Ok(places.unwrap_or_default())
}

fn parse<T: DeserializeOwned>(text: &str) -> Result<T, DbError> {
    serde_json::from_str(text).map_err(|error| DbError::decode("json", error))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_post_is_never_changed_before_it_appeared() {
        for (published_at, updated_at, modified_at) in [
            (
                "2026-01-02T00:00:00.000Z",
                "2026-01-01T00:00:00.000Z",
                "2026-01-02T00:00:00.000Z",
            ),
            (
                "2026-01-02T00:00:00.000Z",
                "2026-01-02T00:00:00.001Z",
                "2026-01-02T00:00:00.001Z",
            ),
        ] {
            let head: Head = serde_json::from_value(json!({
                "id": Uuid::nil(), "slug": "s", "title": "T", "summary": null, "tags": [], "cover": null, "canonical_url": null,
                "published_at": published_at, "updated_at": updated_at, "reading_minutes": 1, "comments_count": 0,
                "comments": "open", "series": null, "author": {"username": "ada", "display_name": null, "image_url": null}}))
            .unwrap();
            assert_eq!(head.modified_at(), modified_at);
        }
    }
}
