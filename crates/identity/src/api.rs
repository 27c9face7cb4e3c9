//! What the component `auth` serves.

pub(crate) mod jwks;
mod login;
mod logout;
mod me;
mod refresh;
mod registration;
mod session;
mod token;

use kit::{App, AppBuilder, Service};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// All routes under `/api/v1/auth`.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(registration::create))
        .routes(routes!(login::create))
        .routes(routes!(refresh::create))
        .routes(routes!(logout::create))
        .routes(routes!(logout::create_all))
        .routes(routes!(me::show))
        .routes(routes!(session::list))
        .routes(routes!(session::delete))
}

/// The service behind the component `auth`.
#[must_use]
pub fn service(app: AppBuilder) -> Service {
    app.variables(crate::policy::VARIABLES)
        .secrets(&["cursor_key"])
        .routes(routes())
}
