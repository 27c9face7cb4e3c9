#![doc = include_str!("../README.md")]
#![expect(
    clippy::print_stdout,
    reason = "a command that tells its user what it does"
)]

mod address;
mod app;
mod backup;
mod bench;
mod build;
mod cargo;
mod child;
mod coverage;
mod database;
mod deploy;
mod env_file;
mod examples;
mod guest_compiler;
mod interop;
mod kind;
mod lint;
mod load;
mod migrate;
mod progress;
mod rules;
mod runner;
mod script;
mod secrets;
mod seed;
mod setup;
mod simulator;
mod standard_library;
mod test;
mod ticks;
mod up;
mod verify;
mod wasm_target;
mod workspace;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::workspace::Workspace;

/// Runs, tests and maintains Spindle. Start with `cargo xtask up`.
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask", version, about)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    Up(up::Arguments),
    Test(test::Arguments),
    Setup(setup::Arguments),
    /// Build all components, in one cargo call.
    Build,
    /// Bring the database in DATABASE_URL, else the embedded one, up to date.
    Migrate,
    Seed(seed::Arguments),
    /// The embedded Postgres under .spin/.
    #[command(subcommand)]
    Db(database::Command),
    /// Format, clippy for native code and for components, dependencies, the repository's own rules.
    Lint,
    Bench(bench::Arguments),
    Load(load::Arguments),
    Coverage(coverage::Arguments),
    Backup(backup::BackUp),
    Restore(backup::Restore),
    Verify(verify::Arguments),
    /// Rotate `secrets`, `master` or `signing` keys, in .env or in a cluster; needs Python.
    Rotate(script::Arguments),
    /// Show requests, latency, memory and the queue, live, by what Prometheus has; needs Python.
    Monitor(script::Arguments),
    Deploy(deploy::Arguments),
    /// A cluster on this machine, in Docker, with all of Spindle; needs docker, kind and kubectl.
    #[command(subcommand)]
    Kind(kind::Command),
}

fn main() -> ExitCode {
    match run(Arguments::parse().command) {
        Ok(code) => code,
        Err(error) => {
            progress::failed(&error);
            ExitCode::FAILURE
        }
    }
}

fn run(command: Command) -> anyhow::Result<ExitCode> {
    let workspace = Workspace::find()?;
    let done = |()| ExitCode::SUCCESS;
    match command {
        Command::Up(arguments) => up::run(&workspace, &arguments),
        Command::Test(arguments) => test::run(&workspace, &arguments),
        Command::Setup(arguments) => setup::run(&workspace, &arguments).map(done),
        Command::Build => build::components(&workspace).map(|_| done(())),
        Command::Migrate => migrate::run(&workspace).map(done),
        Command::Seed(arguments) => seed::run(&workspace, &arguments).map(done),
        Command::Db(command) => database::run(&workspace, &command),
        Command::Lint => lint::run(&workspace),
        Command::Bench(arguments) => bench::run(&workspace, &arguments),
        Command::Load(arguments) => load::run(&workspace, &arguments),
        Command::Coverage(arguments) => coverage::run(&workspace, &arguments),
        Command::Backup(arguments) => backup::back_up(&workspace, &arguments),
        Command::Restore(arguments) => backup::restore(&workspace, &arguments),
        Command::Verify(arguments) => verify::run(&workspace, &arguments),
        Command::Rotate(arguments) => script::run(&workspace, "infra/rotate", &arguments),
        Command::Monitor(arguments) => script::run(&workspace, "infra/monitor", &arguments),
        Command::Deploy(arguments) => deploy::run(&workspace, &arguments),
        Command::Kind(command) => kind::run(&workspace, &command),
    }
}
