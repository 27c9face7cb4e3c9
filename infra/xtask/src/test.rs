//! `cargo xtask test`: all that tests need, and then all tests.

use std::{
    io,
    process::{Command, ExitCode},
    thread,
    time::Instant,
};

use anyhow::bail;
use clap::Args;
use spindle_postgres::Server;

use crate::{
    build::{self, Program},
    cargo, interop, progress,
    runner::{self, Report},
    workspace::Workspace,
};

/// Run all tests: unit, runtime and documentation. Builds components and programs first, and brings a Postgres of its own.
#[derive(Args)]
pub(crate) struct Arguments {
    /// Run the end-to-end suites against an app that is already running, whoever hosts it
    #[arg(long, value_name = "URL", conflicts_with = "interop")]
    base_url: Option<String>,
    /// Run what needs other people's programs, from PyPI and Debian, a browser among them
    #[arg(long)]
    interop: bool,
    /// Largest sizes: 10,000 tasks through a host that is killed, fifty bots for ten days; hours of generated requests with --interop
    #[arg(long)]
    full: bool,
    /// Only tests whose names contain one of these; with --interop, only these subjects
    filters: Vec<String>,
}

pub(crate) fn run(workspace: &Workspace, arguments: &Arguments) -> anyhow::Result<ExitCode> {
    if let Some(url) = &arguments.base_url {
        return end_to_end(workspace, url, &arguments.filters);
    }
    let target = build::components(workspace)?;
    let tests = if arguments.interop {
        let needed = [Program::Migrate, Program::Host, Program::Simulator];
        build::programs(workspace, &needed)?;
        Vec::new()
    } else {
        // And the programs that they start, which belong to the same packages: one core compiles the host for minutes, while the
        // other compiles tests.
        let mut code = cargo::command(workspace);
        code.args(["test", "--tests"]);
        runner::build(code)?
    };
    progress::step("Starting a Postgres for the tests");
    let server = if arguments.interop {
        Server::start_ephemeral()
    } else {
        Server::start_for_tests()
    }?;
    progress::detail(server.origin());
    let equip = |command: &mut Command| {
        // The host's tests build a guest of their own.
        target.tell(command);
        command
            .env("SPINDLE_TEST_DATABASE_URL", server.url("postgres"))
            .env("SPINDLE_HOST_BIN", workspace.program(Program::Host.name()))
            .env(
                "SPINDLE_SIMULATOR_BIN",
                workspace.program(Program::Simulator.name()),
            )
            .env("SPINDLE_ROOT", workspace.root());
        if arguments.full {
            command.env("SPINDLE_TEST_FULL", "1");
        }
    };
    if arguments.interop {
        let app = interop::App::start(workspace, &server)?;
        let mut programs = app.programs(workspace, &arguments.filters);
        programs.args(arguments.full.then_some("--full"));
        equip(&mut programs);
        return cargo::code_of(&mut programs);
    }
    all(workspace, tests, equip, &arguments.filters)
}

/// The tests of all native packages. The documentation's, a call of rustdoc for each package that has some, fill the time in which
/// the others wait.
fn all(
    workspace: &Workspace,
    tests: Vec<runner::Program>,
    equip: impl Fn(&mut Command) + Sync,
    filters: &[String],
) -> anyhow::Result<ExitCode> {
    let start = Instant::now();
    let mut documentation = cargo::command(workspace);
    // All of them, also after a failure: one run tells everything.
    documentation
        .args(["test", "--doc", "--no-fail-fast", "--"])
        .args(filters);
    equip(&mut documentation);
    let reports = thread::scope(|scope| {
        let documentation = scope.spawn(move || documentation.output());
        let mut reports = runner::run(tests, equip, filters);
        let output = documentation
            .join()
            .unwrap_or_else(|_| Err(io::Error::other("its thread ended")));
        reports.push(Report::of("documentation".to_owned(), output));
        reports
    });
    if let Some(documentation) = reports.last() {
        documentation.print();
    }
    Ok(if runner::close(&reports, start) {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

/// The end-to-end suites against an app that runs.
fn end_to_end(workspace: &Workspace, url: &str, filters: &[String]) -> anyhow::Result<ExitCode> {
    if url.starts_with("https:") {
        bail!(
            "the suites speak plain HTTP, and sign in hundreds of accounts: `cargo xtask verify {url}` asks every service over TLS"
        );
    }
    progress::step(format_args!("Running the end-to-end suites against {url}"));
    progress::detail(
        "skipped: host, queue, dependencies, mail_provider, queries and statements, which need processes and tables of their own",
    );
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
    cargo::code_of(&mut command)
}
