//! `cargo xtask verify`: every service as a client uses it, after any deployment.

use std::process::ExitCode;

use clap::Args;

use crate::{test, workspace::Workspace};

/// Check every service of a running app as a client would, with accounts and names of its own; builds no component.
#[derive(Args)]
pub(crate) struct Arguments {
    /// Where it answers, as https://spindle.example
    base_url: String,
    /// Only what contains one of these words
    filters: Vec<String>,
}

pub(crate) fn run(workspace: &Workspace, arguments: &Arguments) -> anyhow::Result<ExitCode> {
    test::end_to_end(workspace, &arguments.base_url, &arguments.filters)
}
