//! Routes for people: pages and files. OpenAPI describes none of them, but a limit may name them.

use axum::Router;
use axum::handler::Handler;
use axum::routing::get;
use http::{HeaderMap, header};

use crate::App;

/// Pages of a service, for [`AppBuilder::pages`](crate::AppBuilder::pages).
#[derive(Default)]
pub struct Pages {
    pub(crate) router: Router<App>,
    pub(crate) paths: Vec<&'static str>,
}

impl Pages {
    /// None yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// A page at this path.
    #[must_use]
    pub fn get<H, T>(mut self, path: &'static str, page: H) -> Self
    where
        H: Handler<T, App>,
        T: 'static,
    {
        self.router = self.router.route(path, get(page));
        self.paths.push(path);
        self
    }

    /// What answers where nothing else does.
    #[must_use]
    pub fn fallback<H, T>(mut self, page: H) -> Self
    where
        H: Handler<T, App>,
        T: 'static,
    {
        self.router = self.router.fallback(page);
        self
    }
}

/// Whether a page is asked for. A browser says so; a program that says nothing gets JSON.
#[must_use]
pub fn wants_page(headers: &HeaderMap) -> bool {
    headers
        .get_all(header::ACCEPT)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .any(|range| {
            range
                .split(';')
                .next()
                .is_some_and(|kind| kind.trim().eq_ignore_ascii_case("text/html"))
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_who_asks_for_html_gets_a_page() {
        for (accept, page) in [
            (None, false),
            (Some("*/*"), false),
            (Some("application/json"), false),
            (Some("text/html,application/xhtml+xml,*/*;q=0.8"), true),
            (Some("application/json, TEXT/HTML;q=0.1"), true),
        ] {
            let mut headers = HeaderMap::new();
            if let Some(accept) = accept {
                headers.insert(header::ACCEPT, accept.parse().unwrap());
            }
            assert_eq!(wants_page(&headers), page, "{accept:?}");
        }
    }
}
