//! Pages: what surrounds them all, and each by itself.

mod fragment;
mod heading;
pub(crate) mod list;
mod markup;
mod opening;
mod picture;
pub(crate) mod post;
mod scroll;
pub(crate) mod search;

use std::sync::LazyLock;

use kit::path_segment;
use maud::{DOCTYPE, Markup, PreEscaped, html};
use serde_json::Value;

use crate::respond::fingerprint;
use crate::store::{Author, Head};

/// Of the blog.
const NAME: &str = "Spindle Blog";
const FRONT: &str = "/blog/";

/// The style sheet, and the address that it is kept under for a year.
pub(crate) const STYLE: &str = include_str!("style.css");
pub(crate) static STYLE_PATH: LazyLock<String> =
    LazyLock::new(|| format!("/blog/style-{}.css", fingerprint(STYLE.as_bytes())));

/// What the head of a page says about it.
#[derive(Default)]
pub(crate) struct About<'a> {
    /// Without the blog's name.
    pub(crate) title: &'a str,
    pub(crate) description: Option<&'a str>,
    /// Path of the page in its one form; empty if it is no page's.
    pub(crate) path: String,
    /// Where the text was first, if that is somewhere else.
    pub(crate) canonical: Option<&'a str>,
    pub(crate) image: Option<&'a str>,
    /// `article` or `profile` (Open Graph); else it is a `website`.
    pub(crate) kind: Option<&'static str>,
    /// Path before `/feed.atom`.
    pub(crate) feeds: Option<String>,
    /// A page that search engines should not keep.
    pub(crate) unlisted: bool,
    /// schema.org, as JSON-LD.
    pub(crate) data: Option<Value>,
}

/// A whole page.
pub(crate) fn page(origin: &str, about: &About<'_>, more_head: Markup, main: Markup) -> String {
    let title = if about.path == FRONT {
        about.title.to_owned()
    } else {
        format!("{} – {NAME}", about.title)
    };
    let address = format!("{origin}{}", about.path);
    let feeds = about.feeds.as_deref().unwrap_or("/blog");
    let fed = about.feeds.as_ref().map_or(NAME, |_| title.as_str());
    // Whoever shows a card of a person shows the face small.
    let is_pictured = about.image.is_some() && about.kind == Some("article");
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                title { (title) }
                @if let Some(text) = about.description { meta name="description" content=(text); }
                link rel="stylesheet" href=(*STYLE_PATH);
                link rel="icon" href="data:,";
                meta name="theme-color" content="#fdfcf9" media="(prefers-color-scheme: light)";
                meta name="theme-color" content="#191817" media="(prefers-color-scheme: dark)";
                @if about.unlisted { meta name="robots" content="noindex"; }
                @else { link rel="canonical" href=(about.canonical.unwrap_or(&address)); }
                meta property="og:site_name" content=(NAME);
                meta property="og:type" content=(about.kind.unwrap_or("website"));
                meta property="og:title" content=(about.title);
                @if !about.path.is_empty() { meta property="og:url" content=(address); }
                @if let Some(text) = about.description { meta property="og:description" content=(text); }
                @if let Some(image) = about.image { meta property="og:image" content=(image); }
                meta name="twitter:card" content=(if is_pictured { "summary_large_image" } else { "summary" });
                (more_head)
                link rel="alternate" type="application/atom+xml" title={ (fed) " (Atom)" } href={ (feeds) "/feed.atom" };
                link rel="alternate" type="application/rss+xml" title={ (fed) " (RSS)" } href={ (feeds) "/feed.rss" };
                link rel="alternate" type="application/feed+json" title={ (fed) " (JSON Feed)" } href={ (feeds) "/feed.json" };
                @if let Some(data) = &about.data {
                    // Within a script `<` could end it: JSON can say it otherwise.
                    script type="application/ld+json" { (PreEscaped(stated(data.clone()).to_string().replace('<', "\\u003c"))) }
                }
            }
            body {
                a .skip href="#_main" { "Skip to the text" }
                header .masthead { div .wrap {
                    a .name href=(FRONT) aria-current=[current(about, FRONT)] { (NAME) }
                    nav aria-label="Blog" {
                        a href="/blog/tags" aria-current=[current(about, "/blog/tags")] { "Topics" }
                        a href="/blog/search" aria-current=[current(about, "/blog/search")] { "Search" }
                        a href={ (feeds) "/feed.atom" } { "Feed" }
                    }
                } }
                // No heading of a post can have an anchor with such a name.
                main #_main { div .wrap { (main) } }
                footer .foot { div .wrap { ul {
                    li { a href=(FRONT) { "All posts" } }
                    li { a href="/blog/tags" { "Topics" } }
                    li { a href={ (feeds) "/feed.atom" } { "Atom" } }
                    li { a href={ (feeds) "/feed.rss" } { "RSS" } }
                    li { a href={ (feeds) "/feed.json" } { "JSON Feed" } }
                } } }
            }
        }
    }
    .into_string()
}

/// Of a link to the page that it stands on.
fn current(about: &About<'_>, path: &str) -> Option<&'static str> {
    (about.path == path).then_some("page")
}

/// JSON-LD without what is not known: to validators null and an empty list are mistakes.
fn stated(mut data: Value) -> Value {
    if let Value::Object(members) = &mut data {
        members.retain(|_, value| {
            !value.is_null() && value.as_array().is_none_or(|list| !list.is_empty())
        });
        for value in members.values_mut() {
            *value = stated(value.take());
        }
    }
    data
}

/// A page that says what is wrong.
pub(crate) fn sorry(origin: &str, title: &str, words: &str) -> String {
    let about = About {
        title,
        description: Some(words),
        unlisted: true,
        ..About::default()
    };
    let main = html! {
        h1 { (title) }
        p .lead { (words) }
        (search_form(""))
        p { a href=(FRONT) { "All posts" } }
    };
    page(origin, &about, html! {}, main)
}

/// A field for words to look for, with those of last time.
pub(crate) fn search_form(words: &str) -> Markup {
    html! {
        form .search action="/blog/search" role="search" {
            input type="search" name="q" value=(words) aria-label="Search the blog" placeholder="Search the blog" required maxlength="200";
            button { "Search" }
        }
    }
}

pub(crate) fn post_path(slug: &str) -> String {
    format!("/blog/{}", path_segment(slug))
}

pub(crate) fn author_path(username: &str) -> String {
    format!("/blog/@{}", path_segment(username))
}

pub(crate) fn tag_path(tag: &str) -> String {
    format!("/blog/tags/{}", path_segment(tag))
}

/// `2026-11-21T…` as a reader says it.
pub(crate) fn day(time: &str) -> String {
    chrono::DateTime::parse_from_rfc3339(time)
        .map(|at| at.format("%-d %B %Y").to_string())
        .unwrap_or_default()
}

pub(crate) fn date(time: &str) -> Markup {
    html! { time datetime=(time) { (day(time)) } }
}

/// An author's picture, or their first letter. Its place is taken before it has come.
pub(crate) fn face(author: &Author) -> Markup {
    match &author.image_url {
        Some(url) => {
            html! { img .face src=(url) alt="" width="52" height="52" loading="lazy" decoding="async" referrerpolicy="no-referrer"; }
        }
        None => {
            html! { span .face.initial aria-hidden="true" { (author.name().chars().next().unwrap_or('?')) } }
        }
    }
}

pub(crate) fn tags(tags: &[String]) -> Markup {
    html! {
        @if !tags.is_empty() {
            ul .tags aria-label="Topics" {
                @for tag in tags { li { a href=(tag_path(tag)) rel="tag" { (tag) } } }
            }
        }
    }
}

/// Posts in a list.
pub(crate) fn posts<'a>(
    items: impl Iterator<Item = (&'a Head, Option<(&'a str, &'a str)>)>,
) -> Markup {
    let mut items = items.peekable();
    if items.peek().is_none() {
        return Markup::default();
    }
    html! {
        ol .posts {
            @for (head, highlights) in items {
                li { article .with-cover[head.cover.is_some()] dir="auto" {
                    @if let Some(cover) = &head.cover {
                        a .thumb href=(post_path(&head.slug)) tabindex="-1" aria-hidden="true" {
                            img src=(cover.url) alt="" width="288" height="216" loading="lazy" decoding="async" referrerpolicy="no-referrer";
                        }
                    }
                    h2 { a href=(post_path(&head.slug)) {
                        @if let Some((title, _)) = highlights { (PreEscaped(title)) } @else { (head.title) }
                    } }
                    @if let Some((_, text)) = highlights { p { (PreEscaped(text)) } }
                    @else if let Some(summary) = head.summary() { p { (summary) } }
                    div .meta {
                        a href=(author_path(&head.author.username)) { (head.author.name()) }
                        (date(&head.published_at))
                        span { (head.reading_minutes) " min" }
                        @if head.comments_count > 0 { span { (head.comments_count) @if head.comments_count == 1 { " comment" } @else { " comments" } } }
                    }
                } }
            }
        }
    }
}
