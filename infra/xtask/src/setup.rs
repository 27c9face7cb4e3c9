//! `cargo xtask setup`: what plain `spin build` and `spin up` take.

use clap::Args;

use crate::{database, progress, wasm_target, workspace::Workspace};

/// Prepare this machine for plain `spin build` and `spin up`: the Rust target, Postgres, its schema, and secrets in .env.
///
/// The embedded Postgres keeps running in the background until `cargo xtask db stop`. What is there already stays as it is.
#[derive(Args)]
pub(crate) struct Arguments {
    /// Leave the database alone
    #[arg(long)]
    without_database: bool,
}

pub(crate) fn run(workspace: &Workspace, arguments: &Arguments) -> anyhow::Result<()> {
    let target = wasm_target::ensure()?;
    progress::step("The Rust target wasm32-wasip2 is there");
    if !arguments.without_database {
        database::set_up(workspace)?;
    }
    if let Some(advice) = target.advice() {
        progress::detail(
            "The compiler itself lacks the target, so `spin build` has to be told where it is:",
        );
        progress::detail(advice);
    }
    progress::step("Ready: `spin build` and `spin up`, or `cargo xtask up`");
    Ok(())
}
