//! The simulator's time: the machine's, shifted, or one that only moves when told.

use std::time::{SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Serialize};

/// Microseconds since 1970-01-01T00:00:00Z.
pub(crate) type Micros = i64;

pub(crate) const SECOND: Micros = 1_000_000;

/// How the clock runs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ClockConfig {
    /// Whether time passes by itself. If not, only `/__sim/clock` moves it.
    pub realtime: bool,
    /// Unix seconds at which a clock that stands still starts; with `realtime` it is ignored.
    pub now: i64,
}

impl Default for ClockConfig {
    fn default() -> Self {
        Self {
            realtime: true,
            now: 1_700_000_000,
        }
    }
}

#[derive(Debug)]
pub(crate) struct Clock {
    realtime: bool,
    /// Added to the machine's time, or the time itself where that doesn't pass.
    shift: Micros,
}

impl Clock {
    pub(crate) fn new(config: &ClockConfig) -> Self {
        let shift = if config.realtime {
            0
        } else {
            config.now.saturating_mul(SECOND)
        };
        Self {
            realtime: config.realtime,
            shift,
        }
    }

    pub(crate) fn now(&self) -> Micros {
        if !self.realtime {
            return self.shift;
        }
        let machine = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap_or_default();
        i64::try_from(machine.as_micros())
            .unwrap_or(i64::MAX)
            .saturating_add(self.shift)
    }

    pub(crate) fn advance(&mut self, by: Micros) {
        self.shift = self.shift.saturating_add(by);
    }
}

/// A time as Kraken writes it in orders and trades: float seconds, four decimals.
#[expect(
    clippy::cast_precision_loss,
    reason = "15 digits of a time hold ten-thousandths until the year 2255"
)]
pub(crate) fn float_seconds(at: Micros) -> f64 {
    (at / 100) as f64 / 10_000.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_virtual_clock_moves_only_when_told() {
        let mut clock = Clock::new(&ClockConfig {
            realtime: false,
            now: 1_700_000_000,
        });
        assert_eq!(clock.now(), 1_700_000_000 * SECOND);
        clock.advance(90 * SECOND);
        assert_eq!(clock.now(), 1_700_000_090 * SECOND);
    }

    #[test]
    fn times_have_four_decimals() {
        assert_eq!(
            float_seconds(1_688_666_559_897_499).to_string(),
            "1688666559.8974"
        );
    }
}
