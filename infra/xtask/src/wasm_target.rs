//! The target wasm32-wasip2: found, or provided.

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use anyhow::{Context, bail};

use crate::{
    build::TARGET,
    cargo,
    guest_compiler::GuestCompiler,
    progress,
    standard_library::{self, Compiler, Outcome},
    workspace::Workspace,
};

/// What `.cargo/config.toml` sets for the target; the variable below overrides it, so it has to be said again there.
const FEATURES: &str = "-Ctarget-feature=+simd128";
const FLAGS_VARIABLE: &str = "CARGO_TARGET_WASM32_WASIP2_RUSTFLAGS";

/// What tells a test, which is native itself, what compiles its guest.
const TESTS_VARIABLE: &str = "SPINDLE_GUEST_RUSTC";

/// How guests are compiled on this machine.
pub(crate) enum Target {
    /// By the installed compiler, which has the target.
    Installed,
    /// By the installed compiler with a sysroot of our own, where its own can't be written.
    OwnSysroot(PathBuf),
    /// By a compiler of Debian's, where none of its suites has the standard library of the installed one.
    OwnCompiler(GuestCompiler),
}

impl Target {
    /// Makes a cargo command, which compiles nothing else, compile for the target.
    pub(crate) fn apply(&self, command: &mut Command) {
        if let Some((name, value)) = self.variable() {
            command.env(name, value);
        }
    }

    /// Tells a command that runs tests how to compile for the target; what it compiles for this machine is not touched.
    pub(crate) fn tell(&self, command: &mut Command) {
        match self {
            Self::OwnCompiler(compiler) => {
                command.env(TESTS_VARIABLE, compiler.rustc());
            }
            Self::Installed | Self::OwnSysroot(_) => self.apply(command),
        }
    }

    /// `cargo clippy` for the target.
    pub(crate) fn clippy(&self, workspace: &Workspace) -> Command {
        let mut command = match self {
            // It reads what its own compiler has compiled and nothing else.
            Self::OwnCompiler(compiler) => cargo::calling(workspace, compiler.cargo_clippy()),
            Self::Installed | Self::OwnSysroot(_) => cargo::command(workspace),
        };
        command.arg("clippy");
        self.apply(&mut command);
        command
    }

    /// How a plain `spin build` has to be called, if not as such.
    pub(crate) fn advice(&self) -> Option<String> {
        let (name, value) = self.variable()?;
        Some(format!("{name}=\"{value}\" spin build"))
    }

    fn variable(&self) -> Option<(&'static str, String)> {
        match self {
            Self::Installed => None,
            Self::OwnSysroot(sysroot) => Some((FLAGS_VARIABLE, flags(sysroot))),
            Self::OwnCompiler(compiler) => Some(("RUSTC", compiler.rustc().display().to_string())),
        }
    }
}

fn flags(sysroot: &Path) -> String {
    format!("--sysroot={} {FEATURES}", sysroot.display())
}

/// The target, provided first if it is missing.
pub(crate) fn ensure() -> anyhow::Result<Target> {
    let sysroot = sysroot()?;
    if is_complete(&sysroot) {
        return Ok(Target::Installed);
    }
    let own = own_sysroot()?;
    if is_complete(&own) {
        return Ok(Target::OwnSysroot(own));
    }
    if let Some(compiler) = GuestCompiler::cached(&sysroot)? {
        return Ok(Target::OwnCompiler(compiler));
    }
    progress::step(format_args!("Providing the Rust target {TARGET}"));
    if add_with_rustup() && is_complete(&sysroot) {
        return Ok(Target::Installed);
    }
    let (target, outcome) = if is_writable(&sysroot) {
        let outcome = standard_library::build(&sysroot)?;
        (Target::Installed, outcome)
    } else {
        progress::detail(format_args!(
            "the compiler's folder is not writable: using {}",
            own.display()
        ));
        link_host(&sysroot, &own)?;
        let outcome = standard_library::build(&own)?;
        (Target::OwnSysroot(own), outcome)
    };
    let target = match outcome {
        Outcome::Built => target,
        Outcome::NoSource => {
            progress::detail(
                "no suite of Debian has that version: taking a compiler of Debian's for guests alone",
            );
            Target::OwnCompiler(GuestCompiler::provide(&sysroot)?)
        }
    };
    verify(&target)?;
    Ok(target)
}

/// Whether the standard library and the start files are there.
pub(crate) fn is_complete(sysroot: &Path) -> bool {
    let library = standard_library::folder(sysroot);
    let has_std = fs::read_dir(&library).is_ok_and(|entries| {
        entries.flatten().any(|entry| {
            let name = entry.file_name();
            let name = name.to_string_lossy();
            (name.starts_with("libstd-") || name == "libstd.rlib") && name.ends_with(".rlib")
        })
    });
    has_std && library.join("self-contained/crt1-command.o").exists()
}

/// The compiler's own folder.
fn sysroot() -> anyhow::Result<PathBuf> {
    let output = cargo::bare("rustc")
        .args(["--print", "sysroot"])
        .output()
        .context("starting rustc")?;
    let path = String::from_utf8(output.stdout)?;
    if path.trim().is_empty() {
        bail!(
            "rustc tells no sysroot: {}",
            String::from_utf8_lossy(&output.stderr).trim()
        );
    }
    Ok(PathBuf::from(path.trim()))
}

/// A folder of the user's, for exactly this compiler.
fn own_sysroot() -> anyhow::Result<PathBuf> {
    let cache = spindle_debian::cache_folder()
        .context("neither XDG_CACHE_HOME nor HOME says where the target may be kept")?;
    let compiler = Compiler::installed()?;
    Ok(cache.join(format!("sysroot-{}-{}", compiler.release, compiler.commit)))
}

fn add_with_rustup() -> bool {
    let mut rustup = Command::new("rustup");
    rustup
        .args(["target", "add", TARGET])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    match rustup.status() {
        Ok(status) if status.success() => {
            progress::detail("added by rustup");
            true
        }
        Ok(_) => {
            progress::detail("rustup can't download it here");
            false
        }
        Err(_) => {
            progress::detail("there is no rustup here");
            false
        }
    }
}

fn is_writable(sysroot: &Path) -> bool {
    let probe = sysroot.join("lib/rustlib/.spindle-probe");
    let writable = fs::write(&probe, "").is_ok();
    let _ = fs::remove_file(&probe);
    writable
}

/// Gives a sysroot of our own what the host target has: build scripts, procedural macros and the linker.
fn link_host(sysroot: &Path, own: &Path) -> anyhow::Result<()> {
    let compiler = Compiler::installed()?;
    let targets = own.join("lib/rustlib");
    fs::create_dir_all(&targets).with_context(|| format!("creating {}", targets.display()))?;
    let link = targets.join(&compiler.host);
    if !link.exists() {
        let host = sysroot.join("lib/rustlib").join(&compiler.host);
        std::os::unix::fs::symlink(&host, &link)
            .with_context(|| format!("linking {}", link.display()))?;
    }
    Ok(())
}

/// Compiles and links the smallest program.
fn verify(target: &Target) -> anyhow::Result<()> {
    let folder = env::temp_dir().join(format!("spindle-target-{}", std::process::id()));
    fs::create_dir_all(&folder)?;
    let outcome = compile_trivial(&folder, target);
    let _ = fs::remove_dir_all(&folder);
    outcome
}

/// Compiles a program that prints, allocates and may unwind, for the target, in `folder`.
fn compile_trivial(folder: &Path, target: &Target) -> anyhow::Result<()> {
    let source = folder.join("trivial.rs");
    fs::write(
        &source,
        "fn main() { println!(\"{}\", std::env::args().count()); }\n",
    )?;
    let mut rustc = match target {
        Target::OwnCompiler(compiler) => cargo::bare(compiler.rustc()),
        Target::Installed | Target::OwnSysroot(_) => cargo::bare("rustc"),
    };
    rustc
        .arg(&source)
        .args([
            "--target",
            TARGET,
            "--edition",
            "2024",
            "-Cpanic=abort",
            "-o",
        ])
        .arg(folder.join("trivial.wasm"));
    if let Target::OwnSysroot(sysroot) = target {
        rustc.arg("--sysroot").arg(sysroot);
    }
    let output = rustc.output().context("starting rustc")?;
    if !output.status.success() {
        bail!(
            "the target {TARGET} does not work: {}",
            String::from_utf8_lossy(&output.stderr).trim()
        );
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a machine without rustup's downloads does, into a sysroot that is thrown away. Takes a minute.
    #[test]
    fn the_standard_library_is_built_from_debians_packages() {
        if env::var_os("SPINDLE_TEST_FULL").is_none() {
            eprintln!("skipped: `cargo xtask test --full` fetches Debian's packages");
            return;
        }
        let own = tempfile::tempdir().unwrap();
        let target = Target::OwnSysroot(own.path().to_owned());
        link_host(&sysroot().unwrap(), own.path()).unwrap();
        assert!(!is_complete(own.path()));
        assert!(compile_trivial(own.path(), &target).is_err());
        assert_eq!(standard_library::build(own.path()).unwrap(), Outcome::Built);
        assert!(is_complete(own.path()));
        compile_trivial(own.path(), &target).unwrap();
    }

    /// What one does whose compiler no suite of Debian has the source of. Takes three minutes.
    #[test]
    fn guests_are_compiled_by_debians_own_compiler() {
        if env::var_os("SPINDLE_TEST_FULL").is_none() {
            eprintln!("skipped: `cargo xtask test --full` fetches Debian's packages");
            return;
        }
        let cache = tempfile::tempdir().unwrap();
        let home = cache.path().join("compiler");
        let compiler = GuestCompiler::provide_in(&home, &sysroot().unwrap()).unwrap();
        let target = Target::OwnCompiler(compiler);
        verify(&target).unwrap();
    }

    #[test]
    fn only_what_compiles_guests_alone_is_given_another_compiler() {
        let target = Target::OwnCompiler(GuestCompiler::at("/cache/compiler".into()));
        let variables = |give: fn(&Target, &mut Command)| {
            let mut command = Command::new("cargo");
            give(&target, &mut command);
            command
                .get_envs()
                .map(|(name, _)| name.to_owned())
                .collect::<Vec<_>>()
        };
        assert_eq!(variables(Target::apply), ["RUSTC"]);
        assert_eq!(variables(Target::tell), [TESTS_VARIABLE]);
        assert_eq!(
            target.advice().unwrap(),
            "RUSTC=\"/cache/compiler/rustc\" spin build"
        );
    }
}
