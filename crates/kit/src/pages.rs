//! Routes for people: pages and files. OpenAPI describes none of them, but a limit may name them.

use axum::Router;
use axum::handler::Handler;
use axum::routing::get;

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
