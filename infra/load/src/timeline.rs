//! What a load saw over time: its answers in slices of a few seconds, and by route.

use std::collections::BTreeMap;
use std::time::Duration;

/// One point of each plot.
pub(crate) const SLICE: Duration = Duration::from_secs(5);
/// The status of a request that got no answer.
pub(crate) const BROKEN: u16 = 0;

/// One request.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Answer {
    pub(crate) route: &'static str,
    /// [`BROKEN`] where there was none.
    pub(crate) status: u16,
    /// When it was sent, from the beginning.
    pub(crate) sent: Duration,
    pub(crate) took: Duration,
}

impl Answer {
    /// Answered by 500 or above, or not at all.
    fn failed(&self) -> bool {
        self.status == BROKEN || self.status >= 500
    }
}

/// A few seconds.
#[derive(Debug, Default)]
pub(crate) struct Slice {
    pub(crate) answers: usize,
    pub(crate) failures: usize,
    /// Of all that did not fail.
    latencies: Vec<Duration>,
    /// Bytes of the host and of Postgres, where they were read.
    pub(crate) memory: Option<[u64; 2]>,
}

impl Slice {
    /// The latency that this share of the answers did not exceed; none where nothing was answered.
    pub(crate) fn quantile(&self, share: f64) -> Option<Duration> {
        quantile(&self.latencies, share)
    }
}

/// What one route saw in all.
#[derive(Debug, Default)]
pub(crate) struct Route {
    pub(crate) statuses: BTreeMap<u16, usize>,
    latencies: Vec<Duration>,
}

impl Route {
    pub(crate) fn quantile(&self, share: f64) -> Option<Duration> {
        quantile(&self.latencies, share)
    }
}

/// Everything.
#[derive(Debug, Default)]
pub(crate) struct Timeline {
    pub(crate) slices: Vec<Slice>,
    pub(crate) routes: BTreeMap<&'static str, Route>,
    /// When what was done to it.
    pub(crate) faults: Vec<(Duration, &'static str)>,
}

impl Timeline {
    pub(crate) fn note(&mut self, answer: Answer) {
        let route = self.routes.entry(answer.route).or_default();
        *route.statuses.entry(answer.status).or_default() += 1;
        if !answer.failed() {
            route.latencies.push(answer.took);
        }
        // When it came: what was under way when a fault began is put down to the fault.
        let slice = self.slice(answer.sent + answer.took);
        slice.answers += 1;
        if answer.failed() {
            slice.failures += 1;
        } else {
            slice.latencies.push(answer.took);
        }
    }

    /// The slice of a moment.
    #[expect(
        clippy::indexing_slicing,
        reason = "it was just made if it was missing"
    )]
    pub(crate) fn slice(&mut self, at: Duration) -> &mut Slice {
        let index = usize::try_from(at.as_secs() / SLICE.as_secs()).unwrap_or_default();
        let missing = (index + 1).saturating_sub(self.slices.len());
        self.slices
            .extend(std::iter::repeat_with(Slice::default).take(missing));
        &mut self.slices[index]
    }

    pub(crate) fn answers(&self) -> usize {
        self.slices.iter().map(|slice| slice.answers).sum()
    }

    pub(crate) fn failures(&self) -> usize {
        self.slices.iter().map(|slice| slice.failures).sum()
    }

    /// Failures in slices that no fault, and no recovery from one, falls into.
    pub(crate) fn unexplained(&self, recovery: Duration) -> usize {
        let explained = |begin: Duration| {
            self.faults
                .iter()
                .any(|(at, _)| *at < begin + SLICE && begin < *at + recovery)
        };
        (0_u32..)
            .zip(&self.slices)
            .filter(|(index, _)| !explained(SLICE * *index))
            .map(|(_, slice)| slice.failures)
            .sum()
    }

    /// Of all answers that did not fail.
    pub(crate) fn quantile(&self, share: f64) -> Option<Duration> {
        let every = self.slices.iter().flat_map(|slice| &slice.latencies);
        quantile(&every.copied().collect::<Vec<_>>(), share)
    }
}

fn quantile(latencies: &[Duration], share: f64) -> Option<Duration> {
    let mut sorted = latencies.to_vec();
    sorted.sort_unstable();
    let last = sorted.len().checked_sub(1)?;
    sorted.get((last as f64 * share).round() as usize).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(second: u64, status: u16, milliseconds: u64) -> Answer {
        Answer {
            route: "GET /",
            status,
            sent: Duration::from_secs(second),
            took: Duration::from_millis(milliseconds),
        }
    }

    #[test]
    fn an_answer_counts_when_it_comes() {
        let mut timeline = Timeline::default();
        timeline.note(answer(4, 200, 1));
        timeline.note(answer(4, 404, 1003));
        timeline.note(answer(12, 503, 9));
        timeline.note(answer(12, BROKEN, 9));
        let answers: Vec<_> = timeline.slices.iter().map(|slice| slice.answers).collect();
        assert_eq!(answers, [1, 1, 2]);
        assert_eq!((timeline.answers(), timeline.failures()), (4, 2));
        assert_eq!(timeline.quantile(1.0), Some(Duration::from_millis(1003)));
        assert_eq!(timeline.slices[2].quantile(0.5), None);
    }

    #[test]
    fn failures_are_explained_by_a_fault_until_it_is_over_and_not_before() {
        let mut timeline = Timeline::default();
        for second in [1, 21, 31, 61] {
            timeline.note(answer(second, 500, 1));
        }
        timeline
            .faults
            .push((Duration::from_secs(22), "Postgres killed"));
        assert_eq!(timeline.unexplained(Duration::from_secs(15)), 2);
        assert_eq!(timeline.unexplained(Duration::from_secs(60)), 1);
    }
}
