//! A compiler of Debian's for guests alone, where no suite has the source of the installed one's standard library.
//!
//! The security updates of Debian 12 have `rustc-web` and `rust-web-src`, which its browsers take, as a pair of one version. They
//! are unpacked into the user's cache, not installed; what is compiled for this machine stays the installed compiler's.

use std::{
    fs,
    os::unix::fs::{PermissionsExt, symlink},
    path::{Path, PathBuf},
};

use anyhow::{Context, bail};
use spindle_debian::{Archive, cache_folder, library_folders, on_path};

use crate::{
    build::TARGET,
    progress,
    standard_library::{Compiler, Source},
    wasm_target,
};

/// The updates, and the suite that has the libraries which those take.
const SUITES: [&str; 2] = ["bookworm", "bookworm-security"];

/// The first suite whose wasi-libc has the target. By itself: its libraries are too new for the other suites' machines.
const WASI_SUITE: &str = "trixie";

/// The least version that compiles this workspace.
const LEAST: &str = env!("CARGO_PKG_RUST_VERSION");

/// What makes a component of what was compiled. Rust's own toolchains bring it, and Debian has no package of it.
const LINKER: &str = "wasm-component-ld";

/// Programs that are called through a script, which tells the loader where their libraries are.
const PROGRAMS: [&str; 2] = ["rustc", "cargo-clippy"];

/// An unpacked compiler.
pub(crate) struct GuestCompiler {
    home: PathBuf,
}

impl GuestCompiler {
    /// The one that was provided before. It links by what the installed compiler, whose sysroot is given, has.
    pub(crate) fn cached(installed: &Path) -> anyhow::Result<Option<Self>> {
        let Some(found) = home().map(Self::at).filter(Self::is_complete) else {
            return Ok(None);
        };
        found.link_tools(installed)?;
        Ok(Some(found))
    }

    /// Fetches the compiler and builds the target's standard library for it.
    pub(crate) fn provide(installed: &Path) -> anyhow::Result<Self> {
        let home =
            home().context("neither XDG_CACHE_HOME nor HOME says where a compiler may be kept")?;
        Self::provide_in(&home, installed)
    }

    /// The same, in a folder that does not exist yet.
    pub(crate) fn provide_in(home: &Path, installed: &Path) -> anyhow::Result<Self> {
        let parent = home.parent().unwrap_or(Path::new("/"));
        let work = parent.join(format!(".rustc-web-{}", std::process::id()));
        fs::create_dir_all(&work).with_context(|| format!("creating {}", work.display()))?;
        let outcome = make(&work, installed).and_then(|root| {
            // All or nothing; whoever came first wins.
            match fs::rename(&root, home) {
                Err(error) if !Self::at(home.to_owned()).is_complete() => {
                    Err(error).with_context(|| format!("moving the compiler to {}", home.display()))
                }
                _ => Ok(()),
            }
        });
        let _ = fs::remove_dir_all(&work);
        outcome?;
        Ok(Self::at(home.to_owned()))
    }

    pub(crate) fn at(home: PathBuf) -> Self {
        Self { home }
    }

    pub(crate) fn rustc(&self) -> PathBuf {
        self.home.join("rustc")
    }

    /// Clippy of the same version.
    pub(crate) fn cargo_clippy(&self) -> PathBuf {
        self.home.join("cargo-clippy")
    }

    fn sysroot(&self) -> PathBuf {
        self.home.join("usr")
    }

    fn is_complete(&self) -> bool {
        self.rustc().is_file() && wasm_target::is_complete(&self.sysroot())
    }

    /// Writes the scripts through which its programs are called. They find it wherever it lies.
    fn write_scripts(&self) -> anyhow::Result<()> {
        let folders: Vec<_> = library_folders(&self.home)
            .iter()
            .filter_map(|folder| folder.strip_prefix(&self.home).ok())
            .map(|folder| format!("$home/{}", folder.display()))
            .collect();
        for program in PROGRAMS {
            let path = self.home.join(program);
            fs::write(&path, script(program, &folders.join(":")))
                .and_then(|()| fs::set_permissions(&path, fs::Permissions::from_mode(0o755)))
                .with_context(|| format!("writing {}", path.display()))?;
        }
        Ok(())
    }

    /// Lends it the linker of the installed compiler, whose sysroot is given.
    fn link_tools(&self, installed: &Path) -> anyhow::Result<()> {
        let Some(tools) = linker(installed)? else {
            return Ok(());
        };
        let host = Compiler::inspect(&self.rustc())?.host;
        let link = tools_folder(&self.sysroot(), &host);
        if fs::read_link(&link).is_ok_and(|to| to == tools) {
            return Ok(());
        }
        // It may be there, to a compiler that is gone.
        let _ = fs::remove_file(&link);
        symlink(&tools, &link).with_context(|| format!("linking {}", link.display()))
    }
}

fn home() -> Option<PathBuf> {
    Some(cache_folder()?.join(format!("rustc-web-from-{LEAST}")))
}

fn tools_folder(sysroot: &Path, host: &str) -> PathBuf {
    sysroot.join("lib/rustlib").join(host).join("bin")
}

/// The folder of the installed compiler's linker; `None` if it is on the PATH, where any compiler finds it.
fn linker(installed: &Path) -> anyhow::Result<Option<PathBuf>> {
    let folder = tools_folder(installed, &Compiler::installed()?.host);
    if folder.join(LINKER).is_file() {
        return Ok(Some(folder));
    }
    if on_path(LINKER).is_some() {
        return Ok(None);
    }
    bail!(
        "{LINKER} is neither in {} nor on the PATH: a toolchain of rustup's has it, and `cargo install --locked {LINKER}` \
         brings it where there is a `wasm-ld`",
        folder.display()
    )
}

/// Unpacks the compiler below `work`, builds the library into it, and answers its root.
fn make(work: &Path, installed: &Path) -> anyhow::Result<PathBuf> {
    // Without a linker, all else would be in vain.
    linker(installed)?;
    let (root, wasi) = progress::timed(
        "Fetching rustc-web, rust-web-src and wasi-libc from Debian",
        || fetch(work),
    )?;
    let made = GuestCompiler::at(root);
    made.write_scripts()?;
    made.link_tools(installed)?;
    let compiler = Compiler::inspect(&made.rustc())?;
    progress::detail(format_args!(
        "Debian's rustc {} for guests",
        compiler.release
    ));
    let source = Source {
        rust: &made.home,
        wasi: &wasi,
    };
    source.build(&compiler, work, &made.sysroot())?;
    for folder in ["src", "share"] {
        let folder = made.sysroot().join(folder);
        fs::remove_dir_all(&folder).with_context(|| format!("removing {}", folder.display()))?;
    }
    Ok(made.home)
}

/// Unpacks the compiler with its source, and the C library, each into a folder of its own.
fn fetch(work: &Path) -> anyhow::Result<(PathBuf, PathBuf)> {
    let archive = Archive::read(&work.join("compiler"), &SUITES)?;
    let version = pair(
        &archive.versions("rustc-web")?,
        &archive.versions("rust-web-src")?,
    )
    .with_context(|| {
        format!(
            "no Debian suite has rust-src of the installed compiler's version, and {} no rustc-web of {LEAST} or later, one of \
             which the target {TARGET} takes: use a compiler of a version that one has, or `rustup target add {TARGET}` where \
             rustup can download",
            SUITES.join(" and ")
        )
    })?;
    // The compiler is in this package; `rustc-web`, which calls it, would also bring the linker that the installed one has.
    let mut packages = archive.missing_for(&format!("{}={version}", runtime(&version)?))?;
    packages.retain(|package| is_library(package));
    packages.extend(pieces(&version)?);
    let root = archive.unpack(&packages)?;
    let wasi = Archive::read(&work.join("wasi"), &[WASI_SUITE])?;
    Ok((root, wasi.unpack(&["wasi-libc".to_owned()])?))
}

/// The first version that both have, and that compiles this workspace.
fn pair(compilers: &[String], sources: &[String]) -> Option<String> {
    let least = release(LEAST)?;
    compilers
        .iter()
        .find(|version| {
            sources.contains(version) && release(version).is_some_and(|release| release >= least)
        })
        .cloned()
}

/// `1.96` of `1.96.0+dfsg1-1~deb12u2`.
fn release(version: &str) -> Option<(u32, u32)> {
    let mut numbers = version.split('.').map(|number| number.parse().ok());
    Some((numbers.next()??, numbers.next()??))
}

/// The packages of the compiler itself: all of one version.
fn pieces(version: &str) -> anyhow::Result<[String; 5]> {
    let names = [
        "rustc-web",
        &runtime(version)?,
        "libstd-rust-web-dev",
        "rust-web-clippy",
        "rust-web-src",
    ];
    Ok(names.map(|name| format!("{name}={version}")))
}

/// The package of what the compiler loads.
fn runtime(version: &str) -> anyhow::Result<String> {
    let (major, minor) =
        release(version).with_context(|| format!("{version} is no version of Rust"))?;
    Ok(format!("libstd-rust-web-{major}.{minor}"))
}

/// Whether it is a library that the compiler takes from elsewhere; not the C library, of which there is one for all programs.
fn is_library(package: &str) -> bool {
    let name = package.split('=').next().unwrap_or(package);
    name.starts_with("lib")
        && !["libstd-rust-", "libc6", "libc-"]
            .iter()
            .any(|other| name.starts_with(other))
}

/// Calls a program of the folder in which the script lies, with the libraries that came with it.
fn script(program: &str, libraries: &str) -> String {
    format!(
        "#!/bin/sh\n\
         home=${{0%/*}}\n\
         export LD_LIBRARY_PATH=\"{libraries}${{LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}}\"\n\
         exec \"$home/usr/bin/{program}\" \"$@\"\n"
    )
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::*;

    fn versions(of: &[&str]) -> Vec<String> {
        of.iter().map(|&version| version.to_owned()).collect()
    }

    #[test]
    fn the_compiler_and_its_source_are_of_one_version_that_is_new_enough() {
        let (new, old) = ("1.96.0+dfsg1-1~deb12u2", "1.85.0+dfsg3-1~deb12u3");
        for (compilers, sources, expected) in [
            (vec![new, old], vec![new, old], Some(new)),
            (vec![new, old], vec![old], None),
            (vec![old], vec![old], None),
            (vec![], vec![], None),
        ] {
            let found = pair(&versions(&compilers), &versions(&sources));
            assert_eq!(found.as_deref(), expected, "{compilers:?} {sources:?}");
        }
    }

    #[test]
    fn only_libraries_are_unpacked_beside_the_compiler() {
        for (package, expected) in [
            ("libllvm22=1:22.1.8-1~deb12u1", true),
            ("libz3-4=4.8.12-3.1", true),
            ("libxml2=2.9.14", true),
            ("libstd-rust-web-1.96=1.96.0", false),
            ("libc6=2.36-9", false),
            ("libc-bin=2.36-9", false),
            ("libstdc++6=12.2.0-14", true),
            ("gcc-12-base=12.2.0-14", false),
        ] {
            assert_eq!(is_library(package), expected, "{package}");
        }
        let pieces = pieces("1.96.0-1").unwrap();
        assert!(pieces.contains(&"libstd-rust-web-1.96=1.96.0-1".to_owned()));
    }

    #[test]
    fn the_linker_is_that_of_the_compiler_that_is_installed_now() {
        let folder = tempfile::tempdir().unwrap();
        let compiler = GuestCompiler::at(folder.path().join("compiler"));
        let host = Compiler::installed().unwrap().host;
        fs::create_dir_all(tools_folder(&compiler.sysroot(), &host).parent().unwrap()).unwrap();
        symlink(on_path("rustc").unwrap(), compiler.rustc()).unwrap();
        for installed in ["older", "newer"] {
            let sysroot = folder.path().join(installed);
            let tools = tools_folder(&sysroot, &host);
            fs::create_dir_all(&tools).unwrap();
            fs::write(tools.join(LINKER), installed).unwrap();
            compiler.link_tools(&sysroot).unwrap();
            let link = tools_folder(&compiler.sysroot(), &host).join(LINKER);
            assert_eq!(fs::read_to_string(link).unwrap(), installed);
        }
    }

    #[test]
    fn a_program_is_called_with_the_libraries_beside_it_first() {
        let folder = tempfile::tempdir().unwrap();
        let home = folder.path().join("a compiler");
        for inside in ["usr/bin", "usr/lib/x86_64-linux-gnu", "usr/lib/rustlib"] {
            fs::create_dir_all(home.join(inside)).unwrap();
        }
        let compiler = GuestCompiler::at(home.clone());
        symlink("/bin/sh", home.join("usr/bin/rustc")).unwrap();
        compiler.write_scripts().unwrap();
        let said = |others: Option<&str>| {
            // Not by itself: a file that was just written may still be open in a process that another test starts.
            let mut rustc = Command::new("sh");
            rustc
                .arg(compiler.rustc())
                .args(["-c", "echo \"$LD_LIBRARY_PATH $1\"", "", "a b"])
                .env_remove("LD_LIBRARY_PATH");
            rustc.envs(others.map(|others| ("LD_LIBRARY_PATH", others)));
            String::from_utf8(rustc.output().unwrap().stdout).unwrap()
        };
        let own = home.join("usr/lib/x86_64-linux-gnu").display().to_string();
        assert_eq!(said(None), format!("{own} a b\n"));
        assert_eq!(said(Some("/others")), format!("{own}:/others a b\n"));
    }
}
