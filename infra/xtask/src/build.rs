//! The two cargo calls that everything else needs, each one call, so that nothing is built twice with other features.

use crate::{cargo, progress, wasm_target, workspace::Workspace};

/// The target of all components.
pub(crate) const TARGET: &str = "wasm32-wasip2";

/// A native program of this workspace.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Program {
    Migrate,
    Host,
    Seed,
    Simulator,
}

impl Program {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Migrate => "migrate",
            Self::Host => "spindle-host",
            Self::Seed => "spindle-seed",
            Self::Simulator => "kraken-simulator",
        }
    }
}

/// Builds all components, and the target's standard library first if it is missing. Answers how guests are compiled here.
pub(crate) fn components(workspace: &Workspace) -> anyhow::Result<wasm_target::Target> {
    let target = wasm_target::ensure()?;
    let packages = workspace.components()?;
    progress::timed(
        format_args!("Building {} components", packages.len()),
        || {
            let mut command = cargo::command(workspace);
            command.args(["build", "--release", "--target", TARGET]);
            // Where spin.toml looks for them, wherever CARGO_TARGET_DIR has the rest.
            command.arg("--target-dir").arg(workspace.path("target"));
            for package in &packages {
                command.args(["--package", package]);
            }
            target.apply(&mut command);
            cargo::run(&mut command)
        },
    )?;
    Ok(target)
}

/// Builds native programs. No package is named, so that features are those of the whole workspace, as for the tests.
pub(crate) fn programs(workspace: &Workspace, programs: &[Program]) -> anyhow::Result<()> {
    let names: Vec<_> = programs.iter().map(|program| program.name()).collect();
    progress::timed(format_args!("Building {}", names.join(", ")), || {
        let mut command = cargo::command(workspace);
        command.arg("build");
        for name in &names {
            command.args(["--bin", name]);
        }
        cargo::run(&mut command)
    })
}
