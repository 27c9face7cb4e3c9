//! The `blog` component: `/api/v1/blog/...`. Markdown is rendered by the component `markdown`.

use kit::{AppBuilder, Service};
use spin_sdk::http::{IntoResponse, Request};

#[spin_sdk::http_service]
async fn handle(request: Request) -> impl IntoResponse {
    kit::serve!(request, "blog", service, postgres, tokens, outbound, worker)
}

fn service(app: AppBuilder) -> Service {
    spindle_blog::api::service(app, contracts::content::markdown::render)
}
