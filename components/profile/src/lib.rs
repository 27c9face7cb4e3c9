//! The `profile` component: `/api/v1/profile/...`.

use spin_sdk::http::{IntoResponse, Request};

#[spin_sdk::http_service]
async fn handle(request: Request) -> impl IntoResponse {
    kit::serve!(
        request,
        "profile",
        spindle_profile::api::service,
        postgres,
        tokens,
        worker
    )
}
