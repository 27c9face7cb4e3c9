//! What the component `oidc` serves.

use kit::{App, AppBuilder, Service};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::api::jwks;

/// All routes under `/oauth2`.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(jwks::show))
}

/// The service behind the component `oidc`.
#[must_use]
pub fn service(app: AppBuilder) -> Service {
    app.routes(routes())
}
