//! What the component `profile` serves.

mod own_profile;
mod public_profile;

use kit::{App, AppBuilder, Service};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// All routes under `/api/v1/profile`.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(own_profile::show, own_profile::update))
        .routes(routes!(public_profile::show))
}

/// The service behind the component `profile`.
#[must_use]
pub fn service(app: AppBuilder) -> Service {
    app.routes(routes())
}
