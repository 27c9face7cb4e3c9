//! `cargo xtask bench`: hands over to the program that measures.

use std::process::{Command, ExitCode};

use clap::Args;

use crate::{
    build::{self, Program},
    cargo, progress,
    workspace::Workspace,
};

/// Measure Spindle beside FastAPI and Celery and write infra/load/RESULTS.md.
#[derive(Args)]
pub(crate) struct Arguments {
    /// Passed on; `cargo xtask bench -- --help` lists them
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    arguments: Vec<String>,
}

/// The program that measures.
const BENCH: &str = "spindle-bench";
/// Builds Spindle's own crates as optimised as their dependencies, for the programs that are measured.
const OPTIMISED: &str = "infra/load/optimised.toml";

pub(crate) fn run(workspace: &Workspace, arguments: &Arguments) -> anyhow::Result<ExitCode> {
    cargo::code_of(program(workspace)?.args(&arguments.arguments))
}

/// The program that measures, built with all that it starts.
pub(crate) fn program(workspace: &Workspace) -> anyhow::Result<Command> {
    build::components(workspace)?;
    build::programs(workspace, &[Program::Host, Program::Simulator])?;
    let mut compilation = cargo::command(workspace);
    // No package is named, so that features, and with them the dependencies already built, are those of the tests.
    compilation.args(["build", "--config", OPTIMISED]).args([
        "--bin",
        "spindle-native",
        "--bin",
        BENCH,
    ]);
    progress::timed(
        "Building the bench and the native server, optimised",
        || cargo::run(&mut compilation),
    )?;
    let mut command = Command::new(workspace.program(BENCH));
    command
        .current_dir(workspace.root())
        .env("SPINDLE_HOST_BIN", workspace.program(Program::Host.name()))
        .env(
            "SPINDLE_SIMULATOR_BIN",
            workspace.program(Program::Simulator.name()),
        )
        // A million posts are more than memory should hold beside what is measured: the server's folder is on the disk.
        .env("TMPDIR", std::env::temp_dir());
    Ok(command)
}
