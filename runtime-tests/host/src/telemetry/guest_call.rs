//! Spans of what guests ask of Spin's interfaces.

use opentelemetry::KeyValue;
use wasmtime::AsContextMut as _;
use wasmtime::component::{Accessor, HasSelf};

use super::span::Span;
use crate::guest::GuestState;

/// Begins the span of a guest's call, below the request that makes it. An instance answers many requests at a time, so which one
/// it is only the call stack knows; and only until the call waits for the first time: begin here, then wait.
pub(crate) fn guest_call<T: 'static>(
    accessor: &Accessor<T, HasSelf<GuestState>>,
    name: &'static str,
    attributes: impl FnOnce() -> Vec<KeyValue>,
) -> Span {
    accessor.with(|mut access| {
        if !access.get().grants.tracer.collects() {
            return Span::default();
        }
        let caller = access
            .as_context_mut()
            .async_call_stack()
            .ok()
            .and_then(|stack| stack.last());
        let state = access.get();
        let above = caller.and_then(|task| state.requests.get(&task));
        let above = above.cloned().unwrap_or_default();
        state.grants.tracer.call(name, attributes(), &above)
    })
}
