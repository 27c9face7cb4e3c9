//! Feeds: Atom (RFC 4287), RSS 2.0, JSON Feed 1.1.

mod links;

use chrono::{DateTime, Utc};
use maud::{PreEscaped, html};
use serde_json::json;

use crate::page::{author_path, post_path, tag_path};
use crate::respond::http_date;
use crate::store::{Feed, Post, Subject};

/// In which language.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Format {
    Atom,
    Rss,
    Json,
}

impl Format {
    /// By the name of the file.
    pub(crate) fn of(file: &str) -> Option<Self> {
        match file {
            "feed.atom" => Some(Self::Atom),
            "feed.rss" => Some(Self::Rss),
            "feed.json" => Some(Self::Json),
            _ => None,
        }
    }

    /// As its file ends.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Atom => "atom",
            Self::Rss => "rss",
            Self::Json => "json",
        }
    }

    pub(crate) fn media_type(self) -> &'static str {
        match self {
            Self::Atom => "application/atom+xml; charset=utf-8",
            Self::Rss => "application/rss+xml; charset=utf-8",
            Self::Json => "application/feed+json; charset=utf-8",
        }
    }
}

const DECLARATION: &str = "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n";
/// Of a feed in which nothing is: it must have a time.
const EPOCH: &str = "1970-01-01T00:00:00Z";

/// The newest time in a feed.
pub(crate) fn updated(feed: &Feed) -> &str {
    feed.items
        .iter()
        .map(|post| post.head.modified_at())
        .max()
        .unwrap_or(EPOCH)
}

/// The feed in this language.
pub(crate) fn write(origin: &str, subject: &Subject, feed: &Feed, format: Format) -> String {
    let (title, path) = match (&feed.about, &subject.tag) {
        (Some(profile), _) => (
            format!("{} – Spindle Blog", profile.name()),
            author_path(&profile.username),
        ),
        (None, Some(tag)) => (format!("#{tag} – Spindle Blog"), tag_path(tag)),
        (None, None) => ("Spindle Blog".to_owned(), "/blog".to_owned()),
    };
    let page = if path == "/blog" {
        format!("{origin}/blog/")
    } else {
        format!("{origin}{path}")
    };
    let base = format!("{origin}{path}");
    match format {
        Format::Atom => atom(origin, &title, &page, &base, feed),
        Format::Rss => rss(origin, &title, &page, &base, feed),
        Format::Json => json_feed(origin, &title, &page, &base, feed),
    }
}

fn address(origin: &str, post: &Post) -> String {
    format!("{origin}{}", post_path(&post.head.slug))
}

/// The post's text, to be read anywhere.
fn text(origin: &str, post: &Post) -> String {
    links::whole(&post.html, origin, &address(origin, post))
}

fn atom(origin: &str, title: &str, page: &str, base: &str, feed: &Feed) -> String {
    html! {
        (PreEscaped(DECLARATION))
        feed xmlns="http://www.w3.org/2005/Atom" {
            id { (page) }
            title { (clean(title)) }
            updated { (updated(feed)) }
            (PreEscaped(format!("<link rel=\"self\" type=\"application/atom+xml\" href=\"{base}/feed.atom\"/><link rel=\"alternate\" type=\"text/html\" href=\"{page}\"/>")))
            generator { "Spindle" }
            @for post in &feed.items {
                entry {
                    // Stays when the slug changes.
                    id { "urn:uuid:" (post.head.id) }
                    title { (clean(&post.head.title)) }
                    (PreEscaped(format!("<link rel=\"alternate\" type=\"text/html\" href=\"{}\"/>", address(origin, post))))
                    published { (post.head.published_at) }
                    updated { (post.head.modified_at()) }
                    author { name { (clean(post.head.author.name())) } uri { (origin) (author_path(&post.head.author.username)) } }
                    @for tag in &post.head.tags { category term=(clean(tag)) {} }
                    @if let Some(summary) = post.head.summary() { summary { (clean(summary)) } }
                    // Links and footnotes within the text are relative to the post.
                    content type="html" xml:base=(address(origin, post)) { (clean(&post.html)) }
                }
            }
        }
    }
    .into_string()
}

fn rss(origin: &str, title: &str, page: &str, base: &str, feed: &Feed) -> String {
    // `link` is an element without content to maud, so these are written out.
    let link = |address: &str| {
        PreEscaped(format!(
            "<link>{}</link>",
            html! { (address) }.into_string()
        ))
    };
    html! {
        (PreEscaped(DECLARATION))
        rss version="2.0" xmlns:atom="http://www.w3.org/2005/Atom" xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:dc="http://purl.org/dc/elements/1.1/" {
            channel {
                title { (clean(title)) }
                (link(page))
                description { (clean(title)) }
                lastBuildDate { (rfc822(updated(feed))) }
                (PreEscaped(format!("<atom:link rel=\"self\" type=\"application/rss+xml\" href=\"{base}/feed.rss\"/>")))
                @for post in &feed.items {
                    item {
                        title { (clean(&post.head.title)) }
                        (link(&address(origin, post)))
                        guid isPermaLink="false" { "urn:uuid:" (post.head.id) }
                        pubDate { (rfc822(&post.head.published_at)) }
                        dc:creator { (clean(post.head.author.name())) }
                        @for tag in &post.head.tags { category { (clean(tag)) } }
                        @if let Some(summary) = post.head.summary() { description { (clean(summary)) } }
                        content:encoded { (clean(&text(origin, post))) }
                    }
                }
            }
        }
    }
    .into_string()
}

fn json_feed(origin: &str, title: &str, page: &str, base: &str, feed: &Feed) -> String {
    let items: Vec<_> = feed
        .items
        .iter()
        .map(|post| {
            let head = &post.head;
            let mut item = json!({
                "id": format!("urn:uuid:{}", head.id),
                "url": address(origin, post),
                "title": head.title,
                "content_html": text(origin, post),
                "date_published": head.published_at,
                "date_modified": head.modified_at(),
                "tags": head.tags,
                "authors": [{"name": head.author.name(), "url": format!("{origin}{}", author_path(&head.author.username))}],
            });
            // Members that would be null are left out: the format has no null.
            let mut set = |name: &str, value: Option<&String>| {
                if let (Some(members), Some(value)) = (item.as_object_mut(), value) {
                    members.insert(name.to_owned(), json!(value));
                }
            };
            set("summary", head.summary());
            set("image", head.cover.as_ref().map(|cover| &cover.url));
            set("external_url", head.canonical_url.as_ref());
            item
        })
        .collect();
    json!({
        "version": "https://jsonfeed.org/version/1.1",
        "title": title,
        "home_page_url": page,
        "feed_url": format!("{base}/feed.json"),
        "language": "en",
        "items": items,
    })
    .to_string()
}

/// RFC 822 as RSS wants it.
fn rfc822(time: &str) -> String {
    DateTime::parse_from_rfc3339(time)
        .map(|at| http_date(at.with_timezone(&Utc)))
        .unwrap_or_default()
}

/// XML 1.0 has no control characters, not even escaped.
fn clean(text: &str) -> String {
    text.chars()
        .filter(|c| {
            matches!(c, '\t' | '\n' | '\r') || (*c >= ' ' && !matches!(c, '\u{fffe}' | '\u{ffff}'))
        })
        .collect()
}
