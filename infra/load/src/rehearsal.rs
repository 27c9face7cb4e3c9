//! `cargo xtask load`: many users of all kinds for as long as wanted, with or without faults, watched, and looked after at the end.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::Context;
use spindle_harness::Database;
use spindle_postgres::{Options, Server, free_port};
use tokio::sync::mpsc::unbounded_channel;
use tokio::task::{JoinSet, spawn_blocking};
use tokio::time::{MissedTickBehavior, interval, sleep_until};

use crate::fault::{Fault, Machinery, Redis};
use crate::flatness;
use crate::ledger::Ledger;
use crate::page::Page;
use crate::servers::{Setup, root};
use crate::stage::{self, Stage};
use crate::timeline::{SLICE, Timeline};
use crate::user::User;
use crate::{seed, tell, write};

/// Posts to read.
const POSTS: u64 = 500;
/// How long after the beginning of a fault failures are put down to it.
pub(crate) const RECOVERY: Duration = Duration::from_secs(30);

/// The page that shows the last recorded run, and the heading of that, which is its end.
const RECORD: &str = "docs/operations/soak.md";
const HEADING: &str = "## The last run";

/// Lets users of all kinds use an app of its own, tells how it goes, and writes a report with plots
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct Arguments {
    /// Users at the same time: of twenty, twelve read, five change their profile, two write posts, one signs in and out
    #[arg(long, default_value_t = 200, value_parser = clap::value_parser!(u32).range(1..=2_000))]
    users: u32,
    /// For so many seconds
    #[arg(long, default_value_t = 600, value_parser = clap::value_parser!(u64).range(10..=86_400))]
    duration: u64,
    /// Milliseconds between two rounds of a user
    #[arg(long, default_value_t = 1_000, value_parser = clap::value_parser!(u64).range(0..=60_000))]
    pause: u64,
    /// Kill Postgres, kill the app, stop Postgres as a disk that does not answer, take Redis away if there is one: in turns
    #[arg(long)]
    faults: bool,
    /// Seconds from one fault to the next
    #[arg(long, default_value_t = 120, value_parser = clap::value_parser!(u64).range(40..=3_600))]
    fault_every: u64,
    /// Keep the key-value store in Redis: the machine's, else Debian's
    #[arg(long)]
    redis: bool,
    /// The folder of the report
    #[arg(long, default_value = "target/load")]
    output: PathBuf,
    /// Also put the figures into docs/operations/soak.md, which shows docs/images/soak.png with them
    #[arg(long)]
    record: bool,
}

impl Arguments {
    /// As tables have it.
    pub(crate) fn describe(&self) -> String {
        let faults = if self.faults {
            format!("a fault every {} s", self.fault_every)
        } else {
            "no faults".to_owned()
        };
        let store = if self.redis { "Redis" } else { "a file" };
        format!(
            "{} users, {} ms between rounds, {} s, {faults}, key-value store in {store}",
            self.users, self.pause, self.duration
        )
    }
}

pub(crate) async fn run(arguments: &Arguments) -> anyhow::Result<()> {
    let root = root()?;
    let users = usize::try_from(arguments.users)?;
    tell("Postgres, durable");
    let folder = tempfile::tempdir()?;
    // Faults lose nothing but by our fault: commits are on the disk.
    let options = Options {
        durable: true,
        ..Options::ephemeral(folder.path())
    };
    let postgres = Server::start(&options).context("starting Postgres")?;
    let database = Database::create(&postgres.url("postgres")).await?;
    tell(postgres.url("postgres"));
    let redis = arguments.redis.then(Redis::start).transpose()?;
    let mut setup = Setup::new(&root, &database)?;
    if let Some(redis) = &redis {
        setup = setup.with_store(&redis.url())?;
    }
    let with_redis = redis.is_some();
    tell("the app");
    let port = free_port()?;
    let mut machinery = Machinery::start(setup, port, postgres, options, redis)?;
    let address = SocketAddr::from(([127, 0, 0, 1], port));
    tell(format_args!("http://{address}"));
    tell(format_args!("{POSTS} posts, and an account for each user"));
    let seeded = seed::run(&database, address, POSTS).await?;
    stage::register(address, users).await?;

    let stage = Arc::new(Stage {
        address,
        begin: Instant::now(),
        length: Duration::from_secs(arguments.duration),
        pause: Duration::from_millis(arguments.pause),
        users,
        slugs: seeded.slugs,
    });
    tell(arguments.describe());
    let (answers, mut received) = unbounded_channel();
    let mut tasks = JoinSet::new();
    for number in 0..users {
        tasks.spawn(User::new(number, &stage, answers.clone()).run());
    }
    // The last of the users ends it.
    drop(answers);

    let mut timeline = Timeline::default();
    let mut turns = Fault::turns(with_redis).into_iter().cycle();
    let every = Duration::from_secs(arguments.fault_every);
    let mut next_fault = stage.begin + every / 2;
    let mut slices = interval(SLICE);
    slices.set_missed_tick_behavior(MissedTickBehavior::Skip);
    loop {
        // What is done shortly before the end could not be recovered from within the time.
        let faulty = arguments.faults && next_fault + RECOVERY < stage.begin + stage.length;
        tokio::select! {
            answer = received.recv() => match answer {
                Some(answer) => timeline.note(answer),
                None => break,
            },
            _ = slices.tick() => {
                let at = stage.begin.elapsed();
                timeline.slice(at).memory = machinery.memory();
                progress(&mut timeline, at);
            }
            () = sleep_until(next_fault.into()), if faulty => {
                let fault = turns.next().context("a fault")?;
                timeline.faults.push((stage.begin.elapsed(), fault.title()));
                tell(format_args!("{}: {}", clock(stage.begin.elapsed()), fault.title()));
                let suffering;
                (machinery, suffering) = spawn_blocking(move || {
                    let outcome = machinery.suffer(fault);
                    (machinery, outcome)
                })
                .await?;
                suffering.with_context(|| format!("recovering from: {}", fault.title()))?;
                tell(format_args!("{}: it is back", clock(stage.begin.elapsed())));
                next_fault += every;
            }
        }
    }
    let mut ledgers: Vec<Ledger> = Vec::new();
    while let Some(ledger) = tasks.join_next().await {
        ledgers.push(ledger?);
    }
    let promises: usize = ledgers.iter().map(Ledger::len).sum();
    tell(format_args!(
        "looking for {promises} things that somebody was told are done"
    ));
    let mut broken = Vec::new();
    if let Err(error) = stage::broken_promises(address, &ledgers, &mut broken).await {
        // The report is worth having also then.
        broken.push(format!("the rest could not be looked for: {error:#}"));
    }
    let rest = machinery.memory();
    drop(machinery);

    let page = Page {
        what: arguments.describe(),
        timeline: &timeline,
        promises,
        broken: &broken,
        rest,
    };
    let output = root.join(&arguments.output);
    std::fs::create_dir_all(&output).with_context(|| format!("creating {}", output.display()))?;
    write(&output.join("report.html"), &page.html())?;
    let summary = page.summary();
    write(&output.join("summary.md"), &summary)?;
    if arguments.record {
        let file = root.join(RECORD);
        let earlier = std::fs::read_to_string(&file)
            .with_context(|| format!("reading {}", file.display()))?;
        write(&file, &recorded(&earlier, &summary))?;
    }
    tell(format_args!("\n{summary}"));
    tell(output.join("report.html").display());
    anyhow::ensure!(
        broken.is_empty(),
        "{} of {promises} acknowledged writes are lost or undone",
        broken.len()
    );
    let lives = flatness::lives(&timeline);
    anyhow::ensure!(
        flatness::is_flat(&lives),
        "the app's memory is not flat: {}",
        flatness::told(&lives)
    );
    Ok(())
}

/// The page with these figures in place of earlier ones, or of none.
fn recorded(page: &str, summary: &str) -> String {
    let (before, _) = page.split_once(HEADING).unwrap_or((page, ""));
    format!(
        "{}\n\n{HEADING}\n\n{}\n\n![Answers, latency, failures and memory over that time](../images/soak.png)\n",
        before.trim_end(),
        summary.trim_end()
    )
}

/// The slice that is over, in a line.
fn progress(timeline: &mut Timeline, at: Duration) {
    let Some(over) = at.checked_sub(SLICE) else {
        return;
    };
    let memory = timeline.slice(at).memory;
    let slice = timeline.slice(over);
    let milliseconds = |share| {
        slice.quantile(share).map_or_else(
            || "–".to_owned(),
            |time| format!("{:.1}", time.as_secs_f64() * 1e3),
        )
    };
    let memory = memory.map_or_else(
        || "away".to_owned(),
        |[host, postgres]| format!("app {} MiB, Postgres {} MiB", host >> 20, postgres >> 20),
    );
    tell(format_args!(
        "{}  {:.0}/s  p50 {} ms  p99 {} ms  failed {}  {memory}",
        clock(at),
        slice.answers as f64 / SLICE.as_secs_f64(),
        milliseconds(0.5),
        milliseconds(0.99),
        slice.failures,
    ));
}

fn clock(at: Duration) -> String {
    format!("{:>3}:{:02}", at.as_secs() / 60, at.as_secs() % 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_recorded_run_takes_the_place_of_the_one_before() {
        let first = recorded("# Soak\n\nWhat it is.\n", "| lost | 0 of 7 |\n");
        assert!(
            first
                .starts_with("# Soak\n\nWhat it is.\n\n## The last run\n\n| lost | 0 of 7 |\n\n![")
        );
        assert_eq!(
            recorded(&first, "| lost | 0 of 8 |"),
            first.replace('7', "8")
        );
    }
}
