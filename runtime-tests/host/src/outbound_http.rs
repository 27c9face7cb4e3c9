//! A guest's way out by HTTP: to other components in process, to allowed hosts over the network, to nobody else.

use std::collections::{BTreeSet, HashMap};
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use http_body_util::BodyExt;
use hyper::body::Incoming;
use hyper_rustls::{ConfigBuilderExt, HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use serde_json::json;
use tokio::time::{Instant, Sleep};
use wasmtime_wasi_http::{Error, RequestOptions, Result, WasiBody, WasiHttpHooks};

use crate::allowed_hosts::AllowedHosts;
use crate::chaining::Directory;
use crate::output::Output;
use crate::telemetry::Tracer;

/// How long a connection may take to open if the guest doesn't say.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// How long the first byte, and each next one, may take if the guest doesn't say: Spin's default.
const BYTES_TIMEOUT: Duration = Duration::from_secs(600);
/// Connect time-outs for which a client with its own connections is kept.
const MAX_CLIENTS: usize = 16;

type HttpClient = Client<HttpsConnector<HttpConnector>, WasiBody>;

/// The way out of one component.
#[derive(Debug, Clone)]
pub(crate) struct OutboundHttp {
    component: Arc<str>,
    allowed: AllowedHosts,
    directory: Arc<Directory>,
    clients: Clients,
    output: Output,
    tracer: Tracer,
    reported: Arc<Mutex<BTreeSet<String>>>,
}

/// Keep-alive connections, shared by all components: who may use one is decided before.
#[derive(Debug, Clone, Default)]
pub(crate) struct Clients(Arc<Mutex<HashMap<Duration, HttpClient>>>);

impl OutboundHttp {
    /// The way out of `component`.
    pub(crate) fn new(
        component: Arc<str>,
        allowed: AllowedHosts,
        directory: Arc<Directory>,
        clients: Clients,
        output: Output,
        tracer: Tracer,
    ) -> Self {
        Self {
            component,
            allowed,
            directory,
            clients,
            output,
            tracer,
            reported: Arc::default(),
        }
    }

    async fn send(
        self,
        mut request: http::Request<WasiBody>,
        options: RequestOptions,
    ) -> Result<http::Response<WasiBody>> {
        let scheme = request
            .uri()
            .scheme_str()
            .ok_or(Error::HttpRequestUriInvalid)?
            .to_owned();
        let host = request
            .uri()
            .host()
            .ok_or(Error::HttpRequestUriInvalid)?
            .to_owned();
        if !self
            .allowed
            .allows(&scheme, &host, request.uri().port_u16())
        {
            self.report(&scheme, request.uri());
            return Err(Error::HttpRequestDenied);
        }
        let span = self.tracer.outbound(&mut request);
        let answer = self.exchange(&host, request, options).await;
        match &answer {
            Ok(response) => span.answered(response.status()),
            // Nothing is written out for a span that nobody keeps.
            Err(error) if span.context().is_some() => span.failed(&kind(error)),
            Err(_) => {}
        }
        answer
    }

    async fn exchange(
        &self,
        host: &str,
        request: http::Request<WasiBody>,
        options: RequestOptions,
    ) -> Result<http::Response<WasiBody>> {
        let connect = options.connect_timeout.unwrap_or(CONNECT_TIMEOUT);
        let first_byte = options.first_byte_timeout.unwrap_or(BYTES_TIMEOUT);
        let between_bytes = options.between_bytes_timeout.unwrap_or(BYTES_TIMEOUT);
        if let Some(target) = crate::chaining::target(host) {
            let response = tokio::time::timeout(first_byte, self.directory.call(target, request));
            return response.await.map_err(|_| Error::ConnectionReadTimeout)?;
        }
        let client = self.clients.with_connect_timeout(connect)?;
        let response =
            tokio::time::timeout(connect.saturating_add(first_byte), client.request(request));
        let response = response
            .await
            .map_err(|_| Error::ConnectionReadTimeout)?
            .map_err(|error| failure(&error))?;
        Ok(response.map(|body| TimedBody::new(body, between_bytes).boxed_unsync()))
    }

    /// Says once per address how to allow it.
    fn report(&self, scheme: &str, uri: &http::Uri) {
        let address = format!(
            "{scheme}://{}",
            uri.authority()
                .map(http::uri::Authority::as_str)
                .unwrap_or_default()
        );
        let mut reported = self.reported.lock().unwrap_or_else(PoisonError::into_inner);
        if reported.len() < 100 && reported.insert(address.clone()) {
            let fix = format!(
                "add allowed_outbound_hosts = [{address:?}] to [component.{}]",
                self.component
            );
            self.output.event(&json!({"level": "warn", "message": "outbound request denied", "component": &*self.component, "address": address, "fix": fix}));
        }
    }
}

impl WasiHttpHooks for OutboundHttp {
    fn send_request(
        &mut self,
        request: http::Request<WasiBody>,
        options: Option<RequestOptions>,
        _: Box<dyn Future<Output = Result<()>> + Send>,
    ) -> Box<
        dyn Future<
                Output = Result<(
                    http::Response<WasiBody>,
                    Box<dyn Future<Output = Result<()>> + Send>,
                )>,
            > + Send,
    > {
        let sending = self.clone().send(request, options.unwrap_or_default());
        Box::new(async move {
            let done: Box<dyn Future<Output = Result<()>> + Send> =
                Box::new(std::future::ready(Ok(())));
            Ok((sending.await?, done))
        })
    }
}

impl Clients {
    /// The connect time-out belongs to the connector, so each one in use has its own client.
    fn with_connect_timeout(&self, timeout: Duration) -> Result<HttpClient> {
        let mut clients = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(client) = clients.get(&timeout) {
            return Ok(client.clone());
        }
        if clients.len() >= MAX_CLIENTS {
            clients.clear();
        }
        let connector =
            connector(timeout).map_err(|error| Error::InternalError(Some(error.to_string())))?;
        let client = Client::builder(TokioExecutor::new())
            .pool_timer(TokioTimer::new())
            .timer(TokioTimer::new())
            .build(connector);
        clients.insert(timeout, client);
        clients
            .get(&timeout)
            .cloned()
            .ok_or(Error::InternalError(None))
    }
}

/// Opens connections with or without TLS, which the public authorities have to vouch for.
pub(crate) fn connector(
    timeout: Duration,
) -> std::result::Result<HttpsConnector<HttpConnector>, rustls::Error> {
    let mut connector = HttpConnector::new();
    connector.set_connect_timeout(Some(timeout));
    connector.set_nodelay(true);
    connector.enforce_http(false);
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let tls = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_webpki_roots()
        .with_no_client_auth();
    Ok(HttpsConnectorBuilder::new()
        .with_tls_config(tls)
        .https_or_http()
        .enable_all_versions()
        .wrap_connector(connector))
}

/// The error's name in WASI, without what it tells besides.
fn kind(error: &Error) -> String {
    format!("{error:?}")
        .chars()
        .take_while(char::is_ascii_alphanumeric)
        .collect()
}

/// The WASI error for a failed request.
fn failure(error: &hyper_util::client::legacy::Error) -> Error {
    let mut source: Option<&(dyn std::error::Error + 'static)> = Some(error);
    while let Some(cause) = source {
        if let Some(io) = cause.downcast_ref::<std::io::Error>() {
            match io.kind() {
                std::io::ErrorKind::ConnectionRefused => return Error::ConnectionRefused,
                std::io::ErrorKind::TimedOut => return Error::ConnectionTimeout,
                std::io::ErrorKind::ConnectionReset
                | std::io::ErrorKind::BrokenPipe
                | std::io::ErrorKind::UnexpectedEof => return Error::ConnectionTerminated,
                _ => {}
            }
            if io
                .get_ref()
                .is_some_and(|inner| inner.is::<rustls::Error>())
            {
                return Error::TlsProtocolError;
            }
        }
        if let Some(tls) = cause.downcast_ref::<rustls::Error>() {
            return match tls {
                rustls::Error::InvalidCertificate(_) => Error::TlsCertificateError,
                _ => Error::TlsProtocolError,
            };
        }
        if let Some(hyper) = cause.downcast_ref::<hyper::Error>()
            && hyper.is_incomplete_message()
        {
            return Error::ConnectionTerminated;
        }
        source = cause.source();
    }
    if error.is_connect() {
        Error::DnsError {
            rcode: Some(error.to_string()),
            info_code: None,
        }
    } else {
        Error::HttpProtocolError
    }
}

/// A response body whose frames must not be too far apart.
struct TimedBody {
    body: Incoming,
    limit: Duration,
    timeout: Pin<Box<Sleep>>,
}

impl TimedBody {
    fn new(body: Incoming, limit: Duration) -> Self {
        Self {
            body,
            limit,
            timeout: Box::pin(tokio::time::sleep(limit)),
        }
    }
}

impl Body for TimedBody {
    type Data = Bytes;
    type Error = Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>>>> {
        match Pin::new(&mut self.body).poll_frame(cx) {
            Poll::Ready(Some(Ok(frame))) => {
                // Far time-outs would overflow the timer; a month is as good as never.
                let limit = self.limit.min(Duration::from_secs(30 * 86_400));
                self.timeout.as_mut().reset(Instant::now() + limit);
                Poll::Ready(Some(Ok(frame)))
            }
            Poll::Ready(Some(Err(error))) => Poll::Ready(Some(Err(error.into()))),
            Poll::Ready(None) => Poll::Ready(None),
            Poll::Pending => {
                ready!(self.timeout.as_mut().poll(cx));
                Poll::Ready(Some(Err(Error::ConnectionReadTimeout)))
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
