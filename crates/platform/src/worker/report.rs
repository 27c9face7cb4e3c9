//! What a drain did.

use serde::{Deserialize, Serialize};

use super::outcome::Outcome;

/// Counts of one drain. Answer of `POST /internal/worker/tick`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Report {
    /// Schedules that were due.
    pub schedules: u64,
    /// Tasks, by what became of them.
    pub tasks: Counts,
    /// Events handed to consumers.
    pub events: Counts,
    /// The variables `events_*` are wrong: the endpoint outside gets nothing, and all else goes on.
    pub outside_misconfigured: bool,
}

/// How many, by what became of them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts {
    /// Done.
    pub done: u64,
    /// To be tried again.
    pub retried: u64,
    /// Put off.
    pub put_off: u64,
    /// Dead letters.
    pub dead: u64,
    /// No longer this worker's when they ended: the lease had run out, or somebody cancelled it.
    pub lost: u64,
}

impl Counts {
    pub(crate) fn count(&mut self, outcome: &Outcome) {
        match outcome {
            Outcome::Done(_) => self.done += 1,
            Outcome::Retry(..) => self.retried += 1,
            Outcome::Snooze(..) => self.put_off += 1,
            Outcome::Dead(_) => self.dead += 1,
        }
    }

    /// All of them.
    #[must_use]
    pub const fn total(&self) -> u64 {
        self.done + self.retried + self.put_off + self.dead + self.lost
    }
}

impl std::ops::AddAssign for Counts {
    fn add_assign(&mut self, other: Self) {
        let Self {
            done,
            retried,
            put_off,
            dead,
            lost,
        } = other;
        self.done += done;
        self.retried += retried;
        self.put_off += put_off;
        self.dead += dead;
        self.lost += lost;
    }
}
