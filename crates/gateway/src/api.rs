//! All that the gateway serves. What is not here is answered by the kit: 404, and 405 with `Allow`.

mod dev_mail;
mod docs;
mod health;
mod metrics;
mod openapi;

use axum::routing::get;
use kit::routes;
use kit::{App, AppBuilder, Service};
use utoipa_axum::router::OpenApiRouter;

/// The routes.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(health::live))
        .routes(routes!(health::ready))
        .routes(routes!(metrics::show))
        .routes(routes!(openapi::document))
        .routes(routes!(dev_mail::show))
        .routes(routes!(docs::page))
        .route("/docs/{file}", get(docs::file))
}

/// The service of the component `gateway`.
#[must_use]
pub fn service(builder: AppBuilder) -> Service {
    builder
        .variables(&[metrics::TOKEN])
        .extension(openapi::Document::default())
        .routes(routes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_page_of_a_listed_origin_may_send_the_headers_that_are_read() {
        let ours = "https://front.example";
        let variables = std::collections::HashMap::from([
            ("environment".to_owned(), "development".to_owned()),
            ("cors_origins".to_owned(), ours.to_owned()),
            ("limits".to_owned(), "off".to_owned()),
        ]);
        let ports = kit::Ports::none(std::sync::Arc::new(variables));
        let service = service(AppBuilder::new("gateway", ports));
        for (origin, allowed) in [(ours, Some(ours)), ("https://elsewhere.example", None)] {
            let request = http::Request::options("/health/live")
                .header("origin", origin)
                .header("access-control-request-method", "GET")
                .header("access-control-request-headers", "traceparent");
            let answer = service
                .call(request.body(axum::body::Body::empty()).unwrap())
                .await;
            let header = |name: &str| answer.headers().get(name).map(|v| v.to_str().unwrap());
            assert_eq!(header("access-control-allow-origin"), allowed, "{origin}");
            let sendable = header("access-control-allow-headers").unwrap();
            for name in [
                "authorization",
                "if-match",
                "idempotency-key",
                "traceparent",
            ] {
                assert!(sendable.split(',').any(|item| item == name), "{sendable}");
            }
        }
    }
}
