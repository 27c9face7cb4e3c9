//! What the component `blog` serves.

mod document;
mod post;
mod publication;

use kit::{App, AppBuilder, Service};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::renderer::{Markdown, Renderer};

/// Longest request: a post of 1 MB with room for JSON's escapes.
const MAX_REQUEST: usize = 2 * 1024 * 1024;

/// All routes under `/api/v1/blog`.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(post::list, post::create))
        .routes(routes!(post::show, post::update, post::delete))
        .routes(routes!(publication::publish))
        .routes(routes!(publication::unpublish))
}

/// The service behind the component `blog`, with what renders Markdown.
#[must_use]
pub fn service(app: AppBuilder, renderer: impl Renderer) -> Service {
    app.secrets(&["cursor_key"])
        .body_limit(MAX_REQUEST)
        .extension(Markdown(Box::new(renderer)))
        .routes(routes())
}
