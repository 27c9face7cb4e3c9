//! RESULTS.md: what was measured, in tables; then the remarks that a person wrote about it.

use std::fmt::Write;
use std::path::Path;
use std::time::Duration;

use crate::machine::{self, Machine};
use crate::queue::{self, Queue};
use crate::rounds::{LoneLogins, Results, Round};
use crate::scenario::Scenario;
use crate::servers::hash_slots;
use crate::soak::{self, Soak};
use crate::start::Start;
use crate::{Arguments, budget};

/// Explains what was missed. Kept by hand, because a program doesn't know why.
const REMARKS: &str = "infra/load/REMARKS.md";
/// What `cargo xtask test --interop identity_rates trading_rates` and `--only-spans` have measured, where they have.
const MEASURED_APART: [&str; 3] = [
    "infra/load/TOKENS.md",
    "infra/load/TRADING.md",
    crate::spans::FILE,
];

const SERVERS: [&str; 3] = ["host", "native", "peer"];

/// All that was measured.
pub(crate) struct Report<'a> {
    pub(crate) arguments: &'a Arguments,
    pub(crate) machine: Machine,
    pub(crate) start: Start,
    pub(crate) results: Results,
    pub(crate) login: LoneLogins,
    pub(crate) half: Vec<(&'static str, Round)>,
    /// The same requests on blogs of so many posts.
    pub(crate) sizes: Vec<(u64, Results)>,
    /// Bytes of the host right after the load.
    pub(crate) under_load: u64,
    pub(crate) soak: Soak,
    pub(crate) queue: Queue,
}

impl Report<'_> {
    pub(crate) fn render(&self, root: &Path) -> anyhow::Result<String> {
        let components = machine::components(root)?;
        let mut text = String::from(
            "# Results\n\nWritten by `cargo xtask bench`; README.md tells how to read it.\n\n",
        );
        self.method(&mut text)?;
        self.throughput(&mut text)?;
        self.growth(&mut text)?;
        self.budgets(&mut text, &components)?;
        text.push_str(&soak::render(&self.soak));
        text.push_str(&queue::render(&self.queue));
        // Each with its own date.
        for file in MEASURED_APART {
            if let Ok(section) = std::fs::read_to_string(root.join(file)) {
                write!(text, "\n{section}")?;
            }
        }
        self.details(&mut text, &components)?;
        if let Ok(remarks) = std::fs::read_to_string(root.join(REMARKS)) {
            write!(text, "\n{remarks}")?;
        }
        Ok(text)
    }

    fn method(&self, text: &mut String) -> std::fmt::Result {
        let Machine {
            cpu,
            cores,
            memory_gib,
            kernel,
            postgres,
            peer,
            load_before,
        } = &self.machine;
        let Arguments {
            seconds,
            rounds,
            connections,
            posts,
            ..
        } = self.arguments;
        writeln!(text, "| | |\n|---|---|")?;
        writeln!(
            text,
            "| date | {} |",
            chrono::Utc::now().format("%Y-%m-%d %H:%M UTC")
        )?;
        writeln!(
            text,
            "| machine | {cpu}, {cores} cores, {memory_gib} GiB, Linux {kernel} |"
        )?;
        writeln!(
            text,
            "| other load | {load_before} runnable programs in the minute before; above 0.3 the figures are not to be trusted |"
        )?;
        writeln!(
            text,
            "| database | Postgres {postgres} on the same machine, without fsync; {posts} posts |"
        )?;
        writeln!(
            text,
            "| load | {connections} kept connections, {rounds} rounds of {seconds} s, servers in turns, median round; the client \
             runs on the same cores |"
        )?;
        writeln!(
            text,
            "| host | `spindle-host` as development builds it, all components of `spin.toml` |"
        )?;
        writeln!(
            text,
            "| native | the same routers on tokio and tokio-postgres, 16 connections |"
        )?;
        writeln!(text, "| peer | {peer}; 2 workers |")?;
        writeln!(
            text,
            "| hashing | `hash_slots` {} for host and native; the peer has no such limit |\n",
            hash_slots(*cores)
        )
    }

    fn throughput(&self, text: &mut String) -> std::fmt::Result {
        writeln!(text, "## Requests per second\n")?;
        writeln!(
            text,
            "| | host | native | peer | host : peer | host : native |\n|---|---:|---:|---:|---:|---:|"
        )?;
        for scenario in Scenario::ALL {
            write!(text, "| {} |", scenario.title())?;
            for server in SERVERS {
                let rate = self
                    .results
                    .median(scenario, server)
                    .map(|round| rate(round.rate));
                write!(text, " {} |", rate.unwrap_or_else(|| "–".to_owned()))?;
            }
            for other in ["peer", "native"] {
                let ratio = self
                    .results
                    .ratio(scenario, "host", other)
                    .map(|ratio| format!("{ratio:.2}×"));
                write!(text, " {} |", ratio.unwrap_or_else(|| "–".to_owned()))?;
            }
            writeln!(text)?;
        }
        writeln!(
            text,
            "\n## CPU time of one answer\n\nThe server's own + Postgres's. The client's is not in it.\n\n\
             | | host | native | peer |\n|---|---:|---:|---:|"
        )?;
        for scenario in Scenario::ALL {
            write!(text, "| {} |", scenario.title())?;
            for server in SERVERS {
                let shown = self.results.median(scenario, server).map(|round| {
                    let [server, database] = round.cpu;
                    format!("{} + {} µs", server.as_micros(), database.as_micros())
                });
                write!(text, " {} |", shown.unwrap_or_else(|| "–".to_owned()))?;
            }
            writeln!(text)?;
        }
        writeln!(
            text,
            "\n## Latency under that load\n\n`p50 / p99`, and failures of all rounds where there were any.\n"
        )?;
        writeln!(text, "| | host | native | peer |\n|---|---:|---:|---:|")?;
        for scenario in Scenario::ALL {
            write!(text, "| {} |", scenario.title())?;
            for server in SERVERS {
                let shown = self
                    .results
                    .median(scenario, server)
                    .map(|round| latencies(&round));
                write!(text, " {} |", shown.unwrap_or_else(|| "–".to_owned()))?;
            }
            writeln!(text)?;
        }
        write!(text, "| single post by slug, at half of each one's rate |")?;
        for server in SERVERS {
            let shown = self
                .half
                .iter()
                .find(|(name, _)| *name == server)
                .map(|(_, round)| latencies(round));
            write!(text, " {} |", shown.unwrap_or_else(|| "–".to_owned()))?;
        }
        writeln!(text, "\n")
    }

    /// What more posts do to each server.
    fn growth(&self, text: &mut String) -> std::fmt::Result {
        if self.sizes.is_empty() {
            return Ok(());
        }
        writeln!(
            text,
            "## Many posts\n\nAnswers a second, and p99 under that load. The blog is that of `cargo xtask seed`, with the posts of the tables \
             above besides.\n"
        )?;
        writeln!(
            text,
            "| | posts | host | native | peer | host : peer |\n|---|---:|---:|---:|---:|---:|"
        )?;
        for scenario in Scenario::OF_A_LARGE_BLOG {
            for (posts, results) in &self.sizes {
                write!(text, "| {} | {posts} |", scenario.title())?;
                for server in SERVERS {
                    let shown = results.median(scenario, server).map(|round| {
                        let failures = match round.failures {
                            0 => String::new(),
                            failures => format!(", {failures} failed"),
                        };
                        format!(
                            "{}, {}{failures}",
                            rate(round.rate),
                            milliseconds(round.p99)
                        )
                    });
                    write!(text, " {} |", shown.unwrap_or_else(|| "–".to_owned()))?;
                }
                let ratio = results
                    .ratio(scenario, "host", "peer")
                    .map(|ratio| format!("{ratio:.2}×"));
                writeln!(text, " {} |", ratio.unwrap_or_else(|| "–".to_owned()))?;
            }
        }
        writeln!(text)
    }

    fn budgets(&self, text: &mut String, components: &[(String, u64)]) -> std::fmt::Result {
        writeln!(text, "## Budgets (ARCHITECTURE section 10)\n")?;
        writeln!(text, "| budget | wanted | measured | |\n|---|---|---|---|")?;
        for budget in budget::all(self, components) {
            let verdict = budget
                .missed
                .map_or_else(|| "kept".to_owned(), |by| format!("**missed**, {by}"));
            writeln!(
                text,
                "| {} | {} | {} | {verdict} |",
                budget.what, budget.wanted, budget.measured
            )?;
        }
        writeln!(
            text,
            "\nNot decided here: the ratios on Spin (needs Spin 4.1 or later on PATH)."
        )
    }

    fn details(&self, text: &mut String, components: &[(String, u64)]) -> std::fmt::Result {
        writeln!(text, "\n## Details\n")?;
        writeln!(text, "| | |\n|---|---|")?;
        writeln!(
            text,
            "| Argon2id, native, alone | {} |",
            milliseconds(self.login.hash)
        )?;
        for (server, login) in &self.login.logins {
            writeln!(
                text,
                "| login one at a time, {server} | {} |",
                milliseconds(*login)
            )?;
        }
        for (component, cold) in &self.start.cold {
            writeln!(
                text,
                "| first request of {component}, cold | {} |",
                milliseconds(*cold)
            )?;
        }
        writeln!(
            text,
            "| start to first answer | {} |",
            milliseconds(self.start.first_answer)
        )?;
        writeln!(
            text,
            "| memory of the host at rest (PSS) | {} |",
            mebibytes(self.start.idle_memory)
        )?;
        writeln!(
            text,
            "| memory of the host after the load (PSS) | {} |",
            mebibytes(self.under_load)
        )?;
        for (name, size) in components {
            writeln!(text, "| {name}.wasm | {} KiB |", size / 1024)?;
        }
        Ok(())
    }
}

fn latencies(round: &Round) -> String {
    let failures = match round.failures {
        0 => String::new(),
        failures => format!(", {failures} failed"),
    };
    format!(
        "{} / {}{failures}",
        milliseconds(round.p50),
        milliseconds(round.p99)
    )
}

fn rate(rate: f64) -> String {
    if rate < 1_000.0 {
        format!("{rate:.1}")
    } else {
        format!("{rate:.0}")
    }
}

/// To three digits.
pub(crate) fn milliseconds(time: Duration) -> String {
    let time = time.as_secs_f64() * 1e3;
    let digits = if time < 10.0 {
        2
    } else {
        usize::from(time < 100.0)
    };
    format!("{time:.digits$} ms")
}

fn mebibytes(bytes: u64) -> String {
    let tenths = bytes * 10 / (1 << 20);
    format!("{}.{} MiB", tenths / 10, tenths % 10)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_have_three_digits_or_so() {
        assert_eq!(milliseconds(Duration::from_micros(1_234)), "1.23 ms");
        assert_eq!(milliseconds(Duration::from_micros(12_340)), "12.3 ms");
        assert_eq!(milliseconds(Duration::from_millis(1_234)), "1234 ms");
        assert_eq!(
            (rate(27.46), rate(8_123.4)),
            ("27.5".to_owned(), "8123".to_owned())
        );
        assert_eq!(mebibytes(3_565_159), "3.4 MiB");
    }
}
