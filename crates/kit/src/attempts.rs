//! Attempts at what one request of an instance does for all that wait for it.

use std::sync::Mutex;

use crate::turn::value;

/// Attempts, counted from one, and how the last one failed.
///
/// Who has waited for a whole one that failed has waited long enough: sixteen requests, one after the other, would take half a
/// minute to learn the same.
pub(crate) struct Attempts<E>(Mutex<State<E>>);

struct State<E> {
    begun: u64,
    failed: Option<(u64, E)>,
}

impl<E> Default for Attempts<E> {
    fn default() -> Self {
        Self(Mutex::new(State {
            begun: 0,
            failed: None,
        }))
    }
}

impl<E: Clone> Attempts<E> {
    /// How many have begun. Asked before the wait for one's turn.
    pub(crate) fn begun(&self) -> u64 {
        value(&self.0).begun
    }

    /// The number of the next attempt, for whoever has the turn and saw so many begun before the wait.
    ///
    /// # Errors
    /// The failure of one that has begun since.
    pub(crate) fn begin(&self, seen: u64) -> Result<u64, E> {
        let mut state = value(&self.0);
        if let Some((attempt, error)) = &state.failed
            && *attempt > seen
        {
            return Err(error.clone());
        }
        state.begun += 1;
        Ok(state.begun)
    }

    /// Tells those who wait.
    pub(crate) fn failed(&self, attempt: u64, error: E) {
        value(&self.0).failed = Some((attempt, error));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_waited_for_a_whole_attempt_that_failed_makes_none() {
        let attempts = Attempts::default();
        let first = attempts.begun();
        assert_eq!(attempts.begin(first), Ok(1));
        let meanwhile = attempts.begun();
        attempts.failed(1, "silent");
        // It came in the middle of the first, and sees for itself.
        assert_eq!(attempts.begin(meanwhile), Ok(2));
        attempts.failed(2, "still silent");
        assert_eq!(attempts.begin(meanwhile), Err("still silent"));
        // Whoever comes now has waited for nothing yet.
        assert_eq!(attempts.begin(attempts.begun()), Ok(3));
    }
}
