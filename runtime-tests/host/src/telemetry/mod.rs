//! Spans of requests and of what guests ask for, sent by OTLP, with the names that Spin gives them: one dashboard serves both.
//! Without a collector nothing is begun and nothing is kept.
//!
//! What must not leave is never in a span: query strings, clients' addresses, statements' parameters, errors' texts.

mod exporter;
mod guest_call;
mod span;
mod tracer;

pub(crate) use exporter::{Exporter, start};
pub(crate) use guest_call::guest_call;
pub(crate) use span::Span;
pub(crate) use tracer::{Requests, Tracer};
