//! How far behind an event its consumers are, while requests make a hundred of them a second.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::ensure;
use http::Method;
use serde_json::json;
use spindle_harness::{Account, App};
use tokio::task::JoinSet;
use tokio_postgres::Client;

use crate::load::{Pace, Shot, drive};

/// Events a second, from this many writers, for this long.
const EVENTS: f64 = 100.0;
const WRITERS: u32 = 4;
const LENGTH: Duration = Duration::from_secs(10);
/// How often consumers are looked at meanwhile.
const SAMPLE: Duration = Duration::from_millis(10);

/// How old the oldest event was that some consumer had not taken, at each look.
#[derive(Debug, Default)]
pub(crate) struct Lag {
    /// Milliseconds, sorted.
    ages: Vec<f64>,
    events: i64,
    length: Duration,
}

impl Lag {
    pub(crate) fn quantile(&self, share: f64) -> f64 {
        let last = self.ages.len().saturating_sub(1);
        let index = (last as f64 * share).round() as usize;
        self.ages.get(index).copied().unwrap_or_default()
    }
}

/// Changes of profiles at a steady rate, each of which is an event that four consumers take.
pub(crate) async fn measure(app: &App, tables: &Client) -> anyhow::Result<Lag> {
    let address: SocketAddr = app.base_url().trim_start_matches("http://").parse()?;
    let mut people: Vec<Arc<[Shot]>> = Vec::new();
    for _ in 0..WRITERS {
        let account = Account::new(app).await;
        // Each differs from the one before, or nothing would have happened.
        let changes = ["one", "other"].map(|bio| {
            let patch = Shot {
                method: Method::PATCH,
                ..Shot::post("/api/v1/profile", &json!({"bio": bio}))
            };
            patch.bearer(&account.token)
        });
        people.push(Arc::new(changes));
    }
    let written = "select count(*) from platform.outbox where type = 'user.updated'";
    let before: i64 = tables.query_one(written, &[]).await?.get(0);
    let begin = Instant::now();
    let mut writers = JoinSet::new();
    for changes in people {
        let pace = Pace::PerSecond(EVENTS / f64::from(WRITERS));
        writers.spawn(async move { drive(address, &changes, 1, LENGTH, pace).await });
    }
    let oldest = tables
        .prepare(
            "select coalesce(max(extract(epoch from clock_timestamp() - o.created_at)) * 1000, 0)::float8
             from platform.consumers c
             cross join lateral (
                 select e.created_at from platform.outbox e
                 where (e.xid, e.seq) > (c.xid, c.seq) and e.aggregatetype = any (c.topics)
                 order by e.xid, e.seq limit 1) o
             where 'user.events' = any (c.topics)",
        )
        .await?;
    let mut lag = Lag::default();
    let mut looks = tokio::time::interval(SAMPLE);
    loop {
        tokio::select! {
            writer = writers.join_next() => match writer {
                Some(seen) => {
                    let failures = seen??.failures;
                    ensure!(failures == 0, "{failures} changes of a profile failed");
                }
                None => break,
            },
            _ = looks.tick() => {
                let age: f64 = tables.query_one(&oldest, &[]).await?.get(0);
                lag.ages.push(age);
            }
        }
    }
    lag.length = begin.elapsed();
    let after: i64 = tables.query_one(written, &[]).await?.get(0);
    lag.events = after - before;
    lag.ages.sort_by(f64::total_cmp);
    Ok(lag)
}

/// A part of the section about the queue.
pub(crate) fn render(lag: &Lag) -> String {
    format!(
        "Consumers of events, four of them, while requests make {:.0} events a second for {:.0} s; the age of the oldest event that some
consumer has not taken, at each of {} looks:

| | wanted | median | 95 % | worst |
|---|---|---:|---:|---:|
| lag | ≤ 200 ms | {:.0} ms | {:.0} ms | {:.0} ms |
",
        lag.events as f64 / lag.length.as_secs_f64(),
        lag.length.as_secs_f64(),
        lag.ages.len(),
        lag.quantile(0.5),
        lag.quantile(0.95),
        lag.quantile(1.0),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_worst_look_is_the_last_of_the_sorted() {
        let lag = Lag {
            ages: vec![1.0, 2.0, 3.0],
            ..Lag::default()
        };
        assert_eq!((lag.quantile(0.5), lag.quantile(1.0)), (2.0, 3.0));
        assert_eq!(Lag::default().quantile(0.95), 0.0);
    }
}
