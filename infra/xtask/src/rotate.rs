//! `cargo xtask rotate`: hands over to `infra/rotate`, which an operator without Rust calls by itself.

use std::process::{Command, ExitCode};

use clap::Args;

use crate::{cargo, workspace::Workspace};

/// Rotate `secrets`, `master` or `signing` keys, in .env or in a cluster; needs Python.
#[derive(Args)]
pub(crate) struct Arguments {
    /// Passed on; `cargo xtask rotate -- --help` lists them
    #[arg(
        trailing_var_arg = true,
        allow_hyphen_values = true,
        required = true,
        value_name = "secrets|master|signing"
    )]
    arguments: Vec<String>,
}

pub(crate) fn run(workspace: &Workspace, arguments: &Arguments) -> anyhow::Result<ExitCode> {
    cargo::code_of(Command::new(workspace.path("infra/rotate")).args(&arguments.arguments))
}
