//! Ghost's JSON export.

use std::collections::HashMap;

use serde::Deserialize;
use serde_json::Value;

use super::{Foreign, from_html};

#[derive(Deserialize)]
struct Document {
    db: Vec<Database>,
}

#[derive(Deserialize)]
struct Database {
    data: Data,
}

#[derive(Deserialize)]
struct Data {
    posts: Vec<Post>,
    #[serde(default)]
    tags: Vec<Tag>,
    #[serde(default)]
    posts_tags: Vec<PostTag>,
    #[serde(default)]
    posts_meta: Vec<Meta>,
}

#[derive(Deserialize)]
struct Post {
    id: String,
    title: String,
    slug: Option<String>,
    html: Option<String>,
    plaintext: Option<String>,
    feature_image: Option<String>,
    status: Option<String>,
    r#type: Option<String>,
    /// Before there were types: true or 1 for a page.
    #[serde(default)]
    page: Value,
    /// `public`, or who may read it.
    visibility: Option<String>,
    custom_excerpt: Option<String>,
    canonical_url: Option<String>,
    published_at: Option<String>,
    created_at: Option<String>,
}

impl Post {
    fn is_page(&self) -> bool {
        self.r#type.as_deref() == Some("page")
            || self.page.as_bool() == Some(true)
            || self.page.as_i64() == Some(1)
    }

    fn is_for_everybody(&self) -> bool {
        self.visibility
            .as_deref()
            .is_none_or(|visibility| visibility == "public")
    }
}

#[derive(Deserialize)]
struct Tag {
    id: String,
    name: String,
}

#[derive(Deserialize)]
struct PostTag {
    post_id: String,
    tag_id: String,
    #[serde(default)]
    sort_order: i64,
}

#[derive(Deserialize)]
struct Meta {
    post_id: String,
    feature_image_alt: Option<String>,
}

/// The posts of an export; pages are none.
pub(crate) fn read(text: &str) -> Result<Vec<Foreign>, String> {
    let document: Document = serde_json::from_str(text).map_err(|error| error.to_string())?;
    Ok(document
        .db
        .into_iter()
        .flat_map(|database| posts(database.data))
        .collect())
}

fn posts(mut data: Data) -> Vec<Foreign> {
    // Tags whose names begin with # are Ghost's own.
    let names: HashMap<&str, &str> = data
        .tags
        .iter()
        .filter(|tag| !tag.name.starts_with('#'))
        .map(|tag| (tag.id.as_str(), tag.name.as_str()))
        .collect();
    data.posts_tags.sort_by_key(|tag| tag.sort_order);
    let mut tags: HashMap<&str, Vec<String>> = HashMap::new();
    for tag in &data.posts_tags {
        if let Some(name) = names.get(tag.tag_id.as_str()) {
            tags.entry(&tag.post_id)
                .or_default()
                .push((*name).to_owned());
        }
    }
    let alts: HashMap<&str, &str> = data
        .posts_meta
        .iter()
        .filter_map(|meta| Some((meta.post_id.as_str(), meta.feature_image_alt.as_deref()?)))
        .collect();
    data.posts
        .iter()
        .filter(|post| !post.is_page())
        .map(|post| Foreign {
            source: format!("ghost:{}", post.id),
            title: post.title.clone(),
            slug: post.slug.clone(),
            summary: post.custom_excerpt.clone(),
            body: match &post.html {
                Some(html) => from_html(html),
                None => post.plaintext.clone().unwrap_or_default(),
            },
            tags: tags.remove(post.id.as_str()).unwrap_or_default(),
            cover: post.feature_image.clone().map(|url| {
                (
                    url,
                    alts.get(post.id.as_str())
                        .copied()
                        .unwrap_or_default()
                        .to_owned(),
                )
            }),
            canonical_url: post.canonical_url.clone(),
            published: post.is_for_everybody()
                && matches!(
                    post.status.as_deref(),
                    Some("published" | "scheduled" | "sent")
                ),
            published_at: post.published_at.clone(),
            created_at: post.created_at.clone(),
            ..Foreign::default()
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn posts_come_with_their_tags_in_order_and_pages_stay() {
        let posts = read(
            r##"{"db":[{"meta":{},"data":{"posts":[
                {"id":"1","title":"One","slug":"one","html":"<p>a</p><pre>b\n\nc</pre>","status":"published","feature_image":"https://a.example/x.png",
                 "published_at":"2020-01-01T00:00:00.000Z","type":"post"},
                {"id":"2","title":"About","html":"x","type":"page"},
                {"id":"3","title":"Draft","html":null,"plaintext":"words","status":"draft"}],
              "tags":[{"id":"a","name":"News"},{"id":"b","name":"#internal"},{"id":"c","name":"Rust"}],
              "posts_tags":[{"post_id":"1","tag_id":"c","sort_order":1},{"post_id":"1","tag_id":"a","sort_order":0},{"post_id":"1","tag_id":"b"}],
              "posts_meta":[{"post_id":"1","feature_image_alt":"An x"}]}}]}"##,
        )
        .unwrap();
        assert_eq!(posts.len(), 2);
        let first = &posts[0];
        assert_eq!(
            (first.tags.as_slice(), first.published),
            (["News".to_owned(), "Rust".to_owned()].as_slice(), true)
        );
        assert_eq!(
            first.cover,
            Some(("https://a.example/x.png".to_owned(), "An x".to_owned()))
        );
        assert_eq!(first.body, "<p>a</p>\n\n\n\n<pre>b\n\nc</pre>");
        assert_eq!(
            (posts[1].body.as_str(), posts[1].published),
            ("words", false)
        );
        assert!(read("{}").is_err() && read("[]").is_err());
    }

    #[test]
    fn what_was_for_members_is_not_published_and_old_pages_stay_too() {
        let posts = read(
            r#"{"db":[{"data":{"posts":[
                {"id":"1","title":"All","html":"x","status":"published","visibility":"public","page":0},
                {"id":"2","title":"Members","html":"x","status":"published","visibility":"members","page":false},
                {"id":"3","title":"Paid","html":"x","status":"scheduled","visibility":"paid"},
                {"id":"4","title":"Page","html":"x","status":"published","page":1},
                {"id":"5","title":"Page","html":"x","status":"published","page":true}]}}]}"#,
        )
        .unwrap();
        let published: Vec<_> = posts
            .iter()
            .map(|post| (post.title.as_str(), post.published))
            .collect();
        assert_eq!(
            published,
            [("All", true), ("Members", false), ("Paid", false)]
        );
    }
}
