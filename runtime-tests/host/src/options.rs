//! The command line. What Spin has too means the same as there.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use crate::between::Between;
use clap::{Args, Parser, Subcommand, ValueEnum};

/// Runs a Spin application on wasmtime, without Spin.
#[derive(Debug, Parser)]
#[command(
    name = "spindle-host",
    version,
    about,
    args_conflicts_with_subcommands = true
)]
pub struct CommandLine {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    options: Options,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Runs the application (also without this word).
    Up(Box<Options>),
}

impl CommandLine {
    /// The options, wherever they stood.
    pub fn into_options(self) -> Options {
        match self.command {
            Some(Command::Up(options)) => *options,
            None => self.options,
        }
    }
}

/// How the application runs.
#[derive(Debug, Clone, Args)]
pub struct Options {
    /// The manifest, or the folder with `spin.toml`.
    #[arg(short = 'f', long, value_name = "FILE", default_value = "spin.toml")]
    pub from: PathBuf,
    /// The address to listen on; port 0 takes a free one.
    #[arg(long, env = "SPIN_HTTP_LISTEN_ADDR", default_value = "127.0.0.1:3000")]
    pub listen: SocketAddr,
    /// A variable: `name=value`, `name=@file`, or `@file.toml`/`@file.json` with many. May be repeated.
    #[arg(long = "variable", value_name = "NAME=VALUE")]
    pub variables: Vec<String>,
    /// Spin's runtime configuration: variables providers and key-value stores.
    #[arg(long, env = "RUNTIME_CONFIG_FILE", value_name = "FILE")]
    pub runtime_config_file: Option<PathBuf>,
    /// Where the state is kept; `.spin` beside the manifest if not given.
    #[arg(long, value_name = "FOLDER")]
    pub state_dir: Option<PathBuf>,
    /// An environment variable of all guests. May be repeated.
    #[arg(short = 'e', long = "env", value_name = "NAME=VALUE")]
    pub environment: Vec<String>,
    /// What is printed on stdout once the application listens.
    #[arg(long, value_enum, default_value_t)]
    pub format: Format,
    /// No access log, and the guests' lines only in their files.
    #[arg(short = 'q', long)]
    pub quiet: bool,
    /// Requests that an instance answers before it is replaced. Each may be a range `a..b`, from which every instance takes its own.
    #[arg(long, value_name = "N", default_value = "128")]
    pub max_instance_reuse_count: Between<usize>,
    /// Requests that an instance answers at the same time.
    #[arg(long, value_name = "N", default_value = "16")]
    pub max_instance_concurrent_reuse_count: Between<usize>,
    /// How long an instance without work is kept.
    #[arg(long, value_name = "TIME", default_value = "1s")]
    pub idle_instance_timeout: Between<Duration>,
    /// How long a guest may take for an answer; then its instance is stopped. Unlike Spin, which never stops one by itself.
    #[arg(long, value_name = "TIME", default_value = "60s")]
    pub request_timeout: Between<Duration>,
    /// Bytes of memory that an instance may have.
    #[arg(long, env = "SPIN_MAX_INSTANCE_MEMORY", value_name = "BYTES")]
    pub max_instance_memory: Option<usize>,
    /// Instances per component, and database connections of it per address.
    #[arg(long, value_name = "N", default_value_t = 64)]
    pub max_instances: usize,
    /// Requests per component at the same time; more are answered 503 at once.
    #[arg(long, value_name = "N", default_value_t = 1024)]
    pub max_requests_in_flight: usize,
    /// Bytes that a request's body may have; more is answered 413.
    #[arg(long, value_name = "BYTES", default_value_t = 10 << 20)]
    pub max_request_body: u64,
    /// How long requests under way may take to end after SIGTERM.
    #[arg(long, value_name = "TIME", default_value = "10s", value_parser = crate::duration::parse)]
    pub drain_timeout: Duration,
    /// Seconds by which the guests' wall clock is moved.
    #[arg(
        long,
        value_name = "SECONDS",
        default_value_t = 0,
        allow_negative_numbers = true
    )]
    pub clock_offset: i64,
    /// Where compiled components are kept; `cache` in the state folder if not given.
    #[arg(long, value_name = "FOLDER")]
    pub cache_dir: Option<PathBuf>,
    /// Where spans are sent, by OTLP over HTTP. The other variables of OpenTelemetry count as well.
    #[arg(long, env = "OTEL_EXPORTER_OTLP_ENDPOINT", value_name = "URL")]
    pub otlp_endpoint: Option<String>,
    /// End when the process that started this one ends.
    #[arg(long)]
    pub die_with_parent: bool,
}

/// `--format`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// Lines for people.
    #[default]
    Plain,
    /// One line `{"base_url": …, "routes": […]}`.
    Json,
}

impl Default for Options {
    /// What an empty command line means.
    fn default() -> Self {
        CommandLine::parse_from(["spindle-host"]).into_options()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_stand_with_or_without_up() {
        for line in [
            &[
                "spindle-host",
                "--listen",
                "127.0.0.1:0",
                "--clock-offset",
                "-60",
            ][..],
            &[
                "spindle-host",
                "up",
                "--listen",
                "127.0.0.1:0",
                "--clock-offset",
                "-60",
            ],
        ] {
            let options = CommandLine::parse_from(line).into_options();
            assert_eq!(
                (
                    options.listen.port(),
                    options.clock_offset,
                    options.max_instance_reuse_count
                ),
                (0, -60, Between::from(128))
            );
        }
    }
}
