//! The target wasm32-wasip2: found, or provided.

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use anyhow::{Context, bail};

use crate::{build::TARGET, cargo, progress, standard_library};

/// What `.cargo/config.toml` sets for the target; the variable below overrides it, so it has to be said again there.
const FEATURES: &str = "-Ctarget-feature=+simd128";
const FLAGS_VARIABLE: &str = "CARGO_TARGET_WASM32_WASIP2_RUSTFLAGS";

/// How guests are compiled on this machine.
pub(crate) struct Target {
    /// A sysroot of our own, where the compiler's can't be written.
    own_sysroot: Option<PathBuf>,
}

impl Target {
    /// Makes a cargo command compile for the target.
    pub(crate) fn apply(&self, command: &mut Command) {
        if let Some(sysroot) = &self.own_sysroot {
            command.env(FLAGS_VARIABLE, flags(sysroot));
        }
    }

    /// What a plain `spin build` needs to be told, if anything.
    pub(crate) fn advice(&self) -> Option<String> {
        let sysroot = self.own_sysroot.as_ref()?;
        Some(format!("export {FLAGS_VARIABLE}=\"{}\"", flags(sysroot)))
    }
}

fn flags(sysroot: &Path) -> String {
    format!("--sysroot={} {FEATURES}", sysroot.display())
}

/// The target, provided first if it is missing.
pub(crate) fn ensure() -> anyhow::Result<Target> {
    let sysroot = sysroot()?;
    if is_complete(&sysroot) {
        return Ok(Target { own_sysroot: None });
    }
    let own = own_sysroot()?;
    if is_complete(&own) {
        return Ok(Target {
            own_sysroot: Some(own),
        });
    }
    progress::step(format_args!("Providing the Rust target {TARGET}"));
    if add_with_rustup() && is_complete(&sysroot) {
        return Ok(Target { own_sysroot: None });
    }
    let target = if is_writable(&sysroot) {
        standard_library::build(&sysroot)?;
        Target { own_sysroot: None }
    } else {
        progress::detail(format_args!(
            "the compiler's folder is not writable: using {}",
            own.display()
        ));
        link_host(&sysroot, &own)?;
        standard_library::build(&own)?;
        Target {
            own_sysroot: Some(own),
        }
    };
    verify(target.own_sysroot.as_deref())?;
    Ok(target)
}

/// Whether the standard library and the start files are there.
fn is_complete(sysroot: &Path) -> bool {
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
    let compiler = standard_library::Compiler::inspect()?;
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
    let compiler = standard_library::Compiler::inspect()?;
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
fn verify(own_sysroot: Option<&Path>) -> anyhow::Result<()> {
    let folder = env::temp_dir().join(format!("spindle-target-{}", std::process::id()));
    fs::create_dir_all(&folder)?;
    let outcome = compile_trivial(&folder, own_sysroot);
    let _ = fs::remove_dir_all(&folder);
    outcome
}

/// Compiles a program that prints, allocates and may unwind, for the target, in `folder`.
pub(crate) fn compile_trivial(folder: &Path, sysroot: Option<&Path>) -> anyhow::Result<()> {
    let source = folder.join("trivial.rs");
    fs::write(
        &source,
        "fn main() { println!(\"{}\", std::env::args().count()); }\n",
    )?;
    let mut rustc = cargo::bare("rustc");
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
    if let Some(sysroot) = sysroot {
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
        link_host(&sysroot().unwrap(), own.path()).unwrap();
        assert!(!is_complete(own.path()));
        assert!(compile_trivial(own.path(), Some(own.path())).is_err());
        standard_library::build(own.path()).unwrap();
        assert!(is_complete(own.path()));
        compile_trivial(own.path(), Some(own.path())).unwrap();
    }
}
