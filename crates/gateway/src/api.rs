//! All that the gateway serves. What is not here is answered by the kit: 404, and 405 with `Allow`.

mod dev_mail;
mod docs;
mod health;
mod metrics;
mod openapi;

use axum::routing::get;
use kit::routes;
use kit::{App, AppBuilder, Service};
use utoipa_axum::router::OpenApiRouter;

/// The routes.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(health::live))
        .routes(routes!(health::ready))
        .routes(routes!(metrics::show))
        .routes(routes!(openapi::document))
        .routes(routes!(dev_mail::show))
        .routes(routes!(docs::page))
        .route("/docs/{file}", get(docs::file))
}

/// The service of the component `gateway`.
#[must_use]
pub fn service(builder: AppBuilder) -> Service {
    builder
        .variables(&[metrics::TOKEN])
        .extension(openapi::Document::default())
        .routes(routes())
}
