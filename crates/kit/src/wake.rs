//! The tick after a write: whoever wrote tells the worker that there may be work, detached, when the answer is on its way.
//!
//! Coalesced for each instance: while one call is under way, any number of writes lead to one more.

use std::sync::atomic::{AtomicU8, Ordering};

/// Where the worker is told. No public trigger routes this path to it, and it makes nothing happen that is not due anyway:
/// so the call carries no token, and `worker_token` stays out of every other component.
pub const WAKE_URL: &str = "http://worker.spin.internal/internal/wake";

/// The way to the worker. A component without it changes nothing: the next scheduled tick finds the work.
pub trait Wake: Send + Sync {
    /// Tells the worker, later and without anybody waiting for it.
    fn wake(&self, request_id: &str);
}

const IDLE: u8 = 0;
const UNDER_WAY: u8 = 1;
const AGAIN: u8 = 2;

/// One call at a time, and one more if it was asked for meanwhile.
#[derive(Debug, Default)]
pub struct Coalesced(AtomicU8);

impl Coalesced {
    /// Begins; none if a call is under way, which will then be followed by another.
    pub fn begin(&self) -> Option<UnderWay<'_>> {
        // An instance has one thread: nothing happens between the two.
        if self.0.load(Ordering::Acquire) == IDLE {
            self.0.store(UNDER_WAY, Ordering::Release);
            return Some(UnderWay(self));
        }
        self.0.store(AGAIN, Ordering::Release);
        None
    }
}

/// A call that is under way, also if it never ends: dropped with its request, it leaves the way free.
#[derive(Debug)]
pub struct UnderWay<'a>(&'a Coalesced);

impl UnderWay<'_> {
    /// Whether another call is due, now that one has ended.
    #[must_use]
    pub fn again(&self) -> bool {
        self.0.0.swap(UNDER_WAY, Ordering::AcqRel) == AGAIN
    }
}

impl Drop for UnderWay<'_> {
    fn drop(&mut self) {
        self.0.0.store(IDLE, Ordering::Release);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_number_of_writes_during_a_call_lead_to_one_more() {
        let calls = Coalesced::default();
        let call = calls.begin().unwrap();
        assert!(calls.begin().is_none() && calls.begin().is_none());
        assert!(call.again(), "asked for twice, due once");
        assert!(!call.again());
        drop(call);
        assert!(calls.begin().is_some());
    }

    #[test]
    fn a_call_that_was_cut_off_does_not_stop_the_next() {
        let calls = Coalesced::default();
        drop(calls.begin());
        assert!(calls.begin().is_some());
    }
}
