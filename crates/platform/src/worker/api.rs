//! What the component `worker` serves.

mod clean_up;
mod work;

use axum::Router;
use axum::routing::post;
use kit::{AppBuilder, Service};
use utoipa_axum::router::OpenApiRouter;

use super::drain::Work;
use super::places::Places;
use crate::kinds::{KINDS, Kind};
use crate::subscriptions::{SUBSCRIPTIONS, Subscription};

/// The service of the component `worker`.
#[must_use]
pub fn service(builder: AppBuilder) -> Service {
    service_for(builder, KINDS, SUBSCRIPTIONS)
}

/// The same with other tables, for tests.
#[doc(hidden)]
#[must_use]
pub fn service_for(builder: AppBuilder, kinds: &[Kind], subscriptions: &[Subscription]) -> Service {
    builder
        .variables(&["events_origin", "events_path", "events_secret", "self_tick"])
        .secrets(&["worker_token"])
        .extension(Places::default())
        .extension(Work {
            kinds: kinds.to_vec(),
            subscriptions: subscriptions.to_vec(),
        })
        .internal(
            Router::new()
                .route("/wake", post(work::wake))
                .route("/tasks/clean_up", post(clean_up::run)),
        )
        .routes(OpenApiRouter::new().route("/internal/worker/tick", post(work::tick)))
}
