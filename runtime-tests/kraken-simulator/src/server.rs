//! The listener and the data plane `/0/…`.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{Extension, Path, Request, State as Shares};
use axum::response::{IntoResponse, Response};
use axum::routing::any;
use http::{StatusCode, header};
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tower::ServiceExt;

use crate::control;
use crate::fault::FaultKind;
use crate::params::Params;
use crate::private::PrivateCall;
use crate::reply::{Answer, Refusal, envelope};
use crate::simulator::{Shared, lock};

/// No request of Kraken's interface is longer.
const LONGEST_BODY: usize = 256 * 1024;

/// Below the range from which systems take outgoing ports, so that a restart finds its port free.
const PORTS: std::ops::Range<u16> = 21_000..32_000;

/// Where a caller sits; set per connection.
#[derive(Debug, Clone, Copy)]
struct Peer(IpAddr);

/// Marks an answer that is never sent: the connection closes instead.
#[derive(Debug, Clone, Copy)]
struct Dropped;

#[derive(Debug, thiserror::Error)]
#[error("a fault closed the connection")]
struct ConnectionDropped;

pub(crate) async fn bind(address: SocketAddr) -> io::Result<TcpListener> {
    if address.port() != 0 {
        return TcpListener::bind(address).await;
    }
    // Processes start at different places, so that two seldom try the same port.
    let width = u32::from(PORTS.end - PORTS.start);
    let first = std::process::id().wrapping_mul(97) % width;
    for step in 0..width {
        let port = PORTS.start + u16::try_from((first + step) % width).unwrap_or_default();
        match TcpListener::bind((address.ip(), port)).await {
            Err(error) if error.kind() == io::ErrorKind::AddrInUse => {}
            other => return other,
        }
    }
    Err(io::ErrorKind::AddrInUse.into())
}

/// Serves until the task is aborted; its connections end with it.
pub(crate) async fn run(listener: TcpListener, shared: Shared) {
    let router = Router::new()
        .route("/0/public/{*method}", any(public))
        .route("/0/private/{*method}", any(private))
        .merge(control::routes())
        .fallback(unknown)
        .with_state(shared);
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => {
                if let Ok((stream, peer)) = accepted {
                    connections.spawn(serve(stream, peer, router.clone()));
                }
            }
            Some(_) = connections.join_next() => {}
        }
    }
}

async fn serve(stream: TcpStream, peer: SocketAddr, router: Router) {
    let service = service_fn(move |request: http::Request<hyper::body::Incoming>| {
        let router = router.clone();
        let mut request = request.map(Body::new);
        request.extensions_mut().insert(Peer(peer.ip()));
        async move {
            let Ok(response) = router.oneshot(request).await;
            let dropped = response.extensions().get::<Dropped>().is_some();
            if dropped {
                Err(ConnectionDropped)
            } else {
                Ok(response)
            }
        }
    });
    // A connection that breaks, ours or theirs, is the caller's to notice.
    let _closed = hyper::server::conn::http1::Builder::new()
        .timer(TokioTimer::new())
        .serve_connection(TokioIo::new(stream), service)
        .await;
}

async fn public(
    Shares(shared): Shares<Shared>,
    Path(method): Path<String>,
    request: Request,
) -> Response {
    let query = request.uri().query().unwrap_or_default().to_owned();
    let Ok(body) = to_bytes(request.into_body(), LONGEST_BODY).await else {
        return too_long();
    };
    let params = Params::from_form(if query.is_empty() {
        &body
    } else {
        query.as_bytes()
    });
    answer(&shared, &method, None, || {
        lock(&shared).public(&method, &params)
    })
    .await
}

async fn private(
    Shares(shared): Shares<Shared>,
    Extension(Peer(address)): Extension<Peer>,
    Path(method): Path<String>,
    request: Request,
) -> Response {
    let (parts, body) = request.into_parts();
    let Ok(body) = to_bytes(body, LONGEST_BODY).await else {
        return too_long();
    };
    let header = |name: &str| {
        parts
            .headers
            .get(name)
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default()
    };
    let call = PrivateCall {
        path: parts.uri.path(),
        method: &method,
        api_key: header("api-key"),
        api_sign: header("api-sign"),
        json: header(header::CONTENT_TYPE.as_str()).starts_with("application/json"),
        body: &body,
        address,
    };
    let key = Some(call.api_key).filter(|key| !key.is_empty());
    answer(&shared, &method, key, || {
        if parts.method != http::Method::POST {
            return Err("EAPI:Bad request".into());
        }
        lock(&shared).private(&call)
    })
    .await
}

/// Executes the call as the planned fault, if any, lets it, and notes what came of it.
async fn answer(
    shared: &Shared,
    method: &str,
    key: Option<&str>,
    execute: impl FnOnce() -> Answer,
) -> Response {
    let fault = lock(shared).faults.take(method, key);
    let note = |outcome: String| lock(shared).journal.note(method, key, outcome);
    let executed = || {
        let answer = execute();
        let outcome = answer
            .as_ref()
            .map_or_else(|Refusal(text)| text.clone(), |_| "ok".to_owned());
        (answer, outcome)
    };
    match fault {
        None => {
            let (answer, outcome) = executed();
            note(outcome);
            json(&answer)
        }
        Some(FaultKind::Delay { millis }) => {
            tokio::time::sleep(Duration::from_millis(millis)).await;
            let (answer, outcome) = executed();
            note(outcome);
            json(&answer)
        }
        Some(FaultKind::Error { error }) => {
            note(error.clone());
            json(&Err(Refusal(error)))
        }
        Some(FaultKind::Http { status }) => {
            note(format!("http {status}"));
            html(status)
        }
        Some(FaultKind::HttpAfter { status }) => {
            let (_, outcome) = executed();
            note(format!("{outcome}, then http {status}"));
            html(status)
        }
        Some(FaultKind::DropBefore) => {
            note("dropped".to_owned());
            Extension(Dropped).into_response()
        }
        Some(FaultKind::DropAfter) => {
            let (_, outcome) = executed();
            note(format!("{outcome}, then dropped"));
            Extension(Dropped).into_response()
        }
    }
}

/// Kraken says 200 whatever happened.
fn json(answer: &Answer) -> Response {
    (
        [(header::CONTENT_TYPE, "application/json; charset=utf-8")],
        envelope(answer),
    )
        .into_response()
}

fn html(status: u16) -> Response {
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::BAD_GATEWAY);
    let page =
        format!("<html><head><title>{status}</title></head><body>a proxy's own page</body></html>");
    (
        status,
        [(header::CONTENT_TYPE, "text/html; charset=UTF-8")],
        page,
    )
        .into_response()
}

fn too_long() -> Response {
    html(413)
}

async fn unknown() -> Response {
    html(404)
}
