//! The loaded application: which component answers a request, and what the host answers itself.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Instant;

use http::{Request, Response, StatusCode};
use http_body_util::BodyExt;
use serde_json::json;
use wasmtime_wasi_http::{Error, WasiBody};

use crate::access_log::{Entry, LoggedBody};
use crate::instances::InstancePool;
use crate::output::Output;
use crate::problem::{self, problem};
use crate::request::{self, Malformed};
use crate::routing::Router;
use crate::telemetry::{Span, Tracer};

/// What a route leads to.
#[derive(Debug)]
pub(crate) enum Target {
    /// A component.
    Component(String, Arc<InstancePool>),
    /// A fixed answer.
    Static(Response<String>),
}

/// The running application.
#[derive(Debug)]
pub(crate) struct Application {
    /// The public routes.
    pub(crate) router: Router<Target>,
    /// All components that serve, by id; private ones too.
    pub(crate) components: BTreeMap<String, Arc<InstancePool>>,
    /// Bytes that a request's body may have.
    pub(crate) max_request_body: u64,
    /// Where lines go.
    pub(crate) output: Output,
    /// Where spans of requests begin.
    pub(crate) tracer: Tracer,
    /// `[application] name`.
    pub(crate) name: String,
    /// `[application] version`.
    pub(crate) version: String,
}

impl Application {
    /// The public routes: path, whether it is a wildcard, and the component.
    pub(crate) fn routes(&self) -> impl Iterator<Item = (&str, bool, Option<&str>)> {
        self.router.routes().map(|(path, wildcard, target)| {
            let id = match target {
                Target::Component(id, _) => Some(id.as_str()),
                Target::Static(_) => None,
            };
            (path, wildcard, id)
        })
    }

    /// Answers a request from outside.
    pub(crate) async fn respond(
        &self,
        request: Request<WasiBody>,
        client: SocketAddr,
    ) -> Response<LoggedBody> {
        if !self.output.wants_access_log() {
            let response = self.respond_unlogged(request, client).await;
            return response.map(LoggedBody::silent);
        }
        let span = self.tracer.request(&request);
        let entry = Entry {
            method: request.method().clone(),
            path: request.uri().path().to_owned(),
            route: String::new(),
            component: String::new(),
            start: Instant::now(),
        };
        let mut entry = Some(entry);
        let response = self.answer(request, client, &mut entry, &span).await;
        let status = response.status();
        span.answered(status);
        let announced = content_length(response.headers());
        response.map(|body| match entry {
            Some(entry) => LoggedBody::new(body, entry, status, announced, self.output.clone()),
            None => LoggedBody::silent(body),
        })
    }

    /// Answers a request that gets no line in the access log: one of the host's own schedule.
    pub(crate) async fn respond_unlogged(
        &self,
        request: Request<WasiBody>,
        client: SocketAddr,
    ) -> Response<WasiBody> {
        let span = self.tracer.request(&request);
        let response = self.answer(request, client, &mut None, &span).await;
        span.answered(response.status());
        response
    }

    async fn answer(
        &self,
        mut request: Request<WasiBody>,
        client: SocketAddr,
        entry: &mut Option<Entry>,
        span: &Span,
    ) -> Response<WasiBody> {
        match request.uri().path() {
            "/.well-known/spin/health" => return Response::new(problem::full("OK")),
            "/.well-known/spin/info" => return self.info(),
            _ => {}
        }
        let Some(matched) = self.router.find(request.uri().path()) else {
            return problem::empty(StatusCode::NOT_FOUND);
        };
        span.routed(request.method(), &matched.raw_route);
        if let Some(entry) = entry {
            entry.route.clone_from(&matched.raw_route);
        }
        let (id, pool) = match matched.target.as_ref() {
            Target::Component(id, pool) => (id, pool),
            Target::Static(response) => return response.clone().map(problem::full),
        };
        if let Some(entry) = entry {
            entry.component.clone_from(id);
        }
        let announced = content_length(request.headers());
        if announced.is_some_and(|length| length > self.max_request_body) {
            return problem(
                StatusCode::PAYLOAD_TOO_LARGE,
                "payload-too-large",
                &format!("A request body may have {} bytes.", self.max_request_body),
            );
        }
        let authority = match request::make_absolute(&mut request) {
            Ok(authority) => authority,
            Err(Malformed::Host) => {
                return problem(
                    StatusCode::BAD_REQUEST,
                    "bad-request",
                    "The Host header is missing or malformed.",
                );
            }
            Err(Malformed::HeaderValue) => {
                return problem(
                    StatusCode::BAD_REQUEST,
                    "bad-request",
                    "A header value is not UTF-8.",
                );
            }
        };
        request::add_spin_headers(&mut request, authority.as_str(), &matched, client);
        span.cover(&mut request);
        let limit = usize::try_from(self.max_request_body).unwrap_or(usize::MAX);
        let request = if announced.is_some() {
            request
        } else {
            request.map(|body| limited(body, limit))
        };
        match pool.handle(request).await {
            Ok(response) => response,
            Err(refusal) => problem::of_refusal(refusal),
        }
    }

    fn info(&self) -> Response<WasiBody> {
        let info = json!({"name": self.name, "version": self.version, "oci_image_digest": null});
        let mut response = Response::new(problem::full(info.to_string()));
        response.headers_mut().insert(
            http::header::CONTENT_TYPE,
            http::HeaderValue::from_static("application/json"),
        );
        response
    }

    /// Waits until no component has anything under way.
    pub(crate) async fn drained(&self) {
        for pool in self.components.values() {
            pool.drained().await;
        }
    }
}

fn content_length(headers: &http::HeaderMap) -> Option<u64> {
    let length = headers.get(http::header::CONTENT_LENGTH)?;
    length.to_str().ok()?.parse().ok()
}

/// A body without an announced length ends with an error beyond the limit; the guest's reader sees it.
fn limited(body: WasiBody, limit: usize) -> WasiBody {
    let limited = http_body_util::Limited::new(body, limit);
    limited
        .map_err(|error| {
            error
                .downcast::<Error>()
                .map_or(Error::HttpRequestBodySize(None), |error| *error)
        })
        .boxed_unsync()
}
