//! The `admin` component: users, roles, the audit log, tasks, support and the dashboard under `/api/v1/admin`.

use spin_sdk::http::{IntoResponse, Request};

#[spin_sdk::http_service]
async fn handle(request: Request) -> impl IntoResponse {
    kit::serve!(
        request,
        "admin",
        admin::api::service,
        postgres,
        tokens,
        outbound,
        key_value,
        worker
    )
}
