//! `cargo xtask coverage`: how much of a crate its native tests run, by the compiler's own instruments.

use std::{
    env, fs,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::{Command, ExitCode},
};

use anyhow::{Context, bail};
use clap::Args;
use serde_json::Value;

use crate::{cargo, progress, runner, workspace::Workspace};

/// Measure the line coverage of a crate by its native tests. Needs LLVM's tools of the compiler's version
#[derive(Args)]
pub(crate) struct Arguments {
    /// The folder below crates/
    #[arg(default_value = "identity")]
    name: String,
    /// Fail below this many percent of all lines
    #[arg(long, default_value_t = 90.0)]
    least: f64,
}

pub(crate) fn run(workspace: &Workspace, arguments: &Arguments) -> anyhow::Result<ExitCode> {
    let tools = Tools::find()?;
    let folder = workspace.path("target/coverage");
    let profiles = folder.join(&arguments.name);
    if profiles.exists() {
        fs::remove_dir_all(&profiles)
            .with_context(|| format!("removing {}", profiles.display()))?;
    }
    fs::create_dir_all(&profiles).with_context(|| format!("creating {}", profiles.display()))?;
    let package = format!("spindle-{}", arguments.name);
    let test = || -> anyhow::Result<Command> {
        let mut command = cargo::command(workspace);
        command
            .args(["test", "--package", &package, "--lib", "--tests"])
            .env("RUSTC_WORKSPACE_WRAPPER", instrumented(&folder)?)
            // One file a process, merged where a program's name comes again.
            .env("LLVM_PROFILE_FILE", profiles.join("%p-%m.profraw"));
        Ok(command)
    };
    progress::step(format_args!("Instrumenting {package}"));
    let programs = runner::build(test()?)?;
    let mut executables = programs.iter().map(runner::Program::executable);
    let first = executables.next().context("there are no tests")?;
    let others: Vec<_> = executables.collect();
    progress::step("Running them");
    let tested = test()?.status().context("starting cargo")?;
    if !tested.success() {
        bail!("tests failed: what they run would be no measure");
    }
    let merged = profiles.join("merged.profdata");
    cargo::run(
        Command::new(&tools.profdata)
            .args(["merge", "-sparse", "-o"])
            .arg(&merged)
            .args(raw_profiles(&profiles)?),
    )?;
    let sources = workspace.path(&format!("crates/{}/src", arguments.name));
    let report = |words: &[&str]| {
        let mut command = Command::new(&tools.cov);
        command
            .args(words)
            .arg(format!("--instr-profile={}", merged.display()));
        // The first by itself, as what comes after it names sources.
        command.arg(first);
        for program in &others {
            command.arg("--object").arg(program);
        }
        command.arg(&sources);
        command
    };
    cargo::run(&mut report(&["report", "--show-region-summary=false"]))?;
    let output = report(&["export", "--summary-only"])
        .output()
        .with_context(|| format!("starting {}", tools.cov.display()))?;
    let percent = lines(&serde_json::from_slice(&output.stdout).context("reading the summary")?)?;
    progress::step(format_args!(
        "{percent:.1} % of the lines of {package} run; at least {} are asked for",
        arguments.least
    ));
    Ok(if percent < arguments.least {
        ExitCode::FAILURE
    } else {
        ExitCode::SUCCESS
    })
}

/// The share of lines that ran, of all files together.
fn lines(summary: &Value) -> anyhow::Result<f64> {
    summary
        .pointer("/data/0/totals/lines/percent")
        .and_then(Value::as_f64)
        .context("the summary has no total of lines")
}

/// A compiler that instruments the packages of this workspace and no others: what they depend on stays compiled as it is.
fn instrumented(folder: &Path) -> anyhow::Result<PathBuf> {
    let script = folder.join("rustc");
    fs::write(&script, "#!/bin/sh\nexec \"$@\" -Cinstrument-coverage\n")
        .and_then(|()| fs::set_permissions(&script, fs::Permissions::from_mode(0o755)))
        .with_context(|| format!("writing {}", script.display()))?;
    Ok(script)
}

fn raw_profiles(folder: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).with_context(|| format!("reading {}", folder.display()))? {
        let path = entry?.path();
        if path.extension().is_some_and(|kind| kind == "profraw") {
            found.push(path);
        }
    }
    if found.is_empty() {
        bail!("the tests left no profile in {}", folder.display());
    }
    Ok(found)
}

/// LLVM's tools for profiles. They read what a compiler of the same LLVM writes.
struct Tools {
    profdata: PathBuf,
    cov: PathBuf,
}

impl Tools {
    /// The compiler's own (rustup's component `llvm-tools`), else the distribution's of the same version.
    fn find() -> anyhow::Result<Self> {
        let (host, major) = compiler(&told_by_rustc(&["-vV"])?)?;
        let sysroot = told_by_rustc(&["--print", "sysroot"])?;
        let own = Path::new(sysroot.trim())
            .join("lib/rustlib")
            .join(host)
            .join("bin");
        let packaged = PathBuf::from(format!("/usr/lib/llvm-{major}/bin"));
        for folder in [own, packaged] {
            let tools = Self {
                profdata: folder.join("llvm-profdata"),
                cov: folder.join("llvm-cov"),
            };
            if tools.profdata.is_file() && tools.cov.is_file() {
                return Ok(tools);
            }
        }
        bail!(
            "no llvm-profdata and llvm-cov of LLVM {major}: `rustup component add llvm-tools`, or on Debian \
             `apt-get install --no-install-recommends llvm-{major}`"
        )
    }
}

/// Its host, and the major version of its LLVM.
fn compiler(told: &str) -> anyhow::Result<(String, String)> {
    let line = |name: &str| told.lines().find_map(|line| line.strip_prefix(name));
    let host = line("host: ").context("rustc does not tell its host")?;
    let version = line("LLVM version: ").context("rustc does not tell its LLVM's version")?;
    let major = version.split('.').next().unwrap_or(version);
    Ok((host.trim().to_owned(), major.trim().to_owned()))
}

fn told_by_rustc(words: &[&str]) -> anyhow::Result<String> {
    let rustc = env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let output = Command::new(rustc)
        .args(words)
        .output()
        .context("starting rustc")?;
    Ok(String::from_utf8(output.stdout)?)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_share_of_lines_is_that_of_all_files() {
        let summary =
            json!({"data": [{"totals": {"lines": {"count": 10, "covered": 9, "percent": 90.0}}}]});
        assert_eq!(lines(&summary).ok(), Some(90.0));
        assert!(lines(&json!({"data": []})).is_err());
    }

    #[test]
    fn the_tools_are_those_of_the_compilers_llvm() {
        let told =
            "rustc 1.95.0\nhost: x86_64-unknown-linux-gnu\nrelease: 1.95.0\nLLVM version: 22.1.2\n";
        let (host, major) = compiler(told).unwrap();
        assert_eq!(
            (host.as_str(), major.as_str()),
            ("x86_64-unknown-linux-gnu", "22")
        );
        assert!(compiler("rustc 1.95.0").is_err());
    }
}
