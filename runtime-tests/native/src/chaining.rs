//! Calls to others: the private components as functions, the exchange over the network.

use std::time::Duration;

use async_trait::async_trait;
use axum::body::{Body, to_bytes};
use http::{Request, Response};
use kit::Service;
use kit::outbound::{Outbound, OutboundError};

/// `http://<component>.spin.internal`.
pub(crate) struct Chaining {
    pub(crate) signer: Service,
    pub(crate) kraken: Service,
    pub(crate) webhooks: Service,
}

#[async_trait]
impl Outbound for Chaining {
    async fn send(
        &self,
        request: Request<Vec<u8>>,
        timeout: Duration,
    ) -> Result<Response<Vec<u8>>, OutboundError> {
        let service = match request.uri().host() {
            Some("signer.spin.internal") => &self.signer,
            Some("kraken.spin.internal") => &self.kraken,
            Some("webhooks.spin.internal") => &self.webhooks,
            other => return Err(OutboundError::Failed(format!("nobody may call {other:?}"))),
        };
        let answer = tokio::time::timeout(timeout, service.call(request.map(Body::from)))
            .await
            .map_err(|_| OutboundError::Timeout(timeout))?;
        let (parts, body) = answer.into_parts();
        let body = to_bytes(body, usize::MAX).await.map_err(failed)?;
        Ok(Response::from_parts(parts, body.into()))
    }
}

/// Whatever is reachable from this machine. No sandbox here.
#[derive(Default)]
pub(crate) struct Network(reqwest::Client);

#[async_trait]
impl Outbound for Network {
    async fn send(
        &self,
        request: Request<Vec<u8>>,
        timeout: Duration,
    ) -> Result<Response<Vec<u8>>, OutboundError> {
        let mut request: reqwest::Request = request.try_into().map_err(failed::<reqwest::Error>)?;
        *request.timeout_mut() = Some(timeout);
        let answer = self.0.execute(request).await.map_err(|error| {
            if error.is_timeout() {
                OutboundError::Timeout(timeout)
            } else {
                failed(error)
            }
        })?;
        let mut response = Response::builder().status(answer.status());
        if let Some(headers) = response.headers_mut() {
            headers.clone_from(answer.headers());
        }
        response
            .body(answer.bytes().await.map_err(failed)?.into())
            .map_err(failed)
    }
}

fn failed<E: std::fmt::Display>(error: E) -> OutboundError {
    OutboundError::Failed(error.to_string())
}
