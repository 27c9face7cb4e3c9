//! The `worker` component: takes tasks and events and hands them to their owners.

use spin_sdk::http::{IntoResponse, Request};

#[spin_sdk::http_service]
async fn handle(request: Request) -> impl IntoResponse {
    kit::serve!(
        request,
        "worker",
        platform::worker::service,
        postgres,
        outbound
    )
}
