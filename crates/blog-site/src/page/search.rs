//! Search.

use maud::html;

use super::{About, page, posts, search_form};
use crate::store::Hit;

/// The results of a query, or the empty form.
pub(crate) fn search(
    origin: &str,
    query: &str,
    hits: &[Hit],
    corrected: Option<&str>,
    more: Option<&str>,
) -> String {
    let title = if query.is_empty() {
        "Search".to_owned()
    } else {
        format!("“{query}” – Search")
    };
    let about = About {
        title: &title,
        description: Some("Search the posts of this blog."),
        path: "/blog/search".to_owned(),
        unlisted: true,
        ..About::default()
    };
    let main = html! {
        h1 { "Search" }
        (search_form(query))
        @if let Some(words) = corrected { p .nothing { "No post has “" bdi { (query) } "”; these have “" bdi { (words) } "”." } }
        @if !query.is_empty() && hits.is_empty() { p .nothing { "No post has these words." } }
        (posts(hits.iter().map(|hit| (&hit.head, Some((hit.highlights.title.as_str(), hit.highlights.text.as_str()))))))
        @if let Some(more) = more { nav .pager aria-label="Pages" { span {} a href=(more) rel="next" { "More →" } } }
    };
    page(origin, &about, html! {}, main)
}
