//! Search.

use maud::html;

use super::{About, page, posts};
use crate::store::Hit;

/// The results of a query, or the empty form.
pub(crate) fn search(
    origin: &str,
    query: &str,
    hits: &[Hit],
    corrected: Option<&str>,
    more: Option<&str>,
) -> String {
    let about = About {
        title: "Search",
        description: None,
        path: "/blog/search".to_owned(),
        canonical: None,
        image: None,
        kind: "website",
        feeds: None,
        unlisted: true,
        data: None,
    };
    let main = html! {
        h1 { "Search" }
        form .search action="/blog/search" role="search" {
            input type="search" name="q" value=(query) aria-label="Search the blog" placeholder="Search the blog" required maxlength="200";
            button { "Search" }
        }
        @if let Some(words) = corrected { p .nothing { "No post has “" (query) "”; these have “" (words) "”." } }
        @if !query.is_empty() && hits.is_empty() { p .nothing { "No post has these words." } }
        (posts(hits.iter().map(|hit| (&hit.head, Some((hit.highlights.title.as_str(), hit.highlights.text.as_str()))))))
        @if let Some(more) = more { nav .pager aria-label="Pages" { span {} a href=(more) rel="next" { "More →" } } }
    };
    page(origin, &about, html! {}, main)
}
