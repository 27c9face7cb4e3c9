//! The `blog-site` component: `/blog/...`, the pages that a reader of the blog sees, and `/robots.txt`.

use spin_sdk::http::{IntoResponse, Request};

#[spin_sdk::http_service]
async fn handle(request: Request) -> impl IntoResponse {
    kit::serve!(
        request,
        "blog-site",
        site::api::service,
        postgres,
        key_value
    )
}
