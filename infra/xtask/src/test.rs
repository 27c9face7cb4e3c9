//! `cargo xtask test`: all that tests need, and then all tests.

use std::{
    io::{Write, stderr, stdout},
    process::{Command, ExitCode},
    thread,
};

use anyhow::{Context, anyhow};
use clap::Args;
use spindle_postgres::Server;

use crate::{
    build::{self, Program},
    cargo, interop, progress,
    workspace::Workspace,
};

/// Run all tests: unit, runtime and documentation. Builds components and programs first, and brings a Postgres of its own.
#[derive(Args)]
pub(crate) struct Arguments {
    /// Run the end-to-end suites against an app that is already running, whoever hosts it
    #[arg(long, value_name = "URL", conflicts_with = "interop")]
    base_url: Option<String>,
    /// Run what needs other people's programs, from PyPI and Debian, a browser among them; after `--`, `--full` removes bounds
    #[arg(long)]
    interop: bool,
    /// Only tests whose names contain one of these; with --interop, only these subjects
    filters: Vec<String>,
}

pub(crate) fn run(workspace: &Workspace, arguments: &Arguments) -> anyhow::Result<ExitCode> {
    if let Some(url) = &arguments.base_url {
        return end_to_end(workspace, url, &arguments.filters);
    }
    let target = build::components(workspace)?;
    build::programs(
        workspace,
        &[Program::Migrate, Program::Host, Program::Simulator],
    )?;
    progress::step("Starting a Postgres for the tests");
    let server = Server::start_ephemeral()?;
    progress::detail(server.origin());
    let equipped = |mut command: Command| {
        // The host's tests build a guest of their own.
        target.apply(&mut command);
        command
            .env("SPINDLE_TEST_DATABASE_URL", server.url("postgres"))
            .env("SPINDLE_HOST_BIN", workspace.program(Program::Host.name()))
            .env(
                "SPINDLE_SIMULATOR_BIN",
                workspace.program(Program::Simulator.name()),
            )
            .env("SPINDLE_ROOT", workspace.root());
        command
    };
    if arguments.interop {
        let app = interop::App::start(workspace, &server)?;
        return finish(equipped(app.programs(workspace, &arguments.filters)));
    }
    let tests = |of: &str| equipped(native(workspace, of, &arguments.filters));
    all(tests("--tests"), tests("--doc"))
}

/// The tests of all native packages: those of the code or those of the documentation.
fn native(workspace: &Workspace, of: &str, filters: &[String]) -> Command {
    let mut command = cargo::command(workspace);
    // All of them, also after a failure: one run tells everything.
    command
        .args(["test", of, "--no-fail-fast", "--"])
        .args(filters);
    command
}

/// The documentation's tests, a call of rustdoc for each package, fill the time in which the others wait; what they say comes last.
fn all(tests: Command, mut documentation: Command) -> anyhow::Result<ExitCode> {
    progress::step("Running the tests");
    let (code, documentation) = thread::scope(|scope| {
        let documentation = scope.spawn(move || documentation.output());
        (finish(tests), documentation.join())
    });
    let documentation = documentation
        .map_err(|_| anyhow!("the thread of the documentation's tests ended"))?
        .context("starting cargo for the documentation's tests")?;
    stderr().write_all(&documentation.stderr)?;
    stdout().write_all(&documentation.stdout)?;
    let code = code?;
    if code == ExitCode::SUCCESS && !documentation.status.success() {
        return Ok(ExitCode::FAILURE);
    }
    Ok(code)
}

/// The end-to-end suites against an app that runs.
pub(crate) fn end_to_end(
    workspace: &Workspace,
    url: &str,
    filters: &[String],
) -> anyhow::Result<ExitCode> {
    progress::step(format_args!("Running the end-to-end suites against {url}"));
    let mut command = cargo::command(workspace);
    command
        .args([
            "test",
            "--no-fail-fast",
            "--package",
            "spindle-suites",
            "--test",
            "e2e",
            "--",
        ])
        .args(filters);
    command
        .env("SPINDLE_BASE_URL", url.trim_end_matches('/'))
        .env("SPINDLE_ROOT", workspace.root());
    finish(command)
}

/// The code of the tests is ours.
fn finish(mut command: Command) -> anyhow::Result<ExitCode> {
    let status = command
        .status()
        .with_context(|| format!("starting {}", cargo::shown(&command)))?;
    Ok(ExitCode::from(
        u8::try_from(status.code().unwrap_or(1)).unwrap_or(1),
    ))
}
