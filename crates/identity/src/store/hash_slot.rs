//! Places for hashing passwords. Hashing takes a host thread for 35 ms; without a limit, logins would starve everything.

use std::time::Duration;

use kit::{Problem, clock};
use uuid::Uuid;

/// How long a request waits for a place before it answers 503, milliseconds. At 28 hashes a second and core, whoever waits
/// longer stands behind a hundred others.
const PATIENCE_MS: i64 = 4_000;
/// First and longest pause between two attempts, milliseconds.
const PAUSES_MS: (u64, u64) = (15, 150);

/// A place that is ours for two seconds. The statement that needs no more hashing gives it back.
#[derive(Clone, Copy, Debug)]
pub(crate) struct HashSlot {
    pub(crate) holder: Uuid,
    pub(crate) slot: i32,
}

/// Asks again until there is a place: `attempt` answers none while there is not.
pub(crate) async fn wait_for<T, F>(mut attempt: impl FnMut() -> F) -> Result<T, Problem>
where
    F: Future<Output = Result<Option<T>, Problem>>,
{
    let give_up = clock::now_ms() + PATIENCE_MS;
    let mut pause = PAUSES_MS.0;
    loop {
        if let Some(got) = attempt().await? {
            return Ok(got);
        }
        if clock::now_ms() >= give_up {
            return Err(Problem::unavailable("A place for checking passwords"));
        }
        // Some randomness, so that those who wait don't all come back at once.
        let (_, random) = Uuid::new_v4().as_u64_pair();
        clock::sleep(Duration::from_millis(pause / 2 + random % pause)).await;
        pause = (pause * 3 / 2).min(PAUSES_MS.1);
    }
}
