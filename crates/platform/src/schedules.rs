//! Work that comes with the clock: each schedule makes a task of its kind, once for each of its times however many workers
//! tick. Times that passed while nobody ticked are made up for by one task. All times are UTC.

use std::time::Duration;

/// A schedule. A row of `platform.schedules` holds when it fires next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Schedule {
    /// Its name.
    pub name: &'static str,
    /// Kind of the tasks, which must be in [`crate::kinds::KINDS`].
    pub kind: &'static str,
    /// When.
    pub when: When,
}

/// The times of a schedule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum When {
    /// Whole multiples of this since the epoch: every 5 minutes is at :00, :05 and so on.
    Every(Duration),
    /// Every day at this time.
    Daily {
        /// 0 to 23.
        hour: u32,
        /// 0 to 59.
        minute: u32,
    },
    /// Every week on this day and time.
    Weekly {
        /// 0 is Monday.
        weekday: u32,
        /// 0 to 23.
        hour: u32,
        /// 0 to 59.
        minute: u32,
    },
}

/// The table.
pub const SCHEDULES: &[Schedule] = &[
    schedule("clean_up", "clean_up", every_minutes(10)),
    // Variables that were set later count too; the first attempt is in the migration.
    schedule("bootstrap_admin", "bootstrap_admin", every_minutes(10)),
    schedule("seal_audit", "seal_audit", every_minutes(1)),
    schedule("sweep_limits", "sweep_limits", every_minutes(10)),
    schedule("sweep_accounts", "sweep_accounts", every_minutes(15)),
    // Each day it is asked whether the key is four weeks old, and whether some secret is wrapped by an old master key.
    schedule(
        "rotate_signing_keys",
        "rotate_signing_keys",
        When::Daily {
            hour: 2,
            minute: 30,
        },
    ),
    schedule(
        "rewrap_secrets",
        "rewrap_secrets",
        When::Daily {
            hour: 3,
            minute: 30,
        },
    ),
    // Bots whose next look at the market is due.
    schedule(
        "tick_bots",
        "tick_bots",
        When::Every(Duration::from_secs(10)),
    ),
    // Orders that nobody looks after, because their task was parked.
    schedule("sweep_orders", "sweep_orders", every_minutes(5)),
    schedule("check_keys", "check_keys", every_minutes(10)),
    schedule(
        "rewrap_keys",
        "rewrap_keys",
        When::Daily {
            hour: 3,
            minute: 20,
        },
    ),
    schedule(
        "sweep_lanes",
        "sweep_lanes",
        When::Daily {
            hour: 3,
            minute: 40,
        },
    ),
    // What was solved a week ago.
    schedule("close_tickets", "close_tickets", every_minutes(60)),
    // What was deleted thirty days ago.
    schedule(
        "purge_posts",
        "purge_posts",
        When::Daily {
            hour: 3,
            minute: 17,
        },
    ),
];

const fn schedule(name: &'static str, kind: &'static str, when: When) -> Schedule {
    Schedule { name, kind, when }
}

const fn every_minutes(minutes: u64) -> When {
    When::Every(Duration::from_secs(minutes * 60))
}

const MINUTE_MS: i64 = 60_000;
const DAY_MS: i64 = 86_400_000;

impl When {
    /// The first of its times after this one, milliseconds since the epoch.
    #[must_use]
    pub fn after(self, now_ms: i64) -> i64 {
        // 1970-01-01 was a Thursday: three days into its week.
        let (period, offset) = match self {
            Self::Every(period) => (i64::try_from(period.as_millis()).unwrap_or(i64::MAX), 0),
            Self::Daily { hour, minute } => (DAY_MS, time_of_day(hour, minute)),
            Self::Weekly {
                weekday,
                hour,
                minute,
            } => (
                7 * DAY_MS,
                (i64::from(weekday) - 3) * DAY_MS + time_of_day(hour, minute),
            ),
        };
        let period = period.max(1);
        let passed = now_ms.saturating_sub(offset).div_euclid(period);
        passed
            .saturating_add(1)
            .saturating_mul(period)
            .saturating_add(offset)
    }

    /// In words, for the row: a schedule whose times change begins anew.
    #[must_use]
    pub fn text(self) -> String {
        match self {
            Self::Every(period) => format!("every {} s", period.as_secs()),
            Self::Daily { hour, minute } => format!("daily {hour:02}:{minute:02}"),
            Self::Weekly {
                weekday,
                hour,
                minute,
            } => format!("weekly {weekday} {hour:02}:{minute:02}"),
        }
    }
}

fn time_of_day(hour: u32, minute: u32) -> i64 {
    (i64::from(hour) * 60 + i64::from(minute)) * MINUTE_MS
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::kinds::KINDS;

    /// 2026-11-21 (a Saturday) 07:31:02.500 UTC.
    const SATURDAY: i64 = 1_795_246_262_500;

    #[test]
    fn the_next_time_is_after_now_and_on_the_clock() {
        let cases = [
            (every_minutes(10), "every 10 minutes", 1_795_246_800_000),
            (
                When::Every(Duration::from_secs(1)),
                "every second",
                1_795_246_263_000,
            ),
            (
                When::Daily {
                    hour: 7,
                    minute: 32,
                },
                "later today",
                1_795_246_320_000,
            ),
            (
                When::Daily {
                    hour: 7,
                    minute: 31,
                },
                "tomorrow, for today's has begun",
                1_795_332_660_000,
            ),
            (
                When::Weekly {
                    weekday: 5,
                    hour: 8,
                    minute: 0,
                },
                "later this Saturday",
                1_795_248_000_000,
            ),
            (
                When::Weekly {
                    weekday: 0,
                    hour: 0,
                    minute: 0,
                },
                "next Monday",
                1_795_392_000_000,
            ),
            (
                When::Weekly {
                    weekday: 5,
                    hour: 7,
                    minute: 0,
                },
                "next Saturday",
                1_795_849_200_000,
            ),
        ];
        for (when, rule, next) in cases {
            assert_eq!(when.after(SATURDAY), next, "{rule}");
            assert!(when.after(next) > next, "{rule}: never the same time twice");
        }
    }

    #[test]
    fn a_schedule_stands_there_once_and_makes_tasks_that_somebody_does() {
        let mut names = BTreeSet::new();
        for schedule in SCHEDULES {
            assert!(
                names.insert(schedule.name),
                "{} stands there twice",
                schedule.name
            );
            assert!(
                KINDS.iter().any(|kind| kind.name == schedule.kind),
                "{} is no kind",
                schedule.kind
            );
            match schedule.when {
                When::Every(period) => {
                    assert!(period >= Duration::from_secs(1), "{}", schedule.name)
                }
                When::Daily { hour, minute } => {
                    assert!(hour < 24 && minute < 60, "{}", schedule.name)
                }
                When::Weekly {
                    weekday,
                    hour,
                    minute,
                } => {
                    assert!(weekday < 7 && hour < 24 && minute < 60, "{}", schedule.name);
                }
            }
        }
    }
}
