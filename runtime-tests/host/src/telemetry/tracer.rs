//! Where spans begin.

use std::collections::BTreeMap;

use http::{HeaderMap, Request};
use opentelemetry::propagation::TextMapPropagator as _;
use opentelemetry::trace::{SpanBuilder, SpanKind, TraceContextExt as _, Tracer as _};
use opentelemetry::{Context, KeyValue};
use opentelemetry_http::HeaderExtractor;
use opentelemetry_sdk::propagation::TraceContextPropagator;
use opentelemetry_sdk::trace::SdkTracer;
use wasmtime::component::GuestTaskId;

use super::span::{Above, Span, name_of};

/// Begins spans; or none, if nobody collects them.
#[derive(Clone, Debug, Default)]
pub(crate) struct Tracer(Option<SdkTracer>);

/// The span of each request that an instance is answering. A task's id is given to another when it has ended, so this is never
/// longer than the instance has had tasks at the same time.
pub(crate) type Requests = BTreeMap<GuestTaskId, Context>;

impl Tracer {
    /// Begins spans here.
    pub(super) fn of(tracer: SdkTracer) -> Self {
        Self(Some(tracer))
    }

    /// Whether anybody collects them.
    pub(super) fn collects(&self) -> bool {
        self.0.is_some()
    }

    /// A request from outside; it goes on where its `traceparent` says.
    pub(crate) fn request<B>(&self, request: &Request<B>) -> Span {
        let Some(tracer) = &self.0 else {
            return Span::default();
        };
        let method = name_of(request.method());
        let attributes = [
            KeyValue::new("http.request.method", method),
            KeyValue::new("network.protocol.name", "http"),
            KeyValue::new("url.scheme", "http"),
            KeyValue::new("url.path", request.uri().path().to_owned()),
        ];
        let span = SpanBuilder::from_name(method)
            .with_kind(SpanKind::Server)
            .with_attributes(attributes);
        begin(tracer, span, &told(request.headers()))
    }

    /// A component's work on a request. The guest is told of it.
    pub(crate) fn component<B>(&self, id: &str, request: &mut Request<B>) -> Span {
        let Some(tracer) = &self.0 else {
            return Span::default();
        };
        let above = request.extensions_mut().remove::<Above>();
        let above = above.map_or_else(Context::new, |above| above.0);
        let name = format!("execute_wasm_component {id}");
        let span = begin(tracer, SpanBuilder::from_name(name), &above);
        span.tell(request.headers_mut());
        span
    }

    /// A guest's request to others. It goes on where the guest says, since the requests of an instance share their way out.
    pub(crate) fn outbound<B>(&self, request: &mut Request<B>) -> Span {
        let Some(tracer) = &self.0 else {
            return Span::default();
        };
        let method = name_of(request.method());
        let uri = request.uri();
        let host = uri.host().unwrap_or_default();
        let mut attributes = vec![
            KeyValue::new("http.request.method", method),
            KeyValue::new("server.address", host.to_owned()),
        ];
        if let Some(port) = uri.port_u16() {
            attributes.push(KeyValue::new("server.port", i64::from(port)));
        }
        // As Spin names it: by the method alone.
        let span = SpanBuilder::from_name(method)
            .with_kind(SpanKind::Client)
            .with_attributes(attributes);
        let span = begin(tracer, span, &told(request.headers()));
        span.tell(request.headers_mut());
        span.cover(request);
        span
    }

    /// A guest's call of one of Spin's interfaces, for the request that is under `above`.
    pub(super) fn call(
        &self,
        name: &'static str,
        attributes: Vec<KeyValue>,
        above: &Context,
    ) -> Span {
        let Some(tracer) = &self.0 else {
            return Span::default();
        };
        let span = SpanBuilder::from_name(name)
            .with_kind(SpanKind::Client)
            .with_attributes(attributes);
        begin(tracer, span, above)
    }
}

fn begin(tracer: &SdkTracer, span: SpanBuilder, above: &Context) -> Span {
    Span::of(above.with_span(tracer.build_with_context(span, above)))
}

/// What `traceparent` and `tracestate` say; nothing if they are malformed.
fn told(headers: &HeaderMap) -> Context {
    TraceContextPropagator::new().extract_with_context(&Context::new(), &HeaderExtractor(headers))
}
