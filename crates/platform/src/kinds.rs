//! All kinds of tasks: who does them, how often, how long and how many at once. To add one: a line here, a route
//! `/internal/tasks/<kind>` of its owner, and the owner among the hosts of `worker` in `spin.toml`.

use std::time::Duration;

/// Longest time limit of a kind, seconds. A drain takes tasks for 15 s and must have ended before the host ends it, after 60.
pub const MAX_TIME_LIMIT_S: u64 = 40;

/// A kind of tasks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Kind {
    /// As `platform.enqueue` names it.
    pub name: &'static str,
    /// Component that does it.
    pub owner: &'static str,
    /// Attempts until it is a dead letter. One that was put off (503, 429) does not count, nor the first whose worker was lost.
    pub max_attempts: u32,
    /// How long an attempt may take.
    pub time_limit: Duration,
    /// How many may run at once, over all workers.
    pub concurrency: u32,
    /// The first pause is up to this; each further one up to twice as long.
    pub backoff: Duration,
    /// No pause is longer.
    pub max_backoff: Duration,
}

/// The table.
pub const KINDS: &[Kind] = &[
    // Deletes what is kept for a while only. Twice at once would only wait for itself.
    kind("clean_up", "worker").attempts(3).concurrency(1),
    // What one starts the next goes on with; a second at once would only wait for the first.
    kind("bootstrap_admin", "admin").attempts(5).concurrency(1),
    kind("seal_audit", "admin").attempts(3).concurrency(1),
    kind("sweep_limits", "admin").attempts(3).concurrency(1),
    // Mails that nobody must see in the time of an answer: what is asked for an address that nobody has is done too, and quickly.
    kind("send_verification_code", "auth").attempts(6),
    kind("send_password_reset", "auth").attempts(6),
    kind("sweep_accounts", "auth").attempts(3).concurrency(1),
    // Keys: the next one is published, and what another master key wraps is wrapped anew. What one leaves the next goes on with.
    kind("rotate_signing_keys", "auth")
        .attempts(5)
        .concurrency(1),
    kind("rewrap_secrets", "auth")
        .attempts(5)
        .concurrency(1)
        .time_limit(40),
    // What users are told. A mail that a provider does not take now is put off, which costs no attempt.
    kind("notify", "profile"),
    kind("send_mail", "profile").time_limit(20),
    kind("close_tickets", "profile").attempts(3).concurrency(1),
    // Follows of disabled accounts. What one call leaves, because there are very many, the next goes on with.
    kind("count_follows", "profile")
        .concurrency(4)
        .backoff(500, 5),
    // Orders. An intent is sent at most once whatever the number of attempts; what is put off costs none.
    kind("process_order", "trading").backoff(500, 60),
    kind("sync_order", "trading")
        .attempts(50)
        .backoff(1000, 300)
        .time_limit(40),
    kind("cancel_order", "trading")
        .attempts(50)
        .backoff(500, 60),
    kind("evaluate_bot", "trading")
        .attempts(3)
        .backoff(1000, 10),
    kind("tick_bots", "trading").attempts(2).concurrency(1),
    kind("sweep_orders", "trading").attempts(3).concurrency(1),
    kind("run_backtest", "trading")
        .attempts(3)
        .concurrency(2)
        .time_limit(40),
    // Exchange keys.
    kind("check_keys", "trading").attempts(3).concurrency(1),
    kind("check_key", "trading").concurrency(4),
    kind("rewrap_keys", "trading")
        .attempts(5)
        .concurrency(1)
        .time_limit(40),
    kind("sweep_lanes", "trading").attempts(3).concurrency(1),
    // Posts: the time of a scheduled one has come; what was deleted thirty days ago goes for good.
    kind("announce_post", "blog").attempts(20),
    // Eight attempts are the delivery's own; some more for a worker that ended in the middle of one.
    kind("deliver_webhook", "blog")
        .attempts(12)
        .backoff(5000, 3600 * 4),
    kind("purge_posts", "blog").attempts(3).concurrency(1),
];

/// 12 attempts within about two hours, 30 s each, 16 at once.
const fn kind(name: &'static str, owner: &'static str) -> Kind {
    Kind {
        name,
        owner,
        max_attempts: 12,
        time_limit: Duration::from_secs(30),
        concurrency: 16,
        backoff: Duration::from_secs(2),
        max_backoff: Duration::from_secs(3600),
    }
}

impl Kind {
    /// Attempts until it is a dead letter.
    const fn attempts(self, max_attempts: u32) -> Self {
        Self {
            max_attempts,
            ..self
        }
    }

    /// Seconds that an attempt may take, up to [`MAX_TIME_LIMIT_S`].
    const fn time_limit(self, seconds: u64) -> Self {
        Self {
            time_limit: Duration::from_secs(seconds),
            ..self
        }
    }

    /// How many may run at once, over all workers.
    const fn concurrency(self, concurrency: u32) -> Self {
        Self {
            concurrency,
            ..self
        }
    }

    /// Milliseconds of the first pause, and seconds of the longest.
    const fn backoff(self, first_ms: u64, longest_s: u64) -> Self {
        Self {
            backoff: Duration::from_millis(first_ms),
            max_backoff: Duration::from_secs(longest_s),
            ..self
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn a_kind_stands_there_once_and_can_end_in_time() {
        let mut names = BTreeSet::new();
        for kind in KINDS {
            assert!(names.insert(kind.name), "{} stands there twice", kind.name);
            assert!(
                kind.name
                    .bytes()
                    .all(|letter| letter.is_ascii_lowercase() || letter == b'_'),
                "{} is a part of a path",
                kind.name
            );
            assert!((1..=100).contains(&kind.max_attempts), "{}", kind.name);
            assert!(kind.concurrency >= 1, "{}", kind.name);
            assert!(
                (1..=MAX_TIME_LIMIT_S).contains(&kind.time_limit.as_secs()),
                "{}: a drain ends before that",
                kind.name
            );
        }
    }
}
