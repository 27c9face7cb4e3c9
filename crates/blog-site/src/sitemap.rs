//! Sitemaps (sitemaps.org): an index by month, each month's posts, and the lists of them.

use maud::{PreEscaped, html};

use crate::page::post_path;
use crate::store::Place;

const NAMESPACE: &str = "http://www.sitemaps.org/schemas/sitemap/0.9";
const DECLARATION: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n";

/// The index.
pub(crate) fn index(origin: &str, months: &[String]) -> String {
    html! {
        (PreEscaped(DECLARATION))
        sitemapindex xmlns=(NAMESPACE) {
            // An index of nothing is not valid.
            sitemap { loc { (origin) "/blog/sitemap-pages.xml" } }
            @for month in months { sitemap { loc { (origin) "/blog/sitemap-" (month) ".xml" } } }
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

/// The posts of a month.
pub(crate) fn month(origin: &str, places: &[Place]) -> String {
    html! {
        (PreEscaped(DECLARATION))
        urlset xmlns=(NAMESPACE) {
            @for place in places { url { loc { (origin) (post_path(&place.slug)) } lastmod { (place.updated_at) } } }
        }
    }
    .into_string()
}

/// The month in `sitemap-2026-11.xml`.
pub(crate) fn month_of(file: &str) -> Option<&str> {
    let month = file.strip_prefix("sitemap-")?.strip_suffix(".xml")?;
    let (year, number) = month.split_once('-')?;
    let digits = |text: &str, len| text.len() == len && text.bytes().all(|b| b.is_ascii_digit());
    (digits(year, 4) && digits(number, 2) && year != "0000" && ("01"..="12").contains(&number))
        .then_some(month)
}

#[cfg(test)]
mod tests {
    use super::month_of;

    #[test]
    fn a_sitemap_is_of_a_month_that_there_is() {
        assert_eq!(month_of("sitemap-2026-11.xml"), Some("2026-11"));
        for name in [
            "sitemap.xml",
            "sitemap-2026-13.xml",
            "sitemap-2026-00.xml",
            "sitemap-0000-01.xml",
            "sitemap-20x6-01.xml",
            "sitemap-2026-1.xml",
        ] {
            assert_eq!(month_of(name), None, "{name}");
        }
    }
}
