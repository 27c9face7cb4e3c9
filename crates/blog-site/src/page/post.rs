//! A post.

use maud::{Markup, PreEscaped, html};
use serde_json::{Value, json};

use super::fragment::named_apart;
use super::heading::beneath;
use super::opening::opening;
use super::picture::told_apart;
use super::scroll::reachable;
use super::{About, FRONT, NAME, author_path, date, face, page, post_path, tags};
use crate::store::{Comment, Heading, Post};

/// What was said about a post, a page of it.
pub(crate) struct Talk<'a> {
    pub(crate) comments: &'a [Comment],
    /// Whether nothing was said before.
    pub(crate) first: bool,
    /// Address of the next page.
    pub(crate) more: Option<&'a str>,
}

/// A post with what was said about it.
pub(crate) fn post(origin: &str, post: &Post, said: &Talk<'_>) -> String {
    let head = &post.head;
    let opening = opening(&post.html);
    let untold = format!("{}, by {}.", head.title, head.author.name());
    let told = head.summary().or(opening.as_ref());
    let description = told.unwrap_or(&untold).as_str();
    let about = About {
        title: &head.title,
        description: Some(description),
        path: post_path(&head.slug),
        canonical: head.canonical_url.as_deref(),
        image: head.cover.as_ref().map(|cover| cover.url.as_str()),
        kind: Some("article"),
        data: Some(data(origin, post, description)),
        ..About::default()
    };
    let more_head = html! {
        meta name="author" content=(head.author.name());
        meta property="article:published_time" content=(head.published_at);
        meta property="article:modified_time" content=(head.modified_at());
        meta property="article:author" content={ (origin) (author_path(&head.author.username)) };
        @if let Some(series) = &head.series { meta property="article:section" content=(series); }
        @for tag in &head.tags { meta property="article:tag" content=(tag); }
        @if let Some(cover) = head.cover.as_ref().filter(|cover| !cover.alt.is_empty()) {
            meta property="og:image:alt" content=(cover.alt);
            meta name="twitter:image:alt" content=(cover.alt);
        }
    };
    let main = html! {
        // A text runs as its own letters do, whatever its title's do.
        article dir="auto" {
            header {
                @if let Some(series) = &head.series { p .kicker { (series) } }
                h1 { (head.title) }
                @if let Some(summary) = head.summary() { p .lead { (summary) } }
                div .byline {
                    (face(&head.author))
                    div .meta {
                        a .who href=(author_path(&head.author.username)) rel="author" { (head.author.name()) }
                        span { (date(&head.published_at)) " · " (head.reading_minutes) " min read" }
                    }
                }
            }
            @if let Some(cover) = &head.cover {
                img .cover src=(cover.url) alt=(cover.alt) width="1600" height="900" fetchpriority="high" referrerpolicy="no-referrer";
            }
            (contents(&post.toc))
            div .prose dir="auto" { (written(&post.html, 2)) }
            footer .end {
                @if post.series_posts.len() > 1 { (series(post)) }
                (tags(&head.tags))
                @if let Some(url) = &head.canonical_url { p .meta { span { "First published at " a href=(url) rel="ugc noopener" { (host(url)) } } } }
            }
        }
        (talk(post, said))
    };
    page(origin, &about, more_head, main)
}

/// What somebody wrote, as a part of a page: its first heading is this high.
fn written(html: &str, highest: usize) -> PreEscaped<String> {
    PreEscaped(told_apart(&reachable(&beneath(html, highest))).into_owned())
}

/// The table of contents, where there is enough to find one's way in.
fn contents(toc: &[Heading]) -> Markup {
    let top = toc.iter().map(|heading| heading.level).min().unwrap_or(1);
    html! {
        @if toc.len() > 2 {
            nav .toc aria-label="Contents" {
                details {
                    summary { "Contents" }
                    ol { @for heading in toc.iter().filter(|heading| heading.level < top + 3) {
                        li .{ "in-" (heading.level - top) } { a href={ "#" (heading.anchor) } { (heading.text) } }
                    } }
                }
            }
        }
    }
}

fn series(post: &Post) -> Markup {
    html! {
        nav .series aria-label="Series" {
            strong { (post.head.series.as_deref().unwrap_or_default()) }
            ol { @for part in &post.series_posts {
                li {
                    @if part.slug == post.head.slug { span aria-current="page" { (part.title) } }
                    @else { a href=(post_path(&part.slug)) { (part.title) } }
                }
            } }
        }
    }
}

fn talk(post: &Post, said: &Talk<'_>) -> Markup {
    let count = post.head.comments_count;
    html! {
        @if !said.comments.is_empty() || post.head.comments != "closed" {
            section .comments aria-labelledby="_comments" {
                h2 #_comments {
                    @if count == 0 { "No comments yet" } @else { (count) @if count == 1 { " comment" } @else { " comments" } }
                }
                @for comment in said.comments {
                    article .comment.{ "at-" (comment.depth) } id={ "comment-" (comment.id) } {
                        @match (&comment.html, &comment.author) {
                            (Some(text), Some(author)) => {
                                div .meta {
                                    b { a href=(author_path(&author.username)) { (author.name()) } }
                                    a href={ "#comment-" (comment.id) } { (date(&comment.created_at)) }
                                }
                                div .prose dir="auto" { (written(&named_apart(text, &comment.id.simple().to_string()), 3)) }
                            }
                            _ => p .nothing { "This comment is gone." },
                        }
                    }
                }
                @if said.more.is_some() || !said.first {
                    nav .pager aria-label="Pages of comments" {
                        @if said.first { span {} } @else { a href={ (post_path(&post.head.slug)) "#_comments" } { "← First comments" } }
                        @if let Some(more) = said.more { a href={ (more) "#_comments" } { "More comments →" } }
                    }
                }
            }
        }
    }
}

/// schema.org/BlogPosting.
fn data(origin: &str, post: &Post, description: &str) -> Value {
    let head = &post.head;
    let address = format!("{origin}{}", post_path(&head.slug));
    json!({
        "@context": "https://schema.org",
        "@type": "BlogPosting",
        "headline": head.title,
        "description": description,
        "image": head.cover.as_ref().map(|cover| &cover.url),
        "datePublished": head.published_at,
        "dateModified": head.modified_at(),
        "keywords": head.tags,
        "commentCount": head.comments_count,
        "timeRequired": format!("PT{}M", head.reading_minutes),
        "articleSection": head.series,
        "url": address,
        "mainEntityOfPage": {"@type": "WebPage", "@id": address},
        "isPartOf": {"@type": "Blog", "name": NAME, "url": format!("{origin}{FRONT}")},
        "author": {"@type": "Person", "name": head.author.name(), "url": format!("{origin}{}", author_path(&head.author.username))},
        "publisher": {"@type": "Organization", "name": NAME, "url": format!("{origin}{FRONT}")},
    })
}

fn host(url: &str) -> &str {
    url.split("//")
        .nth(1)
        .and_then(|rest| rest.split('/').next())
        .unwrap_or(url)
}
