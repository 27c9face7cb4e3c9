//! How many drains an instance runs, and which wake needs none of its own.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicUsize, Ordering};

/// Drains at once in one instance. Each has requests of its own under way.
const MAX_DRAINS: usize = 4;
/// Schedules are looked at so often, milliseconds.
const SCHEDULES_EVERY_MS: i64 = 1_000;
/// What the operator has to set right is said so often, milliseconds: a drain may follow each write.
const COMPLAINTS_EVERY_MS: i64 = 60_000;

/// The drains of an instance.
#[derive(Debug, Default)]
pub(crate) struct Places {
    drains: AtomicUsize,
    /// A drain has not looked at the queue yet: it will see whatever is there now.
    unbegun: AtomicBool,
    /// Somebody was sent away while all places were taken.
    again: AtomicBool,
    /// A drain stays when the queue is empty.
    staying: AtomicBool,
    schedules_at_ms: AtomicI64,
    complained_at_ms: AtomicI64,
}

/// A place, until it is dropped.
#[derive(Debug)]
pub(crate) struct Place(Arc<Places>);

/// Held by the drain that stays.
#[derive(Debug)]
pub(crate) struct Stay(Arc<Places>);

impl Places {
    /// A place for a drain; none if another will see the same work.
    pub(crate) fn enter(self: &Arc<Self>) -> Option<Place> {
        if self.unbegun.load(Ordering::Acquire) {
            return None;
        }
        if self.drains.load(Ordering::Acquire) >= MAX_DRAINS {
            self.again.store(true, Ordering::Release);
            return None;
        }
        self.unbegun.store(true, Ordering::Release);
        Some(self.take())
    }

    /// A place for somebody who waits for what was done, however many there are.
    pub(crate) fn take(self: &Arc<Self>) -> Place {
        self.drains.fetch_add(1, Ordering::AcqRel);
        Place(Arc::clone(self))
    }

    /// One drain of an instance may stay: others would see nothing else.
    pub(crate) fn stay(self: &Arc<Self>) -> Option<Stay> {
        let taken = self.staying.swap(true, Ordering::AcqRel);
        (!taken).then(|| Stay(Arc::clone(self)))
    }
}

impl Place {
    /// From here on a wake is about work that this drain may not see.
    pub(crate) fn looks(&self) {
        self.0.unbegun.store(false, Ordering::Release);
    }

    /// Whether somebody was sent away since this was last asked.
    pub(crate) fn again(&self) -> bool {
        self.0.again.swap(false, Ordering::AcqRel)
    }

    /// Whether schedules are due to be looked at by this instance.
    pub(crate) fn schedules_are_due(&self, now_ms: i64) -> bool {
        is_due(&self.0.schedules_at_ms, SCHEDULES_EVERY_MS, now_ms)
    }

    /// Whether it is time to tell the operator again.
    pub(crate) fn complaint_is_due(&self, now_ms: i64) -> bool {
        is_due(&self.0.complained_at_ms, COMPLAINTS_EVERY_MS, now_ms)
    }
}

/// Whether this long has passed since the last time, which is now if so.
fn is_due(last_ms: &AtomicI64, every_ms: i64, now_ms: i64) -> bool {
    let last = last_ms.load(Ordering::Acquire);
    let due = !(0..every_ms).contains(&(now_ms - last));
    if due {
        last_ms.store(now_ms, Ordering::Release);
    }
    due
}

impl Drop for Place {
    /// Also when it never began: its request may have been cut off.
    fn drop(&mut self) {
        self.0.drains.fetch_sub(1, Ordering::AcqRel);
        self.0.unbegun.store(false, Ordering::Release);
    }
}

impl Drop for Stay {
    fn drop(&mut self) {
        self.0.staying.store(false, Ordering::Release);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_drain_stays_and_another_when_it_has_gone() {
        let places = Arc::new(Places::default());
        let stay = places.stay();
        assert!(stay.is_some() && places.stay().is_none());
        drop(stay);
        assert!(places.stay().is_some());
    }

    #[test]
    fn a_wake_needs_no_drain_of_its_own_while_another_has_not_looked_yet() {
        let places = Arc::new(Places::default());
        let first = places.enter().unwrap();
        assert!(places.enter().is_none(), "the first will see its work");
        first.looks();
        let second = places.enter().unwrap();
        second.looks();
        drop((first, second));
        drop(places.enter().unwrap());
        assert!(
            places.enter().is_some(),
            "one that was cut off stands in nobody's way"
        );
    }

    #[test]
    fn who_finds_no_place_makes_a_drain_look_again() {
        let places = Arc::new(Places::default());
        let drains: Vec<_> = (0..MAX_DRAINS)
            .map(|_| {
                let place = places.enter().unwrap();
                place.looks();
                place
            })
            .collect();
        assert!(places.enter().is_none());
        assert!(drains[0].again(), "one of them looks again");
        assert!(!drains[1].again(), "and one is enough");
    }

    #[test]
    fn schedules_are_looked_at_once_a_second() {
        let places = Arc::new(Places::default());
        let place = places.take();
        assert!(place.schedules_are_due(1_795_000_000_000));
        assert!(!place.schedules_are_due(1_795_000_000_999));
        assert!(place.schedules_are_due(1_795_000_001_000));
        assert!(
            place.schedules_are_due(1_794_000_000_000),
            "a clock that was set back"
        );
    }
}
