//! Pages: what surrounds them all, and each by itself.

pub(crate) mod list;
mod opening;
pub(crate) mod post;
pub(crate) mod search;

use std::sync::LazyLock;

use kit::path_segment;
use maud::{DOCTYPE, Markup, PreEscaped, html};
use serde_json::Value;

use crate::respond::fingerprint;
use crate::store::{Author, Head};

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
    /// Path of the page in its one form.
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
    let title = if about.path == "/blog/" {
        about.title.to_owned()
    } else {
        format!("{} – Spindle Blog", about.title)
    };
    let address = format!("{origin}{}", about.path);
    let feeds = about.feeds.as_deref().unwrap_or("/blog");
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                title { (title) }
                @if let Some(text) = about.description { meta name="description" content=(text); }
                link rel="stylesheet" href=(*STYLE_PATH);
                link rel="icon" href="data:,";
                meta name="theme-color" content="#fdfcf9" media="(prefers-color-scheme: light)";
                meta name="theme-color" content="#191817" media="(prefers-color-scheme: dark)";
                @if about.unlisted { meta name="robots" content="noindex"; }
                @else { link rel="canonical" href=(about.canonical.unwrap_or(&address)); }
                meta property="og:site_name" content="Spindle Blog";
                meta property="og:type" content=(about.kind.unwrap_or("website"));
                meta property="og:title" content=(about.title);
                meta property="og:url" content=(address);
                @if let Some(text) = about.description { meta property="og:description" content=(text); }
                @if let Some(image) = about.image { meta property="og:image" content=(image); }
                meta name="twitter:card" content=(if about.image.is_some() { "summary_large_image" } else { "summary" });
                (more_head)
                link rel="alternate" type="application/atom+xml" title="Atom" href={ (feeds) "/feed.atom" };
                link rel="alternate" type="application/rss+xml" title="RSS" href={ (feeds) "/feed.rss" };
                link rel="alternate" type="application/feed+json" title="JSON Feed" href={ (feeds) "/feed.json" };
                @if let Some(data) = &about.data {
                    // Within a script `<` could end it: JSON can say it otherwise.
                    script type="application/ld+json" { (PreEscaped(data.to_string().replace('<', "\\u003c"))) }
                }
            }
            body {
                a .skip href="#main" { "Skip to the text" }
                header .masthead { div .wrap {
                    a .name href="/blog/" { "Spindle Blog" }
                    nav aria-label="Blog" { a href="/blog/tags" { "Topics" } }
                    a href="/blog/search" { "Search" }
                    a href={ (feeds) "/feed.atom" } { "Feed" }
                } }
                main #main { div .wrap { (main) } }
                footer .foot { div .wrap { ul {
                    li { a href="/blog/" { "All posts" } }
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

/// A page that says what is wrong.
pub(crate) fn sorry(origin: &str, title: &str, words: &str) -> String {
    let about = About {
        title,
        path: "/blog/not-here".to_owned(),
        unlisted: true,
        ..About::default()
    };
    let main = html! {
        h1 { (title) }
        p .lead { (words) }
        (search_form(""))
        p { a href="/blog/" { "All posts" } }
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
    html! {
        ol .posts {
            @for (head, highlights) in items {
                li { article .with-cover[head.cover.is_some()] {
                    @if let Some(cover) = &head.cover {
                        a .thumb href=(post_path(&head.slug)) tabindex="-1" aria-hidden="true" {
                            img src=(cover.url) alt="" width="288" height="216" loading="lazy" decoding="async" referrerpolicy="no-referrer";
                        }
                    }
                    h2 { a href=(post_path(&head.slug)) {
                        @if let Some((title, _)) = highlights { (PreEscaped(title)) } @else { (head.title) }
                    } }
                    @if let Some((_, text)) = highlights { p { (PreEscaped(text)) } }
                    @else if let Some(summary) = &head.summary { p { (summary) } }
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
