//! `cargo xtask bench`: hands over to the program that measures.

use std::process::ExitCode;

use anyhow::Context;
use clap::Args;

use crate::{build, cargo, workspace::Workspace};

/// Measure Spindle beside a FastAPI peer and write infra/load/RESULTS.md.
#[derive(Args)]
pub(crate) struct Arguments {
    /// Passed on; `cargo xtask bench -- --help` lists them
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    arguments: Vec<String>,
}

pub(crate) fn run(workspace: &Workspace, arguments: &Arguments) -> anyhow::Result<ExitCode> {
    build::components(workspace)?;
    let mut command = cargo::command(workspace);
    command
        .args(["run", "--release", "--package", "spindle-bench", "--"])
        .args(&arguments.arguments);
    let status = command.status().context("starting cargo")?;
    Ok(ExitCode::from(
        u8::try_from(status.code().unwrap_or(1)).unwrap_or(1),
    ))
}
