#![doc = include_str!("../README.md")]
#![expect(
    clippy::print_stderr,
    reason = "a program that takes minutes tells how far it is"
)]

mod budget;
mod cpu;
mod fault;
mod flatness;
mod lag;
mod ledger;
mod load;
mod machine;
mod page;
mod peer;
mod plot;
mod queue;
mod rehearsal;
mod report;
mod rounds;
mod scenario;
mod seed;
mod servers;
mod soak;
mod spans;
mod stage;
mod start;
mod timeline;
mod user;

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::Context;
use clap::{Parser, Subcommand};
use spindle_harness::Database;
use spindle_postgres::Server;

use crate::scenario::Scenario;

/// Measures Spindle beside a FastAPI peer and beside its own routers served natively; writes infra/load/RESULTS.md
#[derive(Debug, Clone, Parser)]
#[command(args_conflicts_with_subcommands = true)]
struct Arguments {
    #[command(subcommand)]
    instead: Option<Instead>,
    /// Seconds that each server is driven in each round of each scenario
    #[arg(long, default_value_t = 4, value_parser = clap::value_parser!(u64).range(1..=60))]
    seconds: u64,
    /// Rounds; the median counts
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u64).range(1..=20))]
    rounds: u64,
    /// Connections, each with one request under way
    #[arg(long, default_value_t = 32, value_parser = clap::value_parser!(u64).range(2..=256))]
    connections: u64,
    /// Posts in the database
    #[arg(long, default_value_t = 1_000, value_parser = clap::value_parser!(u64).range(21..=1_000_000))]
    posts: u64,
    /// Posts of the large blog that search, feed, list and single post are measured on besides one of 1,000; 0 leaves that out
    #[arg(long, default_value_t = 1_000_000, value_parser = clap::value_parser!(u64).range(0..=10_000_000))]
    large: u64,
    /// Seconds that many clients are on all routes at once
    #[arg(long, default_value_t = 60, value_parser = clap::value_parser!(u64).range(1..=3600))]
    soak_seconds: u64,
    /// Do only that, and print what was seen
    #[arg(long)]
    only_soak: bool,
    /// Do only the comparison of the queue with Celery, and put its figures in place of earlier ones
    #[arg(long, conflicts_with = "only_soak")]
    only_queue: bool,
    /// Do only the comparison of the host with itself when it tells a collector of every request, and write infra/load/SPANS.md
    #[arg(long, conflicts_with_all = ["only_soak", "only_queue"])]
    only_spans: bool,
    /// Where the results are written
    #[arg(long, default_value = "infra/load/RESULTS.md")]
    output: PathBuf,
}

/// What it does instead of measuring beside others.
#[derive(Debug, Clone, Subcommand)]
enum Instead {
    Load(rehearsal::Arguments),
}

impl Arguments {
    fn round(&self) -> Duration {
        Duration::from_secs(self.seconds)
    }

    async fn soak(&self, postgres: &Server) -> anyhow::Result<soak::Soak> {
        tell("many clients on all routes");
        soak::run(
            &postgres.url("postgres"),
            Duration::from_secs(self.soak_seconds),
        )
        .await
    }

    fn connections(&self) -> usize {
        usize::try_from(self.connections).unwrap_or(32)
    }
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let arguments = Arguments::parse();
    if let Some(Instead::Load(arguments)) = &arguments.instead {
        return rehearsal::run(arguments).await;
    }
    let load_before = machine::load_average();
    let root = servers::root()?;
    tell("Postgres");
    // This thread lives as long as the program, and Postgres with it.
    let postgres = Server::start_ephemeral().context("starting Postgres")?;
    if arguments.only_soak {
        let soak = arguments.soak(&postgres).await?;
        eprintln!("\n{}", soak::render(&soak));
        return Ok(());
    }
    if arguments.only_spans {
        let section = spans::run(&arguments, &root, &postgres).await?;
        write(&root.join(spans::FILE), &section)?;
        eprintln!("\n{section}");
        return Ok(());
    }
    tell("the peers' packages");
    let celery = queue::Peer::ensure(&root)?;
    let output = root.join(&arguments.output);
    if arguments.only_queue {
        let queue = queue::run(&root, &postgres, &celery, &load_before).await?;
        let section = queue::render(&queue);
        let earlier = std::fs::read_to_string(&output).unwrap_or_default();
        write(&output, &queue::replace(&earlier, &section))?;
        eprintln!("\n{section}");
        return Ok(());
    }
    let python = peer::Python::ensure(&root, peer::FASTAPI)?;
    let database_process = u32::try_from(postgres.process())?;
    let database = Database::create(&postgres.url("postgres")).await?;

    let setup = servers::Setup::new(&root, &database)?;
    tell("start of the app");
    let start = start::measure(&setup, arguments.connections()).await?;

    tell("the app, its routers natively, the peer");
    let host = setup.host()?;
    let native = setup.native().await?;
    let peer = peer::start(&root, &python, &database).await?;
    let servers = [
        rounds::Subject {
            name: "host",
            address: host.address,
            process: host.id(),
            database: database_process,
        },
        rounds::Subject {
            name: "native",
            address: native.address,
            process: native.id(),
            database: database_process,
        },
        rounds::Subject {
            name: "peer",
            address: peer.address,
            process: peer.id(),
            database: database_process,
        },
    ];
    tell(format_args!("{} posts", arguments.posts));
    let seeded = seed::run(&database, host.address, arguments.posts).await?;

    let results = rounds::run(&arguments, &servers, &seeded, &Scenario::ALL).await?;
    tell("login, one at a time, and latency at half the load");
    let login = rounds::lone_logins(&servers, &seeded).await?;
    let half = rounds::half_load(&arguments, &servers, &seeded, &results).await?;
    let mut sizes = Vec::new();
    if arguments.large > 0 {
        for posts in [1_000, arguments.large] {
            tell(format_args!("a blog of {posts} posts more"));
            let seeded = seed::large(&database, posts).await?;
            let scenarios = &Scenario::OF_A_LARGE_BLOG;
            let results = rounds::run(&arguments, &servers, &seeded, scenarios).await?;
            sizes.push((posts, results));
        }
    }
    let under_load = machine::proportional_memory(host.id())?;
    drop((host, native, peer));
    let soak = arguments.soak(&postgres).await?;
    let queue = queue::run(&root, &postgres, &celery, &load_before).await?;

    let machine = machine::Machine::describe(&database, &python, load_before).await?;
    let report = report::Report {
        arguments: &arguments,
        machine,
        start,
        results,
        login,
        half,
        sizes,
        under_load,
        soak,
        queue,
    };
    let text = report.render(&root)?;
    write(&output, &text)?;
    eprintln!("\n{text}");
    Ok(())
}

fn write(file: &Path, text: &str) -> anyhow::Result<()> {
    std::fs::write(file, text).with_context(|| format!("writing {}", file.display()))
}

fn tell(what: impl std::fmt::Display) {
    eprintln!("· {what}");
}
