//! The `trading` component: exchange keys, market data, orders, bots.

use spin_sdk::http::{IntoResponse, Request};

#[spin_sdk::http_service]
async fn handle(request: Request) -> impl IntoResponse {
    kit::serve!(
        request,
        "trading",
        trading::api::service,
        postgres,
        tokens,
        outbound,
        key_value,
        worker
    )
}
