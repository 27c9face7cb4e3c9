//! Cargo, called from a program that cargo runs.

use std::{
    env,
    ffi::{OsStr, OsString},
    process::{Command, ExitCode},
};

use anyhow::{Context, bail};

use crate::workspace::Workspace;

/// Cargo for this workspace, without what the outer `cargo run` told this program about itself.
pub(crate) fn command(workspace: &Workspace) -> Command {
    calling(workspace, "cargo")
}

/// A program that calls cargo for this workspace.
pub(crate) fn calling(workspace: &Workspace, program: impl AsRef<OsStr>) -> Command {
    let mut command = Command::new(program);
    command.current_dir(workspace.root());
    for (name, _) in env::vars_os() {
        if is_of_outer_run(&name) {
            command.env_remove(name);
        }
    }
    command
}

/// Cargo outside of any workspace: also without the settings that this one or its user gave for their own code.
pub(crate) fn bare(program: impl AsRef<OsStr>) -> Command {
    let mut command = Command::new(program);
    for (name, _) in env::vars_os() {
        let text = name.to_string_lossy();
        let setting = text.starts_with("CARGO")
            && !matches!(
                text.as_ref(),
                "CARGO_HOME" | "CARGO_HTTP_CAINFO" | "CARGO_NET_OFFLINE"
            );
        if setting
            && !text.starts_with("CARGO_REGISTR")
            && !text.starts_with("CARGO_SOURCE")
            && !text.starts_with("CARGO_HTTP")
            || matches!(
                text.as_ref(),
                "RUSTFLAGS" | "RUSTDOCFLAGS" | "RUSTC_WRAPPER" | "RUSTC_WORKSPACE_WRAPPER"
            )
        {
            command.env_remove(&name);
        }
    }
    command
}

/// Runs a command whose output the user sees; its failure ends ours.
pub(crate) fn run(command: &mut Command) -> anyhow::Result<()> {
    let status = command
        .status()
        .with_context(|| format!("starting {}", command.get_program().display()))?;
    if !status.success() {
        bail!("`{}` failed ({status})", shown(command));
    }
    Ok(())
}

/// Runs a command whose output the user sees; its code is ours.
pub(crate) fn code_of(command: &mut Command) -> anyhow::Result<ExitCode> {
    let status = command
        .status()
        .with_context(|| format!("starting {}", command.get_program().display()))?;
    let code = status.code().and_then(|code| u8::try_from(code).ok());
    Ok(ExitCode::from(code.unwrap_or(1)))
}

/// The command as a person would type it.
pub(crate) fn shown(command: &Command) -> String {
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    words
        .map(|word| word.to_string_lossy().into_owned())
        .collect::<Vec<_>>()
        .join(" ")
}

/// Variables that describe the package `xtask` to itself. Left in place they make build scripts run again.
fn is_of_outer_run(name: &OsString) -> bool {
    let name = name.to_string_lossy();
    name == "CARGO"
        || [
            "CARGO_PKG_",
            "CARGO_MANIFEST_",
            "CARGO_BIN_",
            "CARGO_CRATE_",
        ]
        .iter()
        .any(|prefix| name.starts_with(prefix))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_of_the_user_reach_the_inner_cargo_and_our_own_description_does_not() {
        for (name, own) in [
            ("CARGO_MANIFEST_DIR", true),
            ("CARGO_PKG_VERSION", true),
            ("CARGO", true),
            ("CARGO_TARGET_DIR", false),
            ("CARGO_HOME", false),
            ("CARGO_TARGET_WASM32_WASIP2_RUSTFLAGS", false),
        ] {
            assert_eq!(is_of_outer_run(&name.into()), own, "{name}");
        }
    }
}
