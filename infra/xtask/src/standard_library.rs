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

/// A compiler, and what it tells about itself.
pub(crate) struct Compiler {
    /// The program: `rustc`, the one in use, or a path.
    pub(crate) program: PathBuf,
    /// E.g. `1.95.0`.
    pub(crate) release: String,
    /// The first letters of its commit.
    pub(crate) commit: String,
    /// The machine's own target.
    pub(crate) host: String,
}

impl Compiler {
    /// The one in use.
    pub(crate) fn installed() -> anyhow::Result<Self> {
        Self::inspect(Path::new("rustc"))
    }

    pub(crate) fn inspect(program: &Path) -> anyhow::Result<Self> {
        let output = cargo::bare(program)
            .arg("-vV")
            .output()
            .with_context(|| format!("starting {}", program.display()))?;
        if !output.status.success() {
            bail!(
                "{} does not work: {}",
                program.display(),
                String::from_utf8_lossy(&output.stderr).trim()
            );
        }
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
            program: program.to_owned(),
            release: field("release")?,
            commit,
            host: field("host")?,
        })
    }
}

/// How building the library of the installed compiler ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    Built,
    /// No suite of Debian has its source.
    NoSource,
}

/// Puts the target's standard library for the installed compiler into a sysroot.
pub(crate) fn build(sysroot: &Path) -> anyhow::Result<Outcome> {
    if spindle_debian::codename().is_none() {
        bail!(
            "the Rust target {TARGET} is missing and rustup can't add it; building it instead takes Debian's packages, and \
             this is not Debian: install the target (`rustup target add {TARGET}`, or your distribution's package of the \
             standard library for WebAssembly)"
        );
    }
    let compiler = Compiler::installed()?;
    let work = env::temp_dir().join(format!("spindle-std-{}", std::process::id()));
    fs::create_dir_all(&work)?;
    let outcome = build_in(&work, sysroot, &compiler);
    let _ = fs::remove_dir_all(&work);
    outcome
}

fn build_in(work: &Path, sysroot: &Path, compiler: &Compiler) -> anyhow::Result<Outcome> {
    let root = progress::timed(
        format_args!(
            "Fetching rust-src {} and wasi-libc from Debian",
            compiler.release
        ),
        || {
            let Some((archive, version)) = find_source(work, &compiler.release)? else {
                return Ok(None);
            };
            archive
                .unpack(&[format!("rust-src={version}"), "wasi-libc".to_owned()])
                .map(Some)
        },
    )?;
    let Some(root) = root else {
        return Ok(Outcome::NoSource);
    };
    let source = Source {
        rust: &root,
        wasi: &root,
    };
    source.build(compiler, work, sysroot)?;
    Ok(Outcome::Built)
}

/// Roots of unpacked packages.
pub(crate) struct Source<'a> {
    /// With `rust-src`, or what is like it.
    pub(crate) rust: &'a Path,
    /// With `wasi-libc`.
    pub(crate) wasi: &'a Path,
}

impl Source<'_> {
    /// Builds the library with the compiler whose source it is, in the folder `work`, and puts it into a sysroot.
    pub(crate) fn build(
        &self,
        compiler: &Compiler,
        work: &Path,
        sysroot: &Path,
    ) -> anyhow::Result<()> {
        let library = find_library(self.rust)?;
        let target = work.join("target");
        progress::timed(
            format_args!("Building the standard library for {TARGET}"),
            || {
                let mut command = cargo::bare("cargo");
                command
                    // Outside of every workspace, whose .cargo/config.toml would count otherwise.
                    .current_dir(work)
                    .env("RUSTC", &compiler.program)
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
        let built = target.join(TARGET).join("release/deps");
        install(&built, self.wasi, &folder(sysroot))
    }
}

/// As rustup's own is built, which is also why its paths begin with /rustc: messages then name no temporary folder.
fn flags(library: &Path, compiler: &Compiler) -> String {
    let (from, release) = (library.display(), &compiler.release);
    format!(
        "-Zforce-unstable-if-unmarked -Cembed-bitcode=yes -Cpanic=abort --remap-path-prefix={from}=/rustc/{release}/library"
    )
}

/// The archive that has `rust-src` of this version, and how Debian calls that; `None` if no suite has it.
fn find_source(work: &Path, release: &str) -> anyhow::Result<Option<(Archive, String)>> {
    for (step, suites) in SUITES.iter().enumerate() {
        let archive = Archive::read(&work.join(format!("apt-{step}")), suites)?;
        if let Some(version) = archive
            .versions("rust-src")?
            .into_iter()
            .find(|version| is_of_release(version, release))
        {
            return Ok(Some((archive, version)));
        }
    }
    Ok(None)
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
