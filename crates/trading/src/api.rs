//! All that is served under `/api/v1/trading`.

mod key;

use kit::{App, AppBuilder, Service};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// The routes.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(key::connect, key::list))
        .routes(routes!(key::read, key::update, key::disconnect))
        .routes(routes!(key::test))
}

/// The service of the component `trading`.
#[must_use]
pub fn service(builder: AppBuilder) -> Service {
    builder.secrets(&["cursor_key"]).routes(routes())
}
