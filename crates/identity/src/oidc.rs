//! What the component `oidc` serves.

use kit::{App, AppBuilder, Service};
use utoipa_axum::router::OpenApiRouter;

use crate::{oauth, policy};

/// All routes under `/oauth2`, and the well-known path that RFC 8414 looks for it at.
pub fn routes() -> OpenApiRouter<App> {
    oauth::routes()
}

/// The service behind the component `oidc`.
#[must_use]
pub fn service(app: AppBuilder) -> Service {
    app.variables(policy::VARIABLES)
        .variables(oauth::VARIABLES)
        .secrets(oauth::SECRETS)
        .gate(policy::check)
        .limits(oauth::LIMITS)
        .same_origin(oauth::PAGES)
        .problem_page(oauth::PAGES, oauth::problem_page)
        .routes(routes())
}
