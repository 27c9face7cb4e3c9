//! `/robots.txt` (RFC 9309): what crawlers may ask for. It is of the whole host, which serves the API too.

use axum::extract::State;
use axum::response::Response;
use kit::{App, IfNoneMatch};

use crate::respond::document;

/// What is for programs, and pages of one login each. Search is not among them: its pages say `noindex`, which only who may read
/// them is told.
const CLOSED: [&str; 4] = ["/api/", "/conduit/", "/oauth2/", "/health/"];

pub(crate) async fn show(State(app): State<App>, known: IfNoneMatch) -> Response {
    let body = robots(&app.config().public_url);
    document(&known, "text/plain; charset=utf-8", None, body)
}

fn robots(origin: &str) -> String {
    let mut lines = vec!["User-agent: *".to_owned()];
    lines.extend(CLOSED.iter().map(|path| format!("Disallow: {path}")));
    // The address must be whole (sitemaps.org).
    if !origin.is_empty() {
        lines.push(format!("\nSitemap: {origin}/blog/sitemap.xml"));
    }
    lines.join("\n") + "\n"
}

#[cfg(test)]
mod tests {
    use super::robots;

    #[test]
    fn crawlers_are_kept_from_programs_routes_and_led_to_the_sitemap() {
        let rules = "User-agent: *\nDisallow: /api/\nDisallow: /conduit/\nDisallow: /oauth2/\nDisallow: /health/\n";
        assert_eq!(
            robots("https://a.example"),
            format!("{rules}\nSitemap: https://a.example/blog/sitemap.xml\n")
        );
        assert_eq!(robots(""), rules, "nobody knows the whole address");
    }
}
