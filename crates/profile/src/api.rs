//! What the component `profile` serves.

mod follow;
mod internal;
mod onboarding;
mod own_profile;
mod public_profile;

use kit::{App, AppBuilder, Service, routes};
use platform::mail::Mailer;
use platform::messages;
use utoipa_axum::router::OpenApiRouter;

/// All routes under `/api/v1/profile`.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(own_profile::show, own_profile::update))
        .routes(routes!(public_profile::show))
        .routes(routes!(follow::follow, follow::unfollow))
        .routes(routes!(follow::followers))
        .routes(routes!(follow::following))
        .routes(routes!(onboarding::show))
        .routes(routes!(onboarding::take))
        .routes(routes!(onboarding::complete))
        .merge(messages::routes())
}

/// The service behind the component `profile`. Mails go out by this mailer.
#[must_use]
pub fn service(app: AppBuilder, mailer: impl Mailer + 'static) -> Service {
    messages::install(app, mailer)
        .internal(internal::routes())
        .routes(routes())
}
