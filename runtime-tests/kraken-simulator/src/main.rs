//! The simulator as a program.
#![expect(
    clippy::print_stdout,
    reason = "the one line on stdout is what the program is asked for"
)]

use std::io::Write;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::{Duration, SystemTime};

use clap::Parser;
use kraken_simulator::{Config, Simulator};
use tokio::signal::unix::{SignalKind, signal};

/// Kraken's Spot REST interface on this machine, with no money in it.
///
/// Prints one line of JSON when it is ready: its base address and its keys.
#[derive(Debug, Parser)]
struct Arguments {
    /// Loopback address to listen on; port 0 takes a free one.
    #[arg(long, default_value = "127.0.0.1:0")]
    listen: SocketAddr,
    /// Issue the two demonstration keys: "good" reads and trades, "withdraw" may also withdraw.
    #[arg(long)]
    demo_keys: bool,
    /// Number orders and trades on from the tenths of seconds since 1970, for clients that remember those of the simulator before this one.
    #[arg(long)]
    numbers_by_clock: bool,
    /// End when the process that started this one ends.
    #[arg(long)]
    die_with_parent: bool,
    /// JSON file with the configuration, as POST /__sim/reset takes it.
    #[arg(long)]
    config: Option<PathBuf>,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    // Read first: a parent that ends while we start must be missed.
    let parent = std::os::unix::process::parent_id();
    let arguments = Arguments::parse();
    match run(arguments, parent).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let _ = writeln!(std::io::stderr(), "kraken-simulator: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn run(arguments: Arguments, parent: u32) -> Result<(), Box<dyn std::error::Error>> {
    let Arguments {
        listen,
        demo_keys,
        numbers_by_clock,
        die_with_parent,
        config,
    } = arguments;
    let mut config = match config {
        None => Config::default(),
        Some(path) => {
            let text = std::fs::read(&path)
                .map_err(|error| format!("cannot read {}: {error}", path.display()))?;
            serde_json::from_slice(&text).map_err(|error| format!("{}: {error}", path.display()))?
        }
    };
    if numbers_by_clock {
        let since_1970 = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH)?;
        config.first_number = u64::try_from(since_1970.as_millis() / 100)?;
    }
    let config = if demo_keys {
        config.with_demo_keys()
    } else {
        config
    };
    let (mut terminate, mut interrupt) = (
        signal(SignalKind::terminate())?,
        signal(SignalKind::interrupt())?,
    );
    let simulator = Simulator::listen(config, listen).await?;

    println!(
        "{}",
        serde_json::json!({ "base_url": simulator.base_url(), "keys": simulator.keys() })
    );
    std::io::stdout().flush()?;

    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
        () = orphaned(parent), if die_with_parent => {}
    }
    Ok(())
}

/// Waits until somebody else has become our parent. The kernel's own signal for this comes when the *thread* ends
/// that started us, which in test programs is long before the process does.
async fn orphaned(parent: u32) {
    let mut look = tokio::time::interval(Duration::from_millis(200));
    while std::os::unix::process::parent_id() == parent {
        look.tick().await;
    }
}
