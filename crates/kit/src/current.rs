//! Which request is being worked on, for what is far from any handler: log lines, and calls to others.
//!
//! An instance answers many requests at a time on one thread, so this is set for as long as a request's future is polled and no
//! longer. It carries what identifies a request, and nothing that decides: who asks is an argument, always.

use std::cell::RefCell;
use std::future::poll_fn;
use std::pin::pin;
use std::sync::Arc;

/// What identifies the request.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Current {
    /// The id in `x-request-id`.
    pub request_id: String,
    /// W3C trace context, if what came is one.
    pub traceparent: Option<String>,
}

thread_local! {
    static CURRENT: RefCell<Option<Arc<Current>>> = const { RefCell::new(None) };
}

impl Current {
    /// Of a request with this id and this header.
    #[must_use]
    pub fn new(request_id: &str, traceparent: Option<&str>) -> Self {
        Self {
            request_id: request_id.to_owned(),
            traceparent: traceparent
                .filter(|value| is_traceparent(value))
                .map(str::to_owned),
        }
    }

    /// The trace's id: 32 hexadecimal digits.
    #[must_use]
    pub fn trace_id(&self) -> Option<&str> {
        self.traceparent.as_deref()?.split('-').nth(1)
    }
}

/// Runs the future as work on this request.
pub async fn within<F: Future>(current: Arc<Current>, future: F) -> F::Output {
    let mut future = pin!(future);
    poll_fn(|cx| {
        let _entered = Entered::new(current.clone());
        future.as_mut().poll(cx)
    })
    .await
}

/// The request that is being worked on; none outside of any.
#[must_use]
pub fn get() -> Option<Arc<Current>> {
    CURRENT.with_borrow(Clone::clone)
}

/// Sets the request until it is dropped, and then the one before.
struct Entered(Option<Arc<Current>>);

impl Entered {
    fn new(current: Arc<Current>) -> Self {
        Self(CURRENT.replace(Some(current)))
    }
}

impl Drop for Entered {
    fn drop(&mut self) {
        CURRENT.set(self.0.take());
    }
}

/// Version 00 of W3C Trace Context: `00-<32 digits>-<16 digits>-<2 digits>`, hexadecimal in lower case, neither id all zeros.
pub(crate) fn is_traceparent(value: &str) -> bool {
    let parts: Vec<&str> = value.split('-').collect();
    let &[version, trace, parent, flags] = parts.as_slice() else {
        return false;
    };
    let is_hex = |part: &str, length: usize| {
        part.len() == length
            && part
                .bytes()
                .all(|digit| matches!(digit, b'0'..=b'9' | b'a'..=b'f'))
    };
    let is_id =
        |part: &str, length: usize| is_hex(part, length) && part.bytes().any(|digit| digit != b'0');
    version == "00" && is_id(trace, 32) && is_id(parent, 16) && is_hex(flags, 2)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TRACE: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

    #[test]
    fn only_a_trace_context_is_one() {
        assert_eq!(
            Current::new("r", Some(TRACE)).trace_id(),
            Some("4bf92f3577b34da6a3ce929d0e0e4736")
        );
        for wrong in [
            "",
            "00-a-b-01",
            "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
            "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
            "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-more",
        ] {
            assert_eq!(
                Current::new("r", Some(wrong)).traceparent,
                None,
                "{wrong:?}"
            );
        }
    }

    #[tokio::test]
    async fn requests_that_take_turns_on_one_thread_are_not_taken_for_each_other() {
        let work = |id: &'static str| {
            let current = Arc::new(Current::new(id, None));
            within(current, async move {
                for _ in 0..10 {
                    assert_eq!(get().unwrap().request_id, id);
                    tokio::task::yield_now().await;
                }
            })
        };
        futures::join!(work("one"), work("two"), work("three"));
        assert_eq!(get(), None);
    }

    #[tokio::test]
    async fn the_request_outside_is_back_when_the_one_within_has_ended() {
        let current = |id: &str| Arc::new(Current::new(id, None));
        within(current("outer"), async {
            within(current("inner"), async {
                assert_eq!(get().unwrap().request_id, "inner");
            })
            .await;
            assert_eq!(get().unwrap().request_id, "outer");
        })
        .await;
    }
}
