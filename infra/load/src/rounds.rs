//! All servers in turns, round after round, so that what else the machine does strikes them alike.

use std::collections::BTreeMap;
use std::hint::black_box;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use identity::domain::{NewPassword, PasswordHash, PasswordInput};

use crate::load::{Pace, Seen, Shot, drive};
use crate::scenario::Scenario;
use crate::seed::{PASSWORD, Seeded};
use crate::{Arguments, cpu, tell};

/// Driven once before a server's first round of a scenario: statements are prepared, plans are made.
const WARM_UP: Duration = Duration::from_secs(1);
/// Hashes that are timed, and logins one at a time take as long as this many hashes.
const HASHES: u32 = 41;

/// A server under load.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Subject {
    pub(crate) name: &'static str,
    pub(crate) address: SocketAddr,
    /// Its process; workers are below it.
    pub(crate) process: u32,
    /// The process of the database, the same for all.
    pub(crate) database: u32,
}

impl Subject {
    /// What the server, and what the database has used.
    fn cpu(&self) -> [Duration; 2] {
        [cpu::of_tree(self.process), cpu::of_tree(self.database)]
    }
}

/// What a server did in one round.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Round {
    /// Good answers a second.
    pub(crate) rate: f64,
    pub(crate) p50: Duration,
    pub(crate) p99: Duration,
    pub(crate) failures: usize,
    /// CPU time for one good answer, of the server and of the database.
    pub(crate) cpu: [Duration; 2],
}

impl Round {
    fn new(seen: &Seen, before: [Duration; 2], after: [Duration; 2]) -> Self {
        let answers = u32::try_from(seen.latencies.len())
            .unwrap_or(u32::MAX)
            .max(1);
        let [server, database] = before;
        let [server_after, database_after] = after;
        Self {
            rate: seen.rate(),
            p50: seen.quantile(0.5),
            p99: seen.quantile(0.99),
            failures: seen.failures,
            cpu: [
                server_after.saturating_sub(server) / answers,
                database_after.saturating_sub(database) / answers,
            ],
        }
    }
}

/// Drives a server and looks at what it used.
async fn observe(
    server: &Subject,
    shots: &Arc<[Shot]>,
    arguments: &Arguments,
    pace: Pace,
) -> anyhow::Result<Round> {
    let before = server.cpu();
    let seen = drive(
        server.address,
        shots,
        arguments.connections(),
        arguments.round(),
        pace,
    )
    .await?;
    Ok(Round::new(&seen, before, server.cpu()))
}

/// All rounds.
#[derive(Debug, Default)]
pub(crate) struct Results(BTreeMap<(Scenario, &'static str), Vec<Round>>);

impl Results {
    /// The round in the middle by rate, with the failures of all.
    pub(crate) fn median(&self, scenario: Scenario, server: &'static str) -> Option<Round> {
        let mut rounds = self.0.get(&(scenario, server))?.clone();
        rounds.sort_by(|one, other| one.rate.total_cmp(&other.rate));
        let failures = rounds.iter().map(|round| round.failures).sum();
        rounds
            .get(rounds.len() / 2)
            .map(|round| Round { failures, ..*round })
    }

    /// How many times as fast one server is as another.
    pub(crate) fn ratio(
        &self,
        scenario: Scenario,
        server: &'static str,
        other: &'static str,
    ) -> Option<f64> {
        Some(self.median(scenario, server)?.rate / self.median(scenario, other)?.rate)
    }
}

pub(crate) async fn run(
    arguments: &Arguments,
    servers: &[Subject],
    seeded: &Seeded,
    scenarios: &[Scenario],
) -> anyhow::Result<Results> {
    let mut results = Results::default();
    for round in 1..=arguments.rounds {
        for &scenario in scenarios {
            for server in servers.iter().filter(|server| scenario.asks(server.name)) {
                let shots = scenario.shots(server.address, seeded).await?;
                if round == 1 {
                    drive(
                        server.address,
                        &shots,
                        arguments.connections(),
                        WARM_UP,
                        Pace::Saturating,
                    )
                    .await?;
                }
                let seen = observe(server, &shots, arguments, Pace::Saturating).await?;
                tell(format_args!(
                    "round {round}/{}, {}: {} {:.0}/s, p99 {:.1} ms, {} failures",
                    arguments.rounds,
                    scenario.title(),
                    server.name,
                    seen.rate,
                    seen.p99.as_secs_f64() * 1e3,
                    seen.failures
                ));
                results
                    .0
                    .entry((scenario, server.name))
                    .or_default()
                    .push(seen);
            }
        }
    }
    Ok(results)
}

/// What one login takes when nobody else logs in.
#[derive(Debug)]
pub(crate) struct LoneLogins {
    /// The hash alone, in a native program.
    pub(crate) hash: Duration,
    /// By server.
    pub(crate) logins: Vec<(&'static str, Duration)>,
}

pub(crate) async fn lone_logins(
    servers: &[Subject],
    seeded: &Seeded,
) -> anyhow::Result<LoneLogins> {
    let input = PasswordInput::from(PASSWORD.to_owned());
    let stored = PasswordHash::make(&NewPassword::choose(&input, 8)?)?;
    let mut hashes: Vec<Duration> = (0..HASHES)
        .map(|_| {
            let begin = Instant::now();
            black_box(PasswordHash::matches(Some(&stored), &input));
            begin.elapsed()
        })
        .collect();
    hashes.sort_unstable();
    let hash = hashes.get(hashes.len() / 2).copied().unwrap_or_default();
    let mut logins = Vec::new();
    for server in servers {
        let shots = Scenario::Login.shots(server.address, seeded).await?;
        let seen = drive(server.address, &shots, 1, hash * HASHES, Pace::Saturating).await?;
        logins.push((server.name, seen.quantile(0.5)));
    }
    Ok(LoneLogins { hash, logins })
}

/// Latency of a single post at half of what each server can do.
pub(crate) async fn half_load(
    arguments: &Arguments,
    servers: &[Subject],
    seeded: &Seeded,
    results: &Results,
) -> anyhow::Result<Vec<(&'static str, Round)>> {
    let mut half = Vec::new();
    for server in servers {
        let rate = results
            .median(Scenario::Post, server.name)
            .map_or(0.0, |round| round.rate)
            / 2.0;
        let shots = Scenario::Post.shots(server.address, seeded).await?;
        half.push((
            server.name,
            observe(server, &shots, arguments, Pace::PerSecond(rate)).await?,
        ));
    }
    Ok(half)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_round_counts_and_no_failure_is_forgotten() {
        let round = |rate, failures| Round {
            rate,
            p50: Duration::ZERO,
            p99: Duration::ZERO,
            failures,
            cpu: [Duration::ZERO; 2],
        };
        let mut results = Results::default();
        results.0.insert(
            (Scenario::Post, "host"),
            vec![round(30.0, 0), round(10.0, 2), round(20.0, 0)],
        );
        results
            .0
            .insert((Scenario::Post, "peer"), vec![round(5.0, 0)]);
        let median = results.median(Scenario::Post, "host");
        assert_eq!(
            median.map(|round| (round.rate, round.failures)),
            Some((20.0, 2))
        );
        assert_eq!(results.ratio(Scenario::Post, "host", "peer"), Some(4.0));
        assert!(results.median(Scenario::Posts, "host").is_none());
    }
}
