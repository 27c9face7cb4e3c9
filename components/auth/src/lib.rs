//! The `auth` component: accounts, sessions and tokens under `/api/v1/auth`.

use spin_sdk::http::{IntoResponse, Request};
use wiping::Wiping;

/// Passwords come through: nothing of a request is left in what the next one finds.
#[global_allocator]
static ALLOCATOR: Wiping = Wiping::BODIES;

#[spin_sdk::http_service]
async fn handle(request: Request) -> impl IntoResponse {
    kit::serve!(
        request,
        "auth",
        identity::api::service,
        postgres,
        tokens,
        outbound,
        worker
    )
}
