//! Places for hashing passwords. Hashing takes a host thread for 35 ms; without a limit, logins would starve everything.

use std::time::Duration;

use kit::{Db, DbError, Problem, clock, params};
use serde::Deserialize;
use uuid::Uuid;

/// How long a request waits for a place before it answers 503, milliseconds. At 28 hashes a second and core the hundred that the
/// queue takes are served within four seconds; a busy machine does half as many.
const PATIENCE_MS: i64 = 8_000;
/// About how long a place is taken, milliseconds.
const HASH_MS: i64 = 30;
/// Shortest and longest pause between two attempts, milliseconds. The queue forgets who has not asked for 750.
const PAUSES_MS: (i64, i64) = (8, 250);

/// A place that is ours for two seconds. The statement that needs no more hashing gives it back.
#[derive(Clone, Copy, Debug)]
pub(crate) struct HashSlot {
    pub(crate) holder: Uuid,
    pub(crate) slot: i32,
}

/// Where a request stands in the queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub(crate) struct Queued {
    /// How many stand before it.
    pub(crate) ahead: i64,
    /// More than can be served in time.
    #[serde(default)]
    pub(crate) full: bool,
}

/// What came of asking for a place.
pub(crate) enum Place<T> {
    Leased(T),
    Queued(Queued),
}

/// Asks again until there is a place, when it is likely to be this request's turn.
pub(crate) async fn wait_for<T, F>(slots: i32, mut attempt: impl FnMut() -> F) -> Result<T, Problem>
where
    F: Future<Output = Result<Place<T>, Problem>>,
{
    let give_up = clock::now_ms().saturating_add(PATIENCE_MS);
    loop {
        let queued = match attempt().await? {
            Place::Leased(got) => return Ok(got),
            Place::Queued(queued) => queued,
        };
        if queued.full || clock::now_ms() >= give_up {
            return Err(Problem::unavailable("A place for checking passwords"));
        }
        clock::sleep(pause(queued.ahead, slots)).await;
    }
}

fn pause(ahead: i64, slots: i32) -> Duration {
    let expected = ahead.saturating_mul(HASH_MS) / i64::from(slots.max(1));
    let (shortest, longest) = PAUSES_MS;
    Duration::from_millis(u64::try_from(expected.clamp(shortest, longest)).unwrap_or(0))
}

/// Gives a place back that no statement of its own gives back.
pub(crate) async fn release(db: &Db, hash_slot: HashSlot) -> Result<(), DbError> {
    db.write(
        include_str!("../../sql/release_hash_slot.sql"),
        params![hash_slot.holder, hash_slot.slot],
    )
    .await
    .map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_stands_far_behind_asks_seldom_and_never_too_seldom() {
        for (ahead, slots, ms) in [
            (0, 1, 8),
            (1, 1, 30),
            (4, 2, 60),
            (31, 1, 250),
            (i64::MAX, 1, 250),
            (1, 0, 30),
        ] {
            assert_eq!(
                pause(ahead, slots),
                Duration::from_millis(ms),
                "{ahead} {slots}"
            );
        }
    }
}
