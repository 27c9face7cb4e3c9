//! Our own JSON: what the export writes.

use serde::Deserialize;

use super::Foreign;

/// The member `format` of an export.
pub(crate) const FORMAT: &str = "spindle-posts-1";

#[derive(Deserialize)]
struct Document {
    posts: Vec<Post>,
}

#[derive(Deserialize)]
struct Post {
    id: Option<String>,
    slug: Option<String>,
    title: String,
    summary: Option<String>,
    body: String,
    #[serde(default)]
    tags: Vec<String>,
    cover: Option<Cover>,
    canonical_url: Option<String>,
    series: Option<String>,
    comments: Option<String>,
    status: Option<String>,
    published_at: Option<String>,
    created_at: Option<String>,
}

#[derive(Deserialize)]
struct Cover {
    url: String,
    #[serde(default)]
    alt: String,
}

/// The posts of an export.
pub(crate) fn read(text: &str) -> Result<Vec<Foreign>, String> {
    let document: Document = serde_json::from_str(text).map_err(|error| error.to_string())?;
    Ok(document
        .posts
        .into_iter()
        .map(|post| Foreign {
            source: format!(
                "spindle:{}",
                post.id
                    .or_else(|| post.slug.clone())
                    .unwrap_or_else(|| post.title.clone())
            ),
            title: post.title,
            slug: post.slug,
            summary: post.summary,
            body: post.body,
            tags: post.tags,
            cover: post.cover.map(|cover| (cover.url, cover.alt)),
            canonical_url: post.canonical_url,
            series: post.series,
            comments: post.comments,
            published: matches!(post.status.as_deref(), Some("published" | "scheduled")),
            published_at: post.published_at,
            created_at: post.created_at,
        })
        .collect())
}
