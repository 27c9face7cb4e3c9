//! Our own JSON: what the export writes.

use serde::Deserialize;
use serde_json::value::RawValue;

use super::{Bounded, Foreign, MAX_READ, MAX_TAGS_READ};

/// The member `format` of an export.
pub(crate) const FORMAT: &str = "spindle-posts-1";

#[derive(Deserialize)]
struct Document<'a> {
    #[serde(borrow)]
    posts: Bounded<&'a RawValue, MAX_READ>,
}

/// What a post that cannot be read may be called by.
#[derive(Deserialize)]
struct Names<'a> {
    #[serde(borrow)]
    id: Option<&'a RawValue>,
    #[serde(borrow)]
    slug: Option<&'a RawValue>,
    #[serde(borrow)]
    title: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct Post {
    slug: Option<String>,
    title: String,
    summary: Option<String>,
    body: String,
    tags: Option<Bounded<String, MAX_TAGS_READ>>,
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
    Ok(document.posts.0.into_iter().map(foreign).collect())
}

fn foreign(value: &RawValue) -> Foreign {
    let text = |raw: Option<&RawValue>| serde_json::from_str::<String>(raw?.get()).ok();
    let name = serde_json::from_str(value.get())
        .ok()
        .and_then(|Names { id, slug, title }| text(id).or(text(slug)).or(text(title)));
    let source = format!("spindle:{}", name.unwrap_or_default());
    let post: Post = match serde_json::from_str(value.get()) {
        Ok(post) => post,
        Err(error) => return Foreign::unread(source, error),
    };
    Foreign {
        source,
        title: post.title,
        slug: post.slug,
        summary: post.summary,
        body: post.body,
        tags: post.tags.map(|tags| tags.0).unwrap_or_default(),
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

    #[test]
    fn a_list_that_is_short_and_large_is_refused() {
        let many = |what: &str| vec![what; MAX_READ + 1].join(",");
        let posts = format!("{{\"posts\":[{}]}}", many("{}"));
        assert!(read(&posts).is_err());
        let tags = format!(
            "{{\"posts\":[{{\"id\":\"1\",\"title\":\"t\",\"body\":\"b\",\"tags\":[{}]}}]}}",
            many("\"\"")
        );
        assert!(read(&tags).unwrap().remove(0).unread.is_some());
    }
}
