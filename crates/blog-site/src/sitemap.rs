//! Sitemaps (sitemaps.org): an index of parts, the posts of each, and the lists of them.

use maud::{PreEscaped, html};

use crate::page::post_path;
use crate::store::Place;

const NAMESPACE: &str = "http://www.sitemaps.org/schemas/sitemap/0.9";
const DECLARATION: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n";

/// The index.
pub(crate) fn index(origin: &str, parts: &[u32]) -> String {
    html! {
        (PreEscaped(DECLARATION))
        sitemapindex xmlns=(NAMESPACE) {
            // An index of nothing is not valid.
            sitemap { loc { (origin) "/blog/sitemap-pages.xml" } }
            @for part in parts { sitemap { loc { (origin) "/blog/sitemap-" (part) ".xml" } } }
        }
    }
    .into_string()
}

/// The pages that are there whatever is written.
pub(crate) fn pages(origin: &str) -> String {
    html! {
        (PreEscaped(DECLARATION))
        urlset xmlns=(NAMESPACE) {
            @for path in ["/blog/", "/blog/tags"] { url { loc { (origin) (path) } } }
        }
    }
    .into_string()
}

/// The posts of a part.
pub(crate) fn part(origin: &str, places: &[Place]) -> String {
    html! {
        (PreEscaped(DECLARATION))
        urlset xmlns=(NAMESPACE) {
            // Nor is a sitemap of nothing: of a part all of whose authors are disabled, say.
            @if places.is_empty() { url { loc { (origin) "/blog/" } } }
            @for place in places { url { loc { (origin) (post_path(&place.slug)) } lastmod { (place.updated_at) } } }
        }
    }
    .into_string()
}

/// The part in `sitemap-12.xml`, written in its one form.
pub(crate) fn part_of(file: &str) -> Option<u32> {
    let number = file.strip_prefix("sitemap-")?.strip_suffix(".xml")?;
    let part: u32 = number.parse().ok()?;
    (part > 0 && part.to_string() == number).then_some(part)
}

#[cfg(test)]
mod tests {
    use super::part_of;

    #[test]
    fn a_part_has_one_name() {
        assert_eq!(part_of("sitemap-1.xml"), Some(1));
        assert_eq!(part_of("sitemap-1000.xml"), Some(1000));
        for name in [
            "sitemap.xml",
            "sitemap-.xml",
            "sitemap-0.xml",
            "sitemap-01.xml",
            "sitemap-+1.xml",
            "sitemap--1.xml",
            "sitemap-1.5.xml",
            "sitemap-4294967296.xml",
            "sitemap-2026-11.xml",
            "sitemap-pages.xml",
        ] {
            assert_eq!(part_of(name), None, "{name}");
        }
    }
}
