//! Builds Rust's standard library for the target from Debian's own packages, where rustup can't download it.
//!
//! `rust-src` of exactly the compiler's version has the source; `wasi-libc` has the C library's start files. Nothing is
//! installed on the machine but the result.

use std::{
    env, fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, bail};

use spindle_debian::Archive;

use crate::{build::TARGET, cargo, progress};

/// Suites that have both packages, and those to look in when the compiler is newer.
const SUITES: [&[&str]; 2] = [
    &["trixie", "trixie-backports"],
    &["trixie", "trixie-backports", "testing", "unstable"],
];

/// What of wasi-libc is linked into a component.
const START_FILES: [&str; 3] = ["crt1-command.o", "crt1-reactor.o", "libc.a"];

/// Where a sysroot keeps the target's libraries.
pub(crate) fn folder(sysroot: &Path) -> PathBuf {
    sysroot.join("lib/rustlib").join(TARGET).join("lib")
}

/// The compiler in use.
pub(crate) struct Compiler {
    /// E.g. `1.95.0`.
    pub(crate) release: String,
    /// The first letters of its commit.
    pub(crate) commit: String,
    /// The machine's own target.
    pub(crate) host: String,
}

impl Compiler {
    pub(crate) fn inspect() -> anyhow::Result<Self> {
        let output = cargo::bare("rustc")
            .arg("-vV")
            .output()
            .context("starting rustc")?;
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        let field = |name: &str| {
            let value = text
                .lines()
                .find_map(|line| line.strip_prefix(name)?.strip_prefix(": "));
            value
                .map(str::to_owned)
                .with_context(|| format!("`rustc -vV` tells no {name}"))
        };
        let commit = field("commit-hash")?.chars().take(9).collect();
        Ok(Self {
            release: field("release")?,
            commit,
            host: field("host")?,
        })
    }
}

/// Puts the target's standard library into a sysroot.
pub(crate) fn build(sysroot: &Path) -> anyhow::Result<()> {
    if spindle_debian::codename().is_none() {
        bail!(
            "the Rust target {TARGET} is missing and rustup can't add it; building it instead takes Debian's packages, and \
             this is not Debian: install the target (`rustup target add {TARGET}`, or your distribution's package of the \
             standard library for WebAssembly)"
        );
    }
    let compiler = Compiler::inspect()?;
    let work = env::temp_dir().join(format!("spindle-std-{}", std::process::id()));
    fs::create_dir_all(&work)?;
    let outcome = build_in(&work, sysroot, &compiler);
    let _ = fs::remove_dir_all(&work);
    outcome
}

fn build_in(work: &Path, sysroot: &Path, compiler: &Compiler) -> anyhow::Result<()> {
    let root = progress::timed(
        format_args!(
            "Fetching rust-src {} and wasi-libc from Debian",
            compiler.release
        ),
        || {
            let (archive, version) = find_source(work, &compiler.release)?;
            archive.unpack(&[format!("rust-src={version}"), "wasi-libc".to_owned()])
        },
    )?;
    let library = find_library(&root)?;
    let target = work.join("target");
    progress::timed(
        format_args!("Building the standard library for {TARGET}"),
        || {
            let mut command = cargo::bare("cargo");
            command
                // Outside of every workspace, whose .cargo/config.toml would count otherwise.
                .current_dir(work)
                .env("RUSTC_BOOTSTRAP", "1")
                .env("RUSTFLAGS", flags(&library, compiler))
                .env("CARGO_TARGET_DIR", &target)
                .args([
                    "build",
                    "--release",
                    "--target",
                    TARGET,
                    "--features",
                    "compiler-builtins-mem",
                    "--manifest-path",
                ])
                .arg(library.join("sysroot/Cargo.toml"));
            cargo::run(&mut command)
        },
    )?;
    install(
        &target.join(TARGET).join("release/deps"),
        &root,
        &folder(sysroot),
    )
}

/// As rustup's own is built, which is also why its paths begin with /rustc: messages then name no temporary folder.
fn flags(library: &Path, compiler: &Compiler) -> String {
    let (from, release) = (library.display(), &compiler.release);
    format!(
        "-Zforce-unstable-if-unmarked -Cembed-bitcode=yes -Cpanic=abort --remap-path-prefix={from}=/rustc/{release}/library"
    )
}

/// The archive that has `rust-src` of this version, and how Debian calls that.
fn find_source(work: &Path, release: &str) -> anyhow::Result<(Archive, String)> {
    for (step, suites) in SUITES.iter().enumerate() {
        let archive = Archive::read(&work.join(format!("apt-{step}")), suites)?;
        if let Some(version) = archive
            .versions("rust-src")?
            .into_iter()
            .find(|version| is_of_release(version, release))
        {
            return Ok((archive, version));
        }
    }
    bail!(
        "no Debian suite has rust-src {release}, which building the target {TARGET} takes: use a compiler of a version that \
         one has, or `rustup target add {TARGET}` where rustup can download"
    )
}

/// Whether a Debian version, `1.95.0+dfsg1-1~bpo13+1`, is that of a release.
fn is_of_release(version: &str, release: &str) -> bool {
    version
        .strip_prefix(release)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with(['+', '-', '~']))
}

/// `usr/src/rustc-<version>/library`.
fn find_library(root: &Path) -> anyhow::Result<PathBuf> {
    let sources = root.join("usr/src");
    let entries =
        fs::read_dir(&sources).with_context(|| format!("reading {}", sources.display()))?;
    let found = entries
        .flatten()
        .map(|entry| entry.path().join("library"))
        .find(|path| path.join("sysroot/Cargo.toml").exists());
    found.context("rust-src has no library/sysroot/Cargo.toml")
}

fn install(built: &Path, root: &Path, library: &Path) -> anyhow::Result<()> {
    let start_files = library.join("self-contained");
    fs::create_dir_all(&start_files)
        .with_context(|| format!("creating {}", start_files.display()))?;
    for name in START_FILES {
        let from = root.join("usr/lib").join(TARGET).join(name);
        copy(&from, &start_files.join(name))?;
    }
    for entry in fs::read_dir(built).with_context(|| format!("reading {}", built.display()))? {
        let path = entry?.path();
        if path
            .extension()
            .is_some_and(|extension| extension == "rlib")
            && let Some(name) = path.file_name()
        {
            copy(&path, &library.join(name))?;
        }
    }
    Ok(())
}

fn copy(from: &Path, to: &Path) -> anyhow::Result<()> {
    fs::copy(from, to)
        .with_context(|| format!("copying {} to {}", from.display(), to.display()))?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debians_versions_of_a_release_are_told_from_others() {
        for (version, release, expected) in [
            ("1.95.0+dfsg1-1~bpo13+1", "1.95.0", true),
            ("1.95.0-2", "1.95.0", true),
            ("1.95.01-2", "1.95.0", false),
            ("1.85.0+dfsg3-1", "1.95.0", false),
        ] {
            assert_eq!(is_of_release(version, release), expected, "{version}");
        }
    }
}
