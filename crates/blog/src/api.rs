//! What the component `blog` serves.

mod comment;
mod document;
mod favorite;
mod internal;
mod moderation;
mod pending_edit;
mod post;
mod publication;
mod revision;
mod search;
mod tag;
mod transfer;
mod webhook;

use axum::extract::DefaultBodyLimit;
use kit::limit::Class;
use kit::{App, AppBuilder, Service, routes};
use utoipa_axum::router::OpenApiRouter;

use crate::renderer::{Markdown, Renderer};

/// Longest request: a post of 1 MB with room for JSON's escapes.
const MAX_REQUEST: usize = 2 * 1024 * 1024;

/// All routes under `/api/v1/blog`.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(post::list, post::create))
        .routes(routes!(post::show, post::update, post::delete))
        .routes(routes!(post::restore))
        .routes(routes!(publication::publish))
        .routes(routes!(publication::schedule))
        .routes(routes!(publication::unpublish))
        .routes(routes!(
            pending_edit::show,
            pending_edit::update,
            pending_edit::discard
        ))
        .routes(routes!(revision::list))
        .routes(routes!(revision::show))
        .routes(routes!(revision::restore))
        .routes(routes!(favorite::add, favorite::remove))
        .routes(routes!(comment::list, comment::create))
        .routes(routes!(moderation::list))
        .routes(routes!(comment::show, comment::update, comment::delete))
        .routes(routes!(comment::approve))
        .routes(routes!(comment::reject))
        .routes(routes!(comment::report))
        .routes(routes!(tag::list))
        .routes(routes!(search::search))
        .routes(routes!(webhook::list, webhook::create))
        .routes(routes!(webhook::show, webhook::update, webhook::delete))
        .routes(routes!(webhook::rotate_secret))
        .routes(routes!(webhook::deliveries))
        .routes(routes!(transfer::export))
        .merge(
            OpenApiRouter::new()
                .routes(routes!(transfer::import))
                .layer(DefaultBodyLimit::max(transfer::MAX_IMPORT)),
        )
}

/// Routes that cost more than others.
const LIMITS: &[(&str, Class)] = &[
    ("GET /api/v1/blog/search", Class::Search),
    ("GET /api/v1/blog/export", Class::Export),
    ("POST /api/v1/blog/import", Class::Export),
];

/// The service behind the component `blog`, with what renders Markdown.
#[must_use]
pub fn service(app: AppBuilder, renderer: impl Renderer) -> Service {
    app.secrets(&["cursor_key"])
        .body_limit(MAX_REQUEST)
        .extension(Markdown(Box::new(renderer)))
        .limits(LIMITS)
        .internal(internal::routes())
        .routes(routes())
}
