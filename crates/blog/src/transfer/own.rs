//! Our own JSON: what the export writes.

use serde::Deserialize;
use serde_json::Value;

use super::Foreign;

/// The member `format` of an export.
pub(crate) const FORMAT: &str = "spindle-posts-1";

#[derive(Deserialize)]
struct Document {
    posts: Vec<Value>,
}

#[derive(Deserialize)]
struct Post {
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

/// The posts of an export. One that cannot be read keeps no other back.
pub(crate) fn read(text: &str) -> Result<Vec<Foreign>, String> {
    let document: Document = serde_json::from_str(text).map_err(|error| error.to_string())?;
    Ok(document.posts.into_iter().map(foreign).collect())
}

fn foreign(value: Value) -> Foreign {
    let name = ["id", "slug", "title"]
        .iter()
        .find_map(|name| value.get(*name)?.as_str())
        .unwrap_or_default();
    let source = format!("spindle:{name}");
    let post: Post = match serde_json::from_value(value) {
        Ok(post) => post,
        Err(error) => return Foreign::unread(source, error),
    };
    Foreign {
        source,
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
        ..Foreign::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_post_that_cannot_be_read_keeps_no_other_back() {
        let posts = read(
            r#"{"posts":[{"id":"1","title":"One","body":"b"},{"id":"2","title":2,"body":"b"},{"title":"Three"},7,
                {"slug":"four","title":"Four","body":"b","status":"published"}]}"#,
        )
        .unwrap();
        let read: Vec<_> = posts
            .iter()
            .map(|post| (post.source.as_str(), post.unread.is_none()))
            .collect();
        assert_eq!(
            read,
            [
                ("spindle:1", true),
                ("spindle:2", false),
                ("spindle:Three", false),
                ("spindle:", false),
                ("spindle:four", true)
            ]
        );
    }
}
