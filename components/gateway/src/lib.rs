//! The `gateway` component: health, the interface description and its page, and 404 for what nobody serves.

use spin_sdk::http::{IntoResponse, Request};

#[spin_sdk::http_service]
async fn handle(request: Request) -> impl IntoResponse {
    kit::serve!(
        request,
        "gateway",
        gateway::api::service,
        postgres,
        key_value
    )
}
