//! How long one drain goes on.

use std::time::{Duration, Instant};

use crate::kinds::MAX_TIME_LIMIT_S;

/// How long new work is taken.
const CLAIMING: Duration = Duration::from_secs(15);
/// By then the last of it must have ended: our host ends a guest after 60 s.
const WHOLE: Duration = Duration::from_secs(15 + MAX_TIME_LIMIT_S);

/// The time of one drain.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Budget {
    started: Instant,
    /// Until then it looks again after the queue was empty.
    linger: Duration,
}

impl Budget {
    /// Until the queue is empty.
    pub(crate) fn until_empty() -> Self {
        Self::lingering(Duration::ZERO)
    }

    /// Also goes on looking for this long when nothing is there.
    pub(crate) fn lingering(linger: Duration) -> Self {
        Self {
            started: Instant::now(),
            linger,
        }
    }

    /// Whether new work may be taken.
    pub(crate) fn may_claim(&self) -> bool {
        self.started.elapsed() < CLAIMING.max(self.linger)
    }

    /// Whether something that may take this long can still end in time.
    pub(crate) fn has_room_for(&self, limit: Duration) -> bool {
        self.started.elapsed() + limit
            <= WHOLE.max(self.linger + Duration::from_secs(MAX_TIME_LIMIT_S))
    }

    /// Whether it goes on looking though the queue is empty.
    pub(crate) fn lingers(&self) -> bool {
        self.started.elapsed() < self.linger
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_drain_takes_nothing_that_could_outlast_it() {
        let began = |seconds| Budget {
            started: Instant::now()
                .checked_sub(Duration::from_secs(seconds))
                .unwrap(),
            linger: Duration::ZERO,
        };
        let longest = Duration::from_secs(MAX_TIME_LIMIT_S);
        for (seconds, claims, longest_fits) in
            [(0, true, true), (8, true, true), (16, false, false)]
        {
            let budget = began(seconds);
            assert_eq!(budget.may_claim(), claims, "after {seconds} s");
            assert_eq!(
                budget.has_room_for(longest),
                longest_fits,
                "after {seconds} s"
            );
        }
        // A wake does not linger; a tick that was asked to looks on for its while.
        assert!(!began(0).lingers());
        let tick = Budget::lingering(Duration::from_secs(60));
        assert!(tick.lingers() && tick.may_claim());
    }
}
