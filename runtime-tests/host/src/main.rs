//! The command `spindle-host`.
#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a command speaks to people"
)]

use std::process::ExitCode;

use anyhow::{Context, Result};
use clap::Parser;
use spindle_host::{CommandLine, Format, Host, Options, RunningHost};
use tokio::signal::unix::{SignalKind, signal};
use wiping::Wiping;

/// What people enter goes through buffers on its way to a guest: nothing of them is left once they are freed.
#[global_allocator]
static ALLOCATOR: Wiping = Wiping::ALL;

fn main() -> ExitCode {
    match run(CommandLine::parse().into_options()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("Error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(options: Options) -> Result<()> {
    if options.die_with_parent {
        spindle_host::die_with_parent()?;
    }
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .context("cannot start the runtime")?;
    runtime.block_on(async {
        // Before the start, so that a signal while components compile isn't lost.
        let mut terminate = signal(SignalKind::terminate())?;
        let mut interrupt = signal(SignalKind::interrupt())?;
        let format = options.format;
        let host = tokio::select! {
            host = Host::start(options) => host?,
            _ = terminate.recv() => return Ok(()),
            _ = interrupt.recv() => return Ok(()),
        };
        announce(&host, format);
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
        host.shutdown().await
    })
}

fn announce(host: &RunningHost, format: Format) {
    let base_url = host.base_url();
    match format {
        Format::Json => {
            let routes: Vec<_> = host
                .routes()
                .map(|(path, wildcard, component)| serde_json::json!({"name": component, "route": path, "wildcard": wildcard}))
                .collect();
            println!(
                "{}",
                serde_json::json!({"base_url": base_url, "routes": routes})
            );
        }
        Format::Plain => {
            println!("Serving {base_url}");
            for (path, wildcard, component) in host.routes() {
                println!(
                    "  {}: {base_url}{path}{}",
                    component.unwrap_or("(static)"),
                    if wildcard { " (wildcard)" } else { "" }
                );
            }
        }
    }
}
