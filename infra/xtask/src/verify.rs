//! `cargo xtask verify`: every service as a client uses it, after any deployment.

use std::process::{Command, ExitCode};

use clap::Args;

use crate::{cargo, progress, workspace::Workspace};

/// Check every service of a running app as a client would, with one account that is gone afterwards; needs Python, builds nothing.
#[derive(Args)]
pub(crate) struct Arguments {
    /// Where it answers, as https://spindle.example
    base_url: String,
    /// The account's address, if somebody wants its mails
    #[arg(long, value_name = "ADDRESS")]
    email: Option<String>,
}

pub(crate) fn run(workspace: &Workspace, arguments: &Arguments) -> anyhow::Result<ExitCode> {
    verify(workspace, &arguments.base_url, arguments.email.as_deref())
}

/// Unlike the end-to-end suites this keeps within the usual limits, and speaks TLS.
pub(crate) fn verify(
    workspace: &Workspace,
    base_url: &str,
    email: Option<&str>,
) -> anyhow::Result<ExitCode> {
    progress::step(format_args!("Asking every service of {base_url}"));
    let mut command = Command::new(workspace.path("infra/verify"));
    command.arg(base_url);
    if let Some(email) = email {
        command.args(["--email", email]);
    }
    cargo::code_of(&mut command)
}
