//! Whether the app's memory stays where it is. An app that was killed starts small, so each of its lives is looked at by itself.

use std::time::Duration;

use crate::fault::Fault;
use crate::timeline::{SLICE, Slice, Timeline};

/// A shorter life is all warming up: caches fill, pools grow to what is asked of them.
const SHORTEST: Duration = Duration::from_secs(300);
/// What may come on top, beside a quarter: what one fault leaves for a while.
const TOLERATED: u64 = 32 << 20;

/// Medians of one life's second and of its last third, bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Life {
    before: u64,
    after: u64,
}

impl Life {
    fn grew(self) -> bool {
        self.after.saturating_sub(self.before) > TOLERATED.max(self.before / 4)
    }
}

/// The app's lives that were long enough to tell.
pub(crate) fn lives(timeline: &Timeline) -> Vec<Life> {
    let slice = |at: Duration| usize::try_from(at.as_secs() / SLICE.as_secs()).unwrap_or_default();
    let deaths = timeline
        .faults
        .iter()
        .filter(|(_, what)| *what == Fault::AppKilled.title())
        .map(|(at, _)| slice(*at) + 1);
    let ends: Vec<usize> = deaths.chain([timeline.slices.len()]).collect();
    let begins = [0].into_iter().chain(ends.iter().copied());
    begins
        .zip(&ends)
        .filter_map(|(begin, end)| timeline.slices.get(begin..*end))
        .filter(|slices| slices.len() >= slice(SHORTEST))
        .filter_map(|slices| {
            let third = slices.len() / 3;
            Some(Life {
                before: median(slices.get(third..2 * third)?)?,
                after: median(slices.get(2 * third..)?)?,
            })
        })
        .collect()
}

fn median(slices: &[Slice]) -> Option<u64> {
    let seen = slices.iter().filter_map(|slice| slice.memory);
    let mut seen: Vec<u64> = seen.map(|[app, _]| app).collect();
    seen.sort_unstable();
    seen.get(seen.len() / 2).copied()
}

/// Not where most lives grew: one may end in what a fault left behind.
pub(crate) fn is_flat(lives: &[Life]) -> bool {
    lives.iter().filter(|life| life.grew()).count() * 2 <= lives.len()
}

/// In words, for tables.
pub(crate) fn told(lives: &[Life]) -> String {
    if lives.is_empty() {
        return format!(
            "no life of the app was {} s long: nothing to tell",
            SHORTEST.as_secs()
        );
    }
    let each: Vec<_> = lives
        .iter()
        .map(|life| format!("{} → {} MiB", life.before >> 20, life.after >> 20))
        .collect();
    let word = if is_flat(lives) { "flat" } else { "growing" };
    format!(
        "{word}; from the second to the last third of each life of {} s or more: {}",
        SHORTEST.as_secs(),
        each.join(", ")
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A load in which the app's memory was so many MiB, one slice each, and was killed in these slices.
    fn seen(memory: impl IntoIterator<Item = u64>, killed: &[u32]) -> Timeline {
        let mut timeline = Timeline::default();
        for (slice, memory) in (0_u32..).zip(memory) {
            timeline.slice(SLICE * slice).memory = Some([memory << 20, 7 << 30]);
        }
        for slice in killed {
            let at = SLICE * *slice + Duration::from_secs(1);
            timeline.faults.push((at, Fault::AppKilled.title()));
        }
        timeline
    }

    #[test]
    fn what_is_full_after_a_third_is_flat_and_what_goes_on_growing_is_not() {
        for (case, timeline, flat, count) in [
            ("too short", seen(0..59, &[]), true, 0),
            (
                "warm",
                seen((0_u64..90).map(|n| 100 + n.min(30)), &[]),
                true,
                1,
            ),
            (
                "leaks",
                seen((0_u64..90).map(|n| 100 + 3 * n), &[]),
                false,
                1,
            ),
            (
                "little",
                seen((0_u64..90).map(|n| 10 + n / 3), &[]),
                true,
                1,
            ),
            // Small again after each death: the figures of two lives say nothing together.
            (
                "two lives",
                seen((0_u64..180).map(|n| if n <= 90 { 300 } else { 100 }), &[90]),
                true,
                2,
            ),
            (
                "both leak",
                seen((0_u64..180).map(|n| 100 + 3 * (n % 91)), &[90]),
                false,
                2,
            ),
        ] {
            let lives = lives(&timeline);
            assert_eq!(lives.len(), count, "{case}: {lives:?}");
            assert_eq!(is_flat(&lives), flat, "{case}: {lives:?}");
        }
    }

    #[test]
    fn a_gap_is_no_memory() {
        let mut timeline = seen((0_u64..90).map(|_| 100), &[]);
        for slice in &mut timeline.slices[30..50] {
            slice.memory = None;
        }
        assert_eq!(
            told(&lives(&timeline)),
            "flat; from the second to the last third of each life of 300 s or more: 100 → 100 MiB"
        );
    }
}
