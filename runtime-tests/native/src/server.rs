//! HTTP/1.1 in front of the application.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;

use axum::body::Body;
use http::{HeaderValue, Request};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::TcpListener;

use crate::Application;

/// Answers connections until the listener fails.
///
/// # Errors
/// When no connection can be accepted any more.
pub async fn serve(listener: TcpListener, application: Arc<Application>) -> std::io::Result<()> {
    loop {
        let (stream, peer) = listener.accept().await?;
        stream.set_nodelay(true)?;
        let application = Arc::clone(&application);
        tokio::spawn(async move {
            let answer = service_fn(|request| answer(&application, peer, request));
            // A client that goes away is nothing to tell anybody.
            let _ = http1::Builder::new()
                .timer(TokioTimer::new())
                .serve_connection(TokioIo::new(stream), answer)
                .await;
        });
    }
}

async fn answer(
    application: &Application,
    peer: SocketAddr,
    mut request: Request<Incoming>,
) -> Result<http::Response<Body>, Infallible> {
    // As a Spin host does: the last value is the peer's.
    if let Ok(address) = HeaderValue::from_str(&peer.to_string()) {
        request.headers_mut().append("spin-client-addr", address);
    }
    Ok(application.call(request.map(Body::new)).await)
}
