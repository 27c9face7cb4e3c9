//! Commands that are programs of their own below `infra`, in Python: an operator without Rust calls them by themselves.

use std::process::{Command, ExitCode};

use clap::Args;

use crate::{cargo, workspace::Workspace};

/// What the program is told.
#[derive(Args)]
pub(crate) struct Arguments {
    /// Passed on; after `--`, `--help` lists them
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    arguments: Vec<String>,
}

/// Its code is ours.
pub(crate) fn run(
    workspace: &Workspace,
    program: &str,
    arguments: &Arguments,
) -> anyhow::Result<ExitCode> {
    cargo::code_of(Command::new(workspace.path(program)).args(&arguments.arguments))
}
