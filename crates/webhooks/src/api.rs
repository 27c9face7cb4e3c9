//! What the component `webhooks` serves: two private routes.

mod delivery;
mod secret;

use axum::Router;
use axum::routing::post;
use kit::{AppBuilder, Service};
use utoipa_axum::router::OpenApiRouter;

/// The service behind the component `webhooks`.
#[must_use]
pub fn service(app: AppBuilder) -> Service {
    app.secrets(&["webhook_key"])
        .internal(
            Router::new()
                .route("/secret", post(secret::show))
                .route("/deliver", post(delivery::deliver)),
        )
        .routes(OpenApiRouter::new())
}
