//! What the component `conduit` serves.

mod article;
mod comment;
mod favorite;
mod list;
mod profile;
mod tag;
mod user;

use blog::renderer::{Markdown, Renderer};
use kit::limit::Class;
use kit::{App, AppBuilder, Dialect, Service, routes};
use utoipa_axum::router::OpenApiRouter;

use crate::{switch, wording};

/// Longest request: an article of 1 MB with room for JSON's escapes.
const MAX_REQUEST: usize = 2 * 1024 * 1024;

/// All routes under `/conduit/api`, which is `/api` of the RealWorld specification. OpenAPI does not list them: the specification is
/// their description, and what goes wrong has another shape than everywhere else.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(user::register))
        .routes(routes!(user::log_in))
        .routes(routes!(user::show, user::update))
        .routes(routes!(profile::show))
        .routes(routes!(profile::follow, profile::unfollow))
        .routes(routes!(list::all, article::create))
        .routes(routes!(list::feed))
        .routes(routes!(article::show, article::update, article::delete))
        .routes(routes!(favorite::add, favorite::remove))
        .routes(routes!(comment::list, comment::create))
        .routes(routes!(comment::delete))
        .routes(routes!(tag::list))
}

/// Routes that cost a hash.
const LIMITS: &[(&str, Class)] = &[
    ("POST /conduit/api/users", Class::Register),
    ("POST /conduit/api/users/login", Class::Login),
];

/// The service behind the component `conduit`, with what renders Markdown.
#[must_use]
pub fn service(app: AppBuilder, renderer: impl Renderer) -> Service {
    app.variables(switch::VARIABLES)
        .gate(switch::check)
        .dialect(Dialect {
            scheme: "Token",
            problem: wording::document,
        })
        .body_limit(MAX_REQUEST)
        .extension(Markdown(Box::new(renderer)))
        .limits(LIMITS)
        .routes(routes())
}
