//! The guests' wall clock, which `--clock-offset` moves for tests of what happens later or long ago. Guests see one clock
//! through WASI 0.2 and 0.3; the monotonic clock, and with it every sleep, stays real.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use wasmtime_wasi::HostWallClock;

/// The system clock plus an offset.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct OffsetClock {
    /// In seconds; negative is the past.
    pub(crate) offset: i64,
}

impl HostWallClock for OffsetClock {
    fn resolution(&self) -> Duration {
        Duration::from_nanos(1)
    }

    fn now(&self) -> Duration {
        let now = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap_or_default();
        let offset = Duration::from_secs(self.offset.unsigned_abs());
        if self.offset < 0 {
            now.saturating_sub(offset)
        } else {
            now.saturating_add(offset)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_offset_moves_the_clock_both_ways() {
        let now = OffsetClock::default().now().as_secs_f64();
        for offset in [-86_400, 0, 86_400] {
            let moved = OffsetClock { offset }.now().as_secs_f64() - now;
            assert!((moved - offset as f64).abs() < 60.0, "{offset}: {moved}");
        }
    }
}
