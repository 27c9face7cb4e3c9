//! Ghost's JSON export.

use std::collections::HashMap;

use serde::Deserialize;
use serde_json::Number;
use serde_json::value::RawValue;

use super::{Bounded, Foreign, MAX_READ, date, from_html};

/// Tags of all posts together.
const MAX_TAGS_USED: usize = 100_000;

/// An export, or what it holds, as Ghost itself takes both.
#[derive(Deserialize)]
struct Document<'a> {
    #[serde(borrow)]
    db: Option<Bounded<Database<'a>, 10>>,
    #[serde(borrow)]
    data: Option<Data<'a>>,
}

#[derive(Deserialize)]
struct Database<'a> {
    #[serde(borrow)]
    data: Data<'a>,
}

#[derive(Deserialize)]
struct Data<'a> {
    #[serde(borrow)]
    posts: Bounded<&'a RawValue, MAX_READ>,
    #[serde(borrow)]
    tags: Option<Bounded<Tag<'a>, MAX_READ>>,
    #[serde(borrow)]
    posts_tags: Option<Bounded<PostTag<'a>, MAX_TAGS_USED>>,
    #[serde(borrow)]
    posts_meta: Option<Bounded<Meta<'a>, MAX_READ>>,
}

/// What stands there, whatever it is.
type Raw<'a> = Option<&'a RawValue>;

/// Something's id.
#[derive(Deserialize)]
struct Identified<'a> {
    #[serde(borrow)]
    id: Raw<'a>,
}

/// Ids are text, or numbers in what other programs made for Ghost.
#[derive(Deserialize)]
struct Post<'a> {
    #[serde(borrow)]
    id: Raw<'a>,
    uuid: Option<String>,
    title: Option<String>,
    slug: Option<String>,
    /// What was written, before there were other editors.
    markdown: Option<String>,
    html: Option<String>,
    plaintext: Option<String>,
    feature_image: Option<String>,
    status: Option<String>,
    r#type: Option<String>,
    /// Before there were types: true or 1 for a page.
    #[serde(borrow)]
    page: Raw<'a>,
    /// `public`, or who may read it.
    visibility: Option<String>,
    custom_excerpt: Option<String>,
    canonical_url: Option<String>,
    #[serde(borrow)]
    published_at: Raw<'a>,
    #[serde(borrow)]
    created_at: Raw<'a>,
}

impl Post<'_> {
    fn is_page(&self) -> bool {
        self.r#type.as_deref() == Some("page")
            || self
                .page
                .is_some_and(|page| matches!(page.get(), "true" | "1"))
    }

    fn is_for_everybody(&self) -> bool {
        self.visibility
            .as_deref()
            .is_none_or(|visibility| visibility == "public")
    }

    /// What was sent by mail alone (`sent`) was never on a page.
    fn was_to_be_seen(&self) -> bool {
        self.is_for_everybody() && matches!(self.status.as_deref(), Some("published" | "scheduled"))
    }

    /// An id that counts from one is another post in another blog.
    fn source(&self) -> String {
        match &self.uuid {
            Some(uuid) => format!("ghost:{uuid}"),
            None => {
                let name = self.slug.as_ref().or(self.title.as_ref());
                format!(
                    "ghost:{} {}",
                    text(self.id),
                    name.map_or("", String::as_str)
                )
            }
        }
    }
}

#[derive(Deserialize)]
struct Tag<'a> {
    #[serde(borrow)]
    id: Raw<'a>,
    name: Option<String>,
}

#[derive(Deserialize)]
struct PostTag<'a> {
    #[serde(borrow)]
    post_id: Raw<'a>,
    #[serde(borrow)]
    tag_id: Raw<'a>,
    sort_order: Option<i64>,
}

#[derive(Deserialize)]
struct Meta<'a> {
    #[serde(borrow)]
    post_id: Raw<'a>,
    feature_image_alt: Option<String>,
}

/// An id.
fn text(raw: Raw) -> String {
    let Some(raw) = raw else {
        return String::new();
    };
    serde_json::from_str::<String>(raw.get())
        .or_else(|_| serde_json::from_str::<Number>(raw.get()).map(|number| number.to_string()))
        .unwrap_or_default()
}

/// A time: text, or milliseconds in exports of old.
fn time(raw: Raw) -> Option<String> {
    let raw = raw?.get();
    match serde_json::from_str::<String>(raw) {
        Ok(text) if text.is_empty() => None,
        Ok(text) => Some(super::time(&text)),
        Err(_) => date::of_milliseconds(serde_json::from_str(raw).ok()?),
    }
}

/// The posts of an export; pages are none. One that cannot be read keeps no other back.
pub(crate) fn read(text: &str) -> Result<Vec<Foreign>, String> {
    let document: Document = serde_json::from_str(text).map_err(|error| error.to_string())?;
    let databases = document.db.map(|db| db.0).unwrap_or_default();
    let all: Vec<Data> = databases
        .into_iter()
        .map(|database| database.data)
        .chain(document.data)
        .collect();
    if all.is_empty() {
        return Err("must have a member db with data in it, as an export of Ghost has".to_owned());
    }
    Ok(all.into_iter().flat_map(posts).collect())
}

fn posts(data: Data) -> Vec<Foreign> {
    // Tags whose names begin with # are Ghost's own.
    let names: HashMap<String, String> = data
        .tags
        .map(|tags| tags.0)
        .unwrap_or_default()
        .into_iter()
        .filter_map(|tag| Some((text(tag.id), tag.name?)))
        .filter(|(_, name)| !name.starts_with('#'))
        .collect();
    let mut used = data.posts_tags.map(|used| used.0).unwrap_or_default();
    used.sort_by_key(|tag| tag.sort_order.unwrap_or_default());
    let mut tags: HashMap<String, Vec<String>> = HashMap::new();
    for tag in &used {
        if let Some(name) = names.get(&text(tag.tag_id)) {
            tags.entry(text(tag.post_id))
                .or_default()
                .push(name.clone());
        }
    }
    let alts: HashMap<String, String> = data
        .posts_meta
        .map(|metas| metas.0)
        .unwrap_or_default()
        .into_iter()
        .filter_map(|meta| Some((text(meta.post_id), meta.feature_image_alt?)))
        .collect();
    data.posts
        .0
        .into_iter()
        .filter_map(|raw| {
            let id = serde_json::from_str(raw.get())
                .map_or_else(|_| String::new(), |Identified { id }| text(id));
            let post: Post = match serde_json::from_str(raw.get()) {
                Ok(post) => post,
                Err(error) => return Some(Foreign::unread(format!("ghost:{id}"), error)),
            };
            (!post.is_page()).then(|| Foreign {
                source: post.source(),
                published: post.was_to_be_seen(),
                published_at: time(post.published_at),
                created_at: time(post.created_at),
                title: post.title.unwrap_or_default(),
                slug: post.slug,
                summary: post.custom_excerpt,
                body: match (post.markdown, post.html) {
                    (Some(markdown), _) if !markdown.is_empty() => markdown,
                    (_, Some(html)) => from_html(&html),
                    _ => post.plaintext.unwrap_or_default(),
                },
                tags: tags.remove(&id).unwrap_or_default(),
                cover: post
                    .feature_image
                    .map(|url| (url, alts.get(&id).cloned().unwrap_or_default())),
                canonical_url: post.canonical_url,
                ..Foreign::default()
            })
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

    #[test]
    fn exports_of_old_and_of_other_programs_are_read_too() {
        let posts = read(
            r##"{"meta":{"exported_on":1388318311015,"version":"000"},"data":{"posts":[
                {"id":5,"title":"Numbered","slug":"n","markdown":"# *Hi*","html":"<h1>Hi</h1>","status":"published","published_at":1283780649000,
                 "page":0,"featured":0,"author_id":1},
                {"id":6,"title":null,"html":null,"status":"sent","published_at":"2021-02-03 04:05:06"},
                {"id":7,"title":{}},
                {"id":"8","uuid":"u-8","title":"Mail","html":"x","status":"sent","visibility":"public"}],
              "tags":[{"id":3,"name":"Old"},{"id":4,"name":null}],
              "posts_tags":[{"id":1,"post_id":5,"tag_id":3,"sort_order":null},{"post_id":5,"tag_id":4}],"posts_meta":null}}"##,
        )
        .unwrap();
        let first = &posts[0];
        assert_eq!(
            (
                first.source.as_str(),
                first.body.as_str(),
                first.tags.as_slice()
            ),
            ("ghost:5 n", "# *Hi*", ["Old".to_owned()].as_slice())
        );
        assert_eq!(
            (first.published, first.published_at.as_deref()),
            (true, Some("2010-09-06T13:44:09Z"))
        );
        assert_eq!(
            (posts[1].title.as_str(), posts[1].published_at.as_deref()),
            ("", Some("2021-02-03T04:05:06Z"))
        );
        assert!(posts[2].unread.is_some(), "and the others come");
        assert_eq!(
            (posts[3].source.as_str(), posts[3].published),
            ("ghost:u-8", false),
            "what was sent by mail alone is not published"
        );
    }
}
