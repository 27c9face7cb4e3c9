//! `cargo xtask lint`: everything that can be said of the source without running it.

use std::{
    process::{Command, ExitCode, Stdio},
    time::Instant,
};

use crate::{build::TARGET, cargo, progress, rules, wasm_target, workspace::Workspace};

/// How one check ended.
enum Outcome {
    Passed,
    Failed,
    /// Not run, and why.
    Skipped(&'static str),
}

/// Components of `infra/redis`, whose manifest is its own: the build of all components leaves them out.
const APART: [&str; 2] = ["redis-publish", "redis-wake"];

pub(crate) fn run(workspace: &Workspace) -> anyhow::Result<ExitCode> {
    let target = wasm_target::ensure()?;
    let mut summary = Vec::new();
    let mut check = |name: &'static str,
                     work: &mut dyn FnMut() -> anyhow::Result<Outcome>|
     -> anyhow::Result<()> {
        progress::step(name);
        let start = Instant::now();
        let outcome = work()?;
        summary.push((name, outcome, start.elapsed()));
        Ok(())
    };

    check("format", &mut || {
        passes(cargo::command(workspace).args(["fmt", "--all", "--check"]))
    })?;
    check("clippy, native", &mut || {
        passes(cargo::command(workspace).args([
            "clippy",
            "--all-targets",
            "--",
            "--deny",
            "warnings",
        ]))
    })?;
    let packages = workspace.components()?;
    check("clippy, components", &mut || {
        let mut command = target.clippy(workspace);
        // The release profile shares build scripts and procedural macros with the build.
        command.args(["--release", "--target", TARGET]);
        for package in packages.iter().map(String::as_str).chain(APART) {
            command.args(["--package", package]);
        }
        passes(command.args(["--", "--deny", "warnings"]))
    })?;
    check("the repository's rules", &mut || {
        let findings = rules::check(workspace)?;
        for finding in &findings {
            println!("{finding}");
        }
        Ok(if findings.is_empty() {
            Outcome::Passed
        } else {
            Outcome::Failed
        })
    })?;
    check("licences, bans, sources", &mut || dependencies(workspace))?;

    println!();
    let mut code = ExitCode::SUCCESS;
    for (name, outcome, took) in &summary {
        let word = match outcome {
            Outcome::Passed => "passed".to_owned(),
            Outcome::Skipped(why) => format!("skipped: {why}"),
            Outcome::Failed => {
                code = ExitCode::FAILURE;
                "FAILED".to_owned()
            }
        };
        println!("{name:<26} {word} ({:.1} s)", took.as_secs_f64());
    }
    Ok(code)
}

fn passes(command: &mut Command) -> anyhow::Result<Outcome> {
    Ok(if command.status()?.success() {
        Outcome::Passed
    } else {
        Outcome::Failed
    })
}

/// What `deny.toml` says of dependencies. Advisories need a database from the network: the workflow checks them.
fn dependencies(workspace: &Workspace) -> anyhow::Result<Outcome> {
    let mut probe = Command::new("cargo");
    probe
        .args(["deny", "--version"])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    if !probe.status().is_ok_and(|status| status.success()) {
        return Ok(Outcome::Skipped(
            "cargo-deny is not installed (`cargo install --locked cargo-deny`, about four minutes of compiling); the workflow runs it",
        ));
    }
    let mut command = cargo::command(workspace);
    passes(command.args([
        "deny",
        "--all-features",
        "check",
        "--hide-inclusion-graph",
        "licenses",
        "bans",
        "sources",
    ]))
}
