//! The `conduit` component: `/conduit/api/...`, the RealWorld API. Markdown is rendered by the component `markdown`, accounts are `auth`'s.

use kit::{AppBuilder, Service};
use spin_sdk::http::{IntoResponse, Request};
use wiping::Wiping;

/// Passwords come through: nothing of a request is left in what the next one finds.
#[global_allocator]
static ALLOCATOR: Wiping = Wiping::BODIES;

#[spin_sdk::http_service]
async fn handle(request: Request) -> impl IntoResponse {
    kit::serve!(
        request, "conduit", service, postgres, tokens, outbound, worker
    )
}

fn service(app: AppBuilder) -> Service {
    spindle_conduit::api::service(app, contracts::content::markdown::render)
}
