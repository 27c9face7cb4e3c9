//! The `auth` component: accounts, sessions and tokens under `/api/v1/auth`.

use spin_sdk::http::{IntoResponse, Request};

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
