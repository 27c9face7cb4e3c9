//! All that the gateway serves. What is not here is answered by the kit: 404, and 405 with `Allow`.

mod docs;
mod health;
mod openapi;

use axum::routing::get;
use kit::{App, AppBuilder, Service};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// The routes.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(health::live))
        .routes(routes!(health::ready))
        .routes(routes!(openapi::document))
        .routes(routes!(docs::page))
        .route("/docs/{file}", get(docs::file))
}

/// The service of the component `gateway`.
#[must_use]
pub fn service(builder: AppBuilder) -> Service {
    builder
        .extension(openapi::Document::default())
        .routes(routes())
}
