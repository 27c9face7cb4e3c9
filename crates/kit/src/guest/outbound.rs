//! Outbound HTTP through the host, which checks every address against the manifest.

use std::time::Duration;

use async_trait::async_trait;
use futures::future::{Either, select};
use http::{HeaderMap, HeaderValue};
use http_body_util::{BodyExt, Full, Limited};
use send_wrapper::SendWrapper;
use std::pin::pin;

use crate::current;
use crate::outbound::{MAX_ANSWER, Outbound, OutboundError};

pub(super) struct SpinOutbound;

#[async_trait]
impl Outbound for SpinOutbound {
    async fn send(
        &self,
        request: http::Request<Vec<u8>>,
        timeout: Duration,
    ) -> Result<http::Response<Vec<u8>>, OutboundError> {
        SendWrapper::new(async move {
            // Spin's own time-out is 600 s; nobody waits that long.
            let exchange = pin!(exchange(request));
            let alarm = pin!(spin_sdk::time::sleep(timeout));
            match select(exchange, alarm).await {
                Either::Left((answer, _)) => answer,
                Either::Right(((), _)) => Err(OutboundError::Timeout(timeout)),
            }
        })
        .await
    }
}

async fn exchange(
    mut request: http::Request<Vec<u8>>,
) -> Result<http::Response<Vec<u8>>, OutboundError> {
    continue_trace(request.headers_mut());
    let failed = |error: &dyn std::fmt::Debug| OutboundError::Failed(format!("{error:?}"));
    let request = request.map(|body| Full::new(bytes::Bytes::from(body)));
    let answer = spin_sdk::http::send(request)
        .await
        .map_err(|error| failed(&error))?;
    let (parts, body) = answer.into_parts();
    let body = Limited::new(body, MAX_ANSWER)
        .collect()
        .await
        .map_err(|error| failed(&error))?
        .to_bytes();
    Ok(http::Response::from_parts(parts, body.into()))
}

/// The host knows of the requests under way, but not which of them makes a call: that is told in the call's own header.
fn continue_trace(headers: &mut HeaderMap) {
    if headers.contains_key("traceparent") {
        return;
    }
    let current = current::get();
    let trace = current
        .as_ref()
        .and_then(|current| current.traceparent.as_deref());
    if let Some(Ok(trace)) = trace.map(HeaderValue::from_str) {
        headers.insert("traceparent", trace);
    }
}
