//! A counter that calls raise and time lowers: Kraken's rate limits, per key and per pair.

use crate::clock::Micros;

/// Millionths of a point.
pub(crate) const POINT: i64 = 1_000_000;

#[derive(Debug, Default, Clone, Copy)]
pub(crate) struct Limit {
    /// Points.
    pub(crate) max: i64,
    /// Millionths of a point that a second takes off.
    pub(crate) decay: i64,
}

#[derive(Debug, Default, Clone, Copy)]
pub(crate) struct Counter {
    spent: i64,
    at: Micros,
}

impl Counter {
    /// Charges so many points; refuses, without charging, what would exceed the limit.
    pub(crate) fn charge(&mut self, points: u32, limit: Limit, now: Micros) -> bool {
        self.decay(limit, now);
        let after = self.spent + i64::from(points) * POINT;
        if points > 0 && after > limit.max * POINT {
            return false;
        }
        self.spent = after;
        true
    }

    /// Charges whatever the limit is: a penalty that delays what comes later.
    pub(crate) fn penalise(&mut self, points: u32, limit: Limit, now: Micros) {
        self.decay(limit, now);
        self.spent += i64::from(points) * POINT;
    }

    fn decay(&mut self, limit: Limit, now: Micros) {
        let elapsed = i128::from(now.saturating_sub(self.at).max(0));
        let gone = i64::try_from(elapsed * i128::from(limit.decay) / i128::from(POINT))
            .unwrap_or(i64::MAX);
        self.spent = self.spent.saturating_sub(gone).max(0);
        self.at = now;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::SECOND;

    #[test]
    fn a_spent_counter_refuses_until_time_has_lowered_it() {
        let limit = Limit {
            max: 2,
            decay: POINT / 2,
        };
        let mut counter = Counter::default();
        assert!(counter.charge(2, limit, 0));
        assert!(!counter.charge(1, limit, SECOND));
        assert!(counter.charge(0, limit, SECOND));
        assert!(counter.charge(1, limit, 2 * SECOND));
    }
}
