//! Requests and answers about posts, and their rules.

use garde::Validate;
use kit::extract::present;
use kit::{App, Problem};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::domain::{field, slug, tag};
use crate::renderer::render_into;

/// A picture above a post.
#[derive(Deserialize, Serialize, Validate, utoipa::ToSchema)]
pub(crate) struct Cover {
    /// http or https.
    #[garde(custom(|url: &String, _| rule(field::web_address(url))))]
    url: String,
    /// What the picture shows, for those who don't see it; up to 500 characters.
    #[serde(default)]
    #[garde(custom(|alt: &String, _| rule(field::alt(alt))))]
    alt: String,
}

/// Whether a post is to be seen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Status {
    /// For its author and moderators alone.
    #[default]
    Draft,
    /// Published, with a time that is to come.
    Scheduled,
    /// To be seen.
    Published,
    /// To be restored for thirty days.
    Deleted,
}

impl Status {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::Scheduled => "scheduled",
            Self::Published => "published",
            Self::Deleted => "deleted",
        }
    }
}

/// Who may comment on a post.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Comments {
    /// Whoever has an account.
    Open,
    /// So, but the post's author or a moderator looks first.
    Moderated,
    /// Nobody; what was said stays.
    Closed,
}

/// A new post.
#[derive(Deserialize, Serialize, Validate, utoipa::ToSchema)]
pub(crate) struct NewPost {
    /// 1 to 200 characters on one line.
    #[garde(custom(|title: &String, _| rule(field::title(title))))]
    pub(crate) title: String,
    /// Up to 500 characters.
    #[serde(default)]
    #[garde(inner(custom(|summary: &String, _| rule(field::summary(summary)))))]
    summary: Option<String>,
    /// Markdown, up to 1,000,000 bytes.
    #[garde(custom(|body: &String, _| rule(field::body(body))))]
    body: String,
    /// Up to 10, of up to 40 characters.
    #[serde(default)]
    #[garde(custom(|tags: &Option<Vec<String>>, _| tag_count(tags.as_deref())), inner(inner(custom(|text: &String, _| rule(tag::normalise(text))))))]
    tags: Option<Vec<String>>,
    #[serde(default)]
    #[garde(dive)]
    cover: Option<Cover>,
    /// Where the post was published first; http or https.
    #[serde(default)]
    #[garde(inner(custom(|url: &String, _| rule(field::web_address(url)))))]
    canonical_url: Option<String>,
    /// Title of the author's series that the post belongs to.
    #[serde(default)]
    #[garde(inner(custom(|series: &String, _| rule(field::series(series)))))]
    series: Option<String>,
    /// `open` if absent.
    #[serde(default)]
    #[garde(skip)]
    comments: Option<Comments>,
    /// `draft` if absent.
    #[serde(default)]
    #[garde(skip)]
    status: Option<Status>,
    /// RFC 3339. Not in the future with `status` `published`, whose time is now if absent; in the future with `scheduled`.
    #[serde(default)]
    #[garde(skip)]
    published_at: Option<String>,
}

impl NewPost {
    /// What the database is given: normalised, with the Markdown rendered.
    pub(crate) fn into_draft(self, app: &App) -> Result<Value, Problem> {
        let status = self.status.unwrap_or_default();
        let wrong = |message: String| Problem::invalid_field("published_at", message);
        let published_at_ms = match (status, self.published_at.as_deref()) {
            (Status::Deleted, _) => {
                return Err(Problem::invalid_field(
                    "status",
                    "must be draft, scheduled or published",
                ));
            }
            (Status::Draft, Some(_)) => {
                return Err(wrong("needs the status published or scheduled".into()));
            }
            (Status::Scheduled, None) => return Err(wrong("is required to schedule".into())),
            (Status::Draft | Status::Published, None) => None,
            (Status::Published, Some(text)) => {
                Some(field::past(text, app.now_ms()).map_err(wrong)?)
            }
            (Status::Scheduled, Some(text)) => {
                Some(field::future(text, app.now_ms()).map_err(wrong)?)
            }
        };
        // What is scheduled is published, at a time to come.
        let stored = if status == Status::Draft {
            Status::Draft
        } else {
            Status::Published
        };
        let mut draft = Map::new();
        draft.insert("title".into(), json!(self.title.trim()));
        draft.insert("summary".into(), json!(not_blank(self.summary)));
        draft.insert(
            "tags".into(),
            json!(tag::normalise_all(&self.tags.unwrap_or_default())),
        );
        draft.insert("cover".into(), json!(self.cover));
        draft.insert("canonical_url".into(), json!(self.canonical_url));
        draft.insert(
            "series".into(),
            json!(self.series.as_deref().map(str::trim)),
        );
        draft.insert(
            "comments".into(),
            json!(self.comments.unwrap_or(Comments::Open)),
        );
        draft.insert("status".into(), json!(stored));
        draft.insert("published_at_ms".into(), json!(published_at_ms));
        render_into(&mut draft, app, self.body)?;
        Ok(Value::Object(draft))
    }
}

/// Changes to a post: what is absent stays; null clears what a post can be without.
#[derive(Deserialize, Serialize, Validate, utoipa::ToSchema)]
pub(crate) struct PostChanges {
    /// 1 to 200 characters on one line.
    #[serde(default, deserialize_with = "present")]
    #[schema(nullable = false)]
    #[garde(inner(custom(|title: &String, _| rule(field::title(title)))))]
    title: Option<String>,
    /// Up to 500 characters.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<String>)]
    #[garde(inner(inner(custom(|summary: &String, _| rule(field::summary(summary))))))]
    summary: Option<Option<String>>,
    /// Markdown, up to 1,000,000 bytes.
    #[serde(default, deserialize_with = "present")]
    #[schema(nullable = false)]
    #[garde(inner(custom(|body: &String, _| rule(field::body(body)))))]
    body: Option<String>,
    /// Up to 10, of up to 40 characters.
    #[serde(default, deserialize_with = "present")]
    #[schema(nullable = false)]
    #[garde(custom(|tags: &Option<Vec<String>>, _| tag_count(tags.as_deref())), inner(inner(custom(|text: &String, _| rule(tag::normalise(text))))))]
    tags: Option<Vec<String>>,
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<Cover>)]
    #[garde(dive)]
    cover: Option<Option<Cover>>,
    /// http or https.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<String>)]
    #[garde(inner(inner(custom(|url: &String, _| rule(field::web_address(url))))))]
    canonical_url: Option<Option<String>>,
    /// Letters and digits in lower case with hyphens between. The old one leads here.
    #[serde(default, deserialize_with = "present")]
    #[schema(nullable = false)]
    #[garde(inner(custom(|text: &String, _| rule(slug::chosen(text)))))]
    slug: Option<String>,
    /// Title of the author's series that the post belongs to.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<String>)]
    #[garde(inner(inner(custom(|series: &String, _| rule(field::series(series))))))]
    series: Option<Option<String>>,
    #[serde(default, deserialize_with = "present")]
    #[schema(nullable = false)]
    #[garde(skip)]
    comments: Option<Comments>,
    /// Saved by a program while the author writes: gathered in one revision, and never seen by readers before the author
    /// publishes.
    #[serde(default)]
    #[garde(skip)]
    pub(crate) autosave: bool,
}

impl PostChanges {
    /// What the database is given: only what the request named.
    pub(crate) fn into_changes(self, app: &App) -> Result<Value, Problem> {
        let mut changes = Map::new();
        if let Some(slug) = self.slug {
            changes.insert("slug".into(), json!(slug::normalise(&slug)));
        }
        if let Some(series) = self.series {
            changes.insert("series".into(), json!(series.as_deref().map(str::trim)));
        }
        if let Some(comments) = self.comments {
            changes.insert("comments".into(), json!(comments));
        }
        if let Some(title) = self.title {
            changes.insert("title".into(), json!(title.trim()));
        }
        if let Some(summary) = self.summary {
            changes.insert("summary".into(), json!(not_blank(summary)));
        }
        if let Some(tags) = self.tags {
            changes.insert("tags".into(), json!(tag::normalise_all(&tags)));
        }
        if let Some(cover) = self.cover {
            changes.insert("cover".into(), json!(cover));
        }
        if let Some(url) = self.canonical_url {
            changes.insert("canonical_url".into(), json!(url));
        }
        if let Some(body) = self.body {
            render_into(&mut changes, app, body)?;
        }
        Ok(Value::Object(changes))
    }
}

/// A heading of a post.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct TocEntry {
    /// 1 to 6.
    level: u8,
    /// Fragment, without `#`.
    anchor: String,
    text: String,
}

/// Who wrote a post.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct Author {
    username: String,
    display_name: Option<String>,
    image_url: Option<String>,
}

/// A post in a list: without its body.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct PostHead {
    id: uuid::Uuid,
    slug: String,
    title: String,
    summary: Option<String>,
    tags: Vec<String>,
    cover: Option<Cover>,
    canonical_url: Option<String>,
    /// Title of the author's series that the post belongs to.
    series: Option<String>,
    comments: Comments,
    status: Status,
    /// RFC 3339; null for what was never published.
    published_at: Option<String>,
    created_at: String,
    updated_at: String,
    reading_minutes: i32,
    favorites_count: i64,
    comments_count: i64,
    /// Whether the caller made it a favourite; false for anonymous callers.
    favorited: bool,
    author: Author,
}

/// A whole post.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct Post {
    #[serde(flatten)]
    head: PostHead,
    /// Markdown, as it was written.
    body: String,
    /// Sanitised HTML of the body.
    html: String,
    toc: Vec<TocEntry>,
    /// The posts of the series that are to be seen, in the order of publication.
    series_posts: Vec<SeriesPost>,
    /// Whether there are changes that readers don't see yet; false for those who may not change the post.
    pending_edit: bool,
}

/// A post of a series.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct SeriesPost {
    slug: String,
    title: String,
}

/// A page of posts, newest first.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct Posts {
    items: Vec<PostHead>,
    /// For the next page; null on the last.
    next_cursor: Option<String>,
}

fn not_blank(text: Option<String>) -> Option<String> {
    text.filter(|text| !text.trim().is_empty())
}

pub(crate) fn rule<T>(outcome: Result<T, String>) -> garde::Result {
    outcome.map(drop).map_err(garde::Error::new)
}

fn tag_count(tags: Option<&[String]>) -> garde::Result {
    if tags.is_some_and(|tags| tags.len() > tag::MAX_TAGS) {
        return Err(garde::Error::new(format!(
            "must be at most {} tags",
            tag::MAX_TAGS
        )));
    }
    Ok(())
}
