//! The `oidc` component: the OAuth provider under `/oauth2`.

use spin_sdk::http::{IntoResponse, Request};

#[spin_sdk::http_service]
async fn handle(request: Request) -> impl IntoResponse {
    kit::serve!(
        request,
        "oidc",
        identity::oidc::service,
        postgres,
        outbound,
        worker
    )
}
