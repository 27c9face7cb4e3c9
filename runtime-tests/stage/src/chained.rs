//! Service chaining without a network.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use axum::body::{Body, to_bytes};
use http::{Request, Response};
use kit::Service;
use kit::outbound::{Outbound, OutboundError};

/// One component, reached as Spin's service chaining would, and no other.
pub struct Chained {
    host: String,
    service: Arc<Service>,
}

impl Chained {
    /// The service behind `http://<component>.spin.internal`.
    pub fn new(component: &str, service: impl Into<Arc<Service>>) -> Self {
        Self {
            host: format!("{component}.spin.internal"),
            service: service.into(),
        }
    }
}

#[async_trait]
impl Outbound for Chained {
    async fn send(
        &self,
        request: Request<Vec<u8>>,
        _: Duration,
    ) -> Result<Response<Vec<u8>>, OutboundError> {
        assert_eq!(
            request.uri().host(),
            Some(self.host.as_str()),
            "nobody else is reached"
        );
        Ok(relay(&self.service, request).await)
    }
}

/// What the service answers to a request of another one.
pub async fn relay(service: &Service, request: Request<Vec<u8>>) -> Response<Vec<u8>> {
    let (parts, body) = service.call(request.map(Body::from)).await.into_parts();
    let body = to_bytes(body, usize::MAX).await.unwrap().to_vec();
    Response::from_parts(parts, body)
}
