//! The `webhooks` component: signs webhooks and takes them to the outside. It alone may reach any host, and has nothing else.

use spin_sdk::http::{IntoResponse, Request};

#[spin_sdk::http_service]
async fn handle(request: Request) -> impl IntoResponse {
    kit::serve!(request, "webhooks", webhooks::api::service, outbound)
}
