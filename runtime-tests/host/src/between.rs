//! A limit that may be a range: `16`, or `8..32`, of which each instance takes its own at random. Ranges show what depends on
//! the exact number.

use std::hash::{BuildHasher, RandomState};
use std::str::FromStr;
use std::time::Duration;

/// A number, or any from a range whose end is included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Between<T> {
    low: T,
    high: T,
}

/// What can be drawn from a range.
pub trait Draw: Copy + PartialOrd {
    /// How far `high` is from `self`, in the smallest steps.
    fn steps_to(self, high: Self) -> u64;
    /// The value `steps` above.
    fn plus(self, steps: u64) -> Self;
}

impl<T: Draw> Between<T> {
    /// Parses one value or two with `..` between them.
    pub fn parse(text: &str, value: impl Fn(&str) -> Result<T, String>) -> Result<Self, String> {
        let (low, high) = match text.split_once("..") {
            Some((low, high)) => (value(low)?, value(high)?),
            None => (value(text)?, value(text)?),
        };
        if low > high {
            return Err(format!("{text:?} begins above its end"));
        }
        Ok(Self { low, high })
    }

    /// One of the values.
    pub fn draw(self) -> T {
        let steps = self.low.steps_to(self.high);
        if steps == 0 {
            return self.low;
        }
        // Each state is keyed anew by the standard library, which is random enough to shake tests.
        self.low.plus(RandomState::new().hash_one(()) % (steps + 1))
    }
}

impl<T> From<T> for Between<T>
where
    T: Copy,
{
    fn from(value: T) -> Self {
        Self {
            low: value,
            high: value,
        }
    }
}

impl FromStr for Between<usize> {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        Self::parse(text, |number| {
            number
                .parse()
                .map_err(|_| format!("{number:?} is not a number"))
        })
    }
}

impl FromStr for Between<Duration> {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        Self::parse(text, crate::duration::parse)
    }
}

impl Draw for usize {
    fn steps_to(self, high: Self) -> u64 {
        high.saturating_sub(self) as u64
    }

    fn plus(self, steps: u64) -> Self {
        self.saturating_add(usize::try_from(steps).unwrap_or(usize::MAX))
    }
}

impl Draw for Duration {
    fn steps_to(self, high: Self) -> u64 {
        u64::try_from(high.saturating_sub(self).as_millis()).unwrap_or(u64::MAX - 1)
    }

    fn plus(self, steps: u64) -> Self {
        self.saturating_add(Duration::from_millis(steps))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_gives_all_of_its_values_and_a_number_itself() {
        let range: Between<usize> = "2..4".parse().unwrap();
        let drawn: std::collections::BTreeSet<_> = (0..1000).map(|_| range.draw()).collect();
        assert_eq!(drawn.into_iter().collect::<Vec<_>>(), [2, 3, 4]);
        assert_eq!("7".parse::<Between<usize>>().unwrap().draw(), 7);
        let time: Between<Duration> = "1s..2s".parse().unwrap();
        assert!((Duration::from_secs(1)..=Duration::from_secs(2)).contains(&time.draw()));
        for text in ["4..2", "x", "1..", ""] {
            assert!(text.parse::<Between<usize>>().is_err(), "{text:?}");
        }
    }
}
