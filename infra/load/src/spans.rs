//! What it costs to tell a collector of every request: the same host with and without spans, in turns.

use std::fmt::Write as _;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;

use anyhow::Context;
use spindle_harness::Database;
use spindle_postgres::Server;

use crate::rounds::{self, Subject};
use crate::scenario::Scenario;
use crate::servers::{Host, Setup};
use crate::{Arguments, seed, tell};

/// Where the section is kept, for the report of a whole run.
pub(crate) const FILE: &str = "infra/load/SPANS.md";
const PLAIN: &str = "host";
const TRACED: &str = "host with spans";
/// What is asked of both: cheap answers, for which a span weighs most.
const SCENARIOS: [Scenario; 3] = [Scenario::Post, Scenario::Posts, Scenario::Profile];

/// Takes what is exported, and says that it is well.
struct Collector {
    address: SocketAddr,
    bytes: Arc<AtomicU64>,
}

impl Collector {
    fn start() -> anyhow::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        let address = listener.local_addr()?;
        let bytes = Arc::new(AtomicU64::new(0));
        let counted = Arc::clone(&bytes);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let counted = Arc::clone(&counted);
                // Ends with its connection.
                thread::spawn(move || take(stream, &counted));
            }
        });
        Ok(Self { address, bytes })
    }
}

/// Answers requests of one connection until it ends.
fn take(mut stream: TcpStream, bytes: &AtomicU64) -> std::io::Result<()> {
    let mut reader = BufReader::new(stream.try_clone()?);
    loop {
        let mut length = 0_u64;
        loop {
            let mut line = String::new();
            if reader.read_line(&mut line)? == 0 {
                return Ok(());
            }
            let line = line.trim_end();
            if line.is_empty() {
                break;
            }
            if let Some((name, value)) = line.split_once(':')
                && name.eq_ignore_ascii_case("content-length")
            {
                length = value.trim().parse().unwrap_or_default();
            }
        }
        std::io::copy(&mut reader.by_ref().take(length), &mut std::io::sink())?;
        bytes.fetch_add(length, Ordering::Relaxed);
        stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n")?;
    }
}

/// The section about it.
pub(crate) async fn run(
    arguments: &Arguments,
    root: &Path,
    postgres: &Server,
) -> anyhow::Result<String> {
    let database = Database::create(&postgres.url("postgres")).await?;
    let collector = Collector::start()?;
    let setup = Setup::new(root, &database)?;
    let plain = setup.host()?;
    let traced_setup = Setup::new(root, &database)?;
    let traced_setup = traced_setup.with_collector(&format!("http://{}", collector.address));
    let traced = traced_setup.host()?;
    tell(format_args!("{} posts", arguments.posts));
    let seeded = seed::run(&database, plain.address, arguments.posts).await?;
    let database_process = u32::try_from(postgres.process())?;
    let subject = |name, host: &Host| Subject {
        name,
        address: host.address,
        process: host.id(),
        database: database_process,
    };
    let servers = [subject(PLAIN, &plain), subject(TRACED, &traced)];
    let results = rounds::run(arguments, &servers, &seeded, &SCENARIOS).await?;
    let bytes = collector.bytes.load(Ordering::Relaxed);
    anyhow::ensure!(bytes > 0, "no span has reached the collector");

    let mut text = format!(
        "## What spans cost\n\n{}: the host with and without `OTEL_EXPORTER_OTLP_ENDPOINT`, every request sampled, in turns. The collector answers at once, and its time is not in \
         the figures; it was sent {} MiB.\n\n| | answers a second | with spans | CPU of the host for an answer | with spans |\n|---|---:|---:|---:|---:|\n",
        chrono::Utc::now().format("%Y-%m-%d %H:%M UTC"),
        bytes >> 20,
    );
    for scenario in SCENARIOS {
        let round = |server| results.median(scenario, server).context("a round");
        let (without, with) = (round(PLAIN)?, round(TRACED)?);
        let [cpu, _] = without.cpu;
        let [traced_cpu, _] = with.cpu;
        writeln!(
            text,
            "| {} | {:.0} | {:.0} | {} µs | {} µs |",
            scenario.title(),
            without.rate,
            with.rate,
            cpu.as_micros(),
            traced_cpu.as_micros()
        )?;
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_collector_takes_one_request_after_the_other_and_counts_their_bodies() {
        let collector = Collector::start().unwrap();
        let mut stream = TcpStream::connect(collector.address).unwrap();
        for body in ["spans", "more spans"] {
            let head = format!(
                "POST /v1/traces HTTP/1.1\r\nContent-Length: {}\r\n\r\n",
                body.len()
            );
            stream.write_all(head.as_bytes()).unwrap();
            stream.write_all(body.as_bytes()).unwrap();
            let mut answer = [0; 38];
            stream.read_exact(&mut answer).unwrap();
            assert!(answer.starts_with(b"HTTP/1.1 200 OK\r\n"));
        }
        assert_eq!(collector.bytes.load(Ordering::Relaxed), 15);
    }
}
