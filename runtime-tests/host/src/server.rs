//! The HTTP server: HTTP/1.1, and HTTP/2 for clients that begin with it.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result};
use http_body_util::BodyExt;
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use hyper_util::server::graceful::GracefulShutdown;
use serde_json::json;
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::sync::watch;

use crate::application::Application;
use crate::connection::Connection;
use crate::lingering::Lingering;
use crate::output::Output;

/// How long a client may take to send the head of a request.
const HEAD_TIMEOUT: Duration = Duration::from_secs(30);
/// Connections that the kernel keeps until they are accepted; a burst must not be refused.
const BACKLOG: u32 = 4096;

/// Listens, with a queue that is long enough for a burst.
pub(crate) fn listen(address: SocketAddr) -> Result<TcpListener> {
    let socket = if address.is_ipv4() {
        TcpSocket::new_v4()?
    } else {
        TcpSocket::new_v6()?
    };
    socket.set_reuseaddr(true)?;
    let listening = socket.bind(address).and_then(|()| socket.listen(BACKLOG));
    listening.with_context(|| {
        format!("cannot listen on {address}; choose another address with --listen")
    })
}

/// Serves until `stop` changes, then lets open requests end for at most `drain_timeout`.
pub(crate) async fn serve(
    listener: TcpListener,
    application: Arc<Application>,
    mut stop: watch::Receiver<bool>,
    drain_timeout: Duration,
    output: Output,
) {
    let mut builder = Builder::new(TokioExecutor::new());
    builder
        .http1()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_TIMEOUT)
        .pipeline_flush(true);
    builder.http2().timer(TokioTimer::new());
    let graceful = GracefulShutdown::new();
    loop {
        let accepted = tokio::select! {
            _ = stop.wait_for(|stop| *stop) => break,
            accepted = listener.accept() => accepted,
        };
        match accepted {
            Ok((stream, client)) => {
                let connection = builder.serve_connection_with_upgrades(io(stream), {
                    let application = application.clone();
                    service_fn(move |request: http::Request<Incoming>| {
                        let application = application.clone();
                        async move {
                            let request = request.map(|body| {
                                Lingering::new(body)
                                    .map_err(wasmtime_wasi_http::Error::from)
                                    .boxed_unsync()
                            });
                            Ok::<_, std::convert::Infallible>(
                                application.respond(request, client).await,
                            )
                        }
                    })
                });
                let connection = graceful.watch(connection.into_owned());
                // A connection that breaks off is the client's affair.
                tokio::spawn(async move { drop(connection.await) });
            }
            Err(error) => {
                output.event(&json!({"level": "error", "message": "cannot accept a connection", "error": error.to_string()}));
                // Out of file descriptors, most likely: give open connections a moment to end.
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        }
    }
    drop(listener);
    let drained = async {
        graceful.shutdown().await;
        application.drained().await;
    };
    if tokio::time::timeout(drain_timeout, drained).await.is_err() {
        output.event(&json!({"level": "warn", "message": "requests were still under way after the drain time-out"}));
    }
}

fn io(stream: TcpStream) -> Connection {
    // Without it the last packet of an answer may wait for the client's acknowledgement; the kernel refuses only closed sockets.
    let _ = stream.set_nodelay(true);
    Connection::new(stream)
}
