//! A span of this host.

use http::{HeaderMap, HeaderValue, Method, StatusCode};
use opentelemetry::trace::{Status, TraceContextExt as _};
use opentelemetry::{Context, KeyValue};

/// A span that ends when it is dropped; or none, if nobody collects them.
#[derive(Debug, Default)]
pub(crate) struct Span(Option<Context>);

/// The span that the next part of the host goes on below, carried in the extensions of a request.
#[derive(Clone)]
pub(super) struct Above(pub(super) Context);

impl Span {
    /// The span of this context.
    pub(super) fn of(context: Context) -> Self {
        Self(Some(context))
    }

    /// What spans below it name as their parent.
    pub(crate) fn context(&self) -> Option<&Context> {
        self.0.as_ref()
    }

    /// Lets what handles the request next go on below this span.
    pub(crate) fn cover<B>(&self, request: &mut http::Request<B>) {
        if let Some(context) = &self.0 {
            request.extensions_mut().insert(Above(context.clone()));
        }
    }

    /// Tells whoever gets these headers, as W3C Trace Context has it. `tracestate` stays what it was.
    pub(super) fn tell(&self, headers: &mut HeaderMap) {
        let Some(context) = &self.0 else { return };
        let span = context.span();
        let span = span.span_context();
        let value = format!(
            "00-{}-{}-{:02x}",
            span.trace_id(),
            span.span_id(),
            u8::from(span.is_sampled())
        );
        if let Ok(value) = HeaderValue::try_from(value)
            && span.is_valid()
        {
            headers.insert("traceparent", value);
        }
    }

    /// Names the route that the request matched.
    pub(crate) fn routed(&self, method: &Method, route: &str) {
        if let Some(context) = &self.0 {
            let span = context.span();
            span.update_name(format!("{} {route}", name_of(method)));
            span.set_attribute(KeyValue::new("http.route", route.to_owned()));
        }
    }

    /// Notes an answer. As on Spin, no status makes the span itself an error.
    pub(crate) fn answered(&self, status: StatusCode) {
        if let Some(context) = &self.0 {
            context.span().set_attribute(KeyValue::new(
                "http.response.status_code",
                i64::from(status.as_u16()),
            ));
        }
    }

    /// Notes a failure by its kind: a fixed word, never a text that may hold data.
    pub(crate) fn failed(&self, kind: &str) {
        if let Some(context) = &self.0 {
            let span = context.span();
            span.set_attribute(KeyValue::new("error.type", kind.to_owned()));
            span.set_status(Status::error(kind.to_owned()));
        }
    }
}

impl Drop for Span {
    fn drop(&mut self) {
        if let Some(context) = &self.0 {
            context.span().end();
        }
    }
}

/// A method's name for figures, of which there must be few: anybody can make up methods.
pub(super) fn name_of(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::PATCH => "PATCH",
        Method::DELETE => "DELETE",
        Method::OPTIONS => "OPTIONS",
        Method::TRACE => "TRACE",
        Method::CONNECT => "CONNECT",
        _ => "_OTHER",
    }
}
