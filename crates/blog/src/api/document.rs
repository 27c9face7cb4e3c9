//! Requests and answers about posts, and their rules.

use garde::Validate;
use kit::{App, Problem};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::{Map, Value, json};

use crate::domain::{field, tag};
use crate::renderer::Markdown;

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
    #[default]
    Draft,
    Published,
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
    /// `draft` if absent.
    #[serde(default)]
    #[garde(skip)]
    status: Option<Status>,
    /// RFC 3339, not in the future; only with `status` `published`, whose time is now if absent.
    #[serde(default)]
    #[garde(skip)]
    published_at: Option<String>,
}

impl NewPost {
    /// What the database is given: normalised, with the Markdown rendered.
    pub(crate) fn into_draft(self, app: &App) -> Result<Value, Problem> {
        let status = self.status.unwrap_or_default();
        let published_at_ms = match self.published_at.as_deref() {
            None => None,
            Some(_) if status == Status::Draft => {
                return Err(Problem::invalid_field(
                    "published_at",
                    "needs the status published",
                ));
            }
            Some(text) => Some(
                field::past(text, app.now_ms())
                    .map_err(|message| Problem::invalid_field("published_at", message))?,
            ),
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
        draft.insert("status".into(), json!(status));
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
    #[garde(custom(|cover: &Option<Option<Cover>>, _| cover_of(cover.as_ref())))]
    cover: Option<Option<Cover>>,
    /// http or https.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<String>)]
    #[garde(inner(inner(custom(|url: &String, _| rule(field::web_address(url))))))]
    canonical_url: Option<Option<String>>,
}

impl PostChanges {
    /// What the database is given: only what the request named.
    pub(crate) fn into_changes(self, app: &App) -> Result<Value, Problem> {
        let mut changes = Map::new();
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
}

/// A page of posts, newest first.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct Posts {
    items: Vec<PostHead>,
    /// For the next page; null on the last.
    next_cursor: Option<String>,
}

/// Renders the body and puts source and outcome where the database expects them.
fn render_into(target: &mut Map<String, Value>, app: &App, body: String) -> Result<(), Problem> {
    let markdown = app
        .extension::<Markdown>()
        .ok_or_else(|| Problem::internal("no Markdown renderer was put in"))?;
    let rendered = markdown.0.render(&body);
    let entry = |heading: contracts::content::markdown::Heading| TocEntry {
        level: heading.level,
        anchor: heading.anchor,
        text: heading.text,
    };
    target.insert("body".into(), Value::String(body));
    target.insert("html".into(), Value::String(rendered.html));
    target.insert(
        "toc".into(),
        json!(rendered.toc.into_iter().map(entry).collect::<Vec<_>>()),
    );
    target.insert("text".into(), Value::String(rendered.text));
    target.insert(
        "words".into(),
        json!(i32::try_from(rendered.words).unwrap_or(i32::MAX)),
    );
    Ok(())
}

/// Tells null from absent: what is there is `Some`, whatever it is.
fn present<'de, D: Deserializer<'de>, T: Deserialize<'de>>(
    deserializer: D,
) -> Result<Option<T>, D::Error> {
    T::deserialize(deserializer).map(Some)
}

fn not_blank(text: Option<String>) -> Option<String> {
    text.filter(|text| !text.trim().is_empty())
}

fn rule<T>(outcome: Result<T, String>) -> garde::Result {
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

fn cover_of(cover: Option<&Option<Cover>>) -> garde::Result {
    let Some(Some(cover)) = cover else {
        return Ok(());
    };
    rule(field::web_address(&cover.url).map_err(|message| format!("url {message}")))?;
    rule(field::alt(&cover.alt).map_err(|message| format!("alt {message}")))
}
