//! Single programs that tests need and few machines have: Redis, promtool.

use std::env;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, bail};

use crate::{Archive, cache_folder, codename, library_folders};

/// A program that can be run.
#[derive(Clone, Debug)]
pub struct Program {
    path: PathBuf,
    /// Folders of shared libraries that came with it.
    libraries: Vec<PathBuf>,
}

impl Program {
    /// The program `name` of the package `package`: from the PATH, or from this machine's release of Debian, unpacked into the
    /// cache once.
    ///
    /// # Errors
    /// When it is on neither: why, for the message of a skipped test.
    pub fn find(package: &str, name: &str) -> anyhow::Result<Self> {
        if let Some(path) = on_path(name) {
            return Ok(Self {
                path,
                libraries: Vec::new(),
            });
        }
        let codename = codename()
            .with_context(|| format!("{name} is not on the PATH, and this is not a Debian"))?;
        let home = cache_folder()
            .context("neither XDG_CACHE_HOME nor HOME says where downloads may be kept")?
            .join(format!("{package}-debian-{codename}"));
        if let Some(found) = Self::unpacked(&home, name) {
            return Ok(found);
        }
        let parent = home.parent().unwrap_or(Path::new("/"));
        let work = parent.join(format!(".{package}-{}", std::process::id()));
        fs::create_dir_all(&work).with_context(|| format!("creating {}", work.display()))?;
        let fetched = fetch(&work, &codename, package, &home);
        let _ = fs::remove_dir_all(&work);
        fetched?;
        Self::unpacked(&home, name)
            .with_context(|| format!("Debian's package {package} has no {name}"))
    }

    fn unpacked(home: &Path, name: &str) -> Option<Self> {
        let path = ["usr/bin", "usr/sbin", "bin"]
            .iter()
            .map(|folder| home.join(folder).join(name))
            .find(|path| path.is_file())?;
        Some(Self {
            path,
            libraries: library_folders(home),
        })
    }

    /// A command that runs it.
    #[must_use]
    pub fn command(&self) -> Command {
        let mut command = Command::new(&self.path);
        if !self.libraries.is_empty() {
            let paths = env::join_paths(&self.libraries).unwrap_or_else(|_| OsString::new());
            command.env("LD_LIBRARY_PATH", paths);
        }
        command
    }
}

/// The file that the PATH has under a program's name.
pub fn on_path(name: &str) -> Option<PathBuf> {
    env::var_os("PATH")
        .iter()
        .flat_map(env::split_paths)
        .map(|folder| folder.join(name))
        .find(|path| path.is_file())
}

fn fetch(work: &Path, codename: &str, package: &str, home: &Path) -> anyhow::Result<()> {
    let archive = Archive::read(work, &[codename])?;
    let mut packages = archive.missing_for(package)?;
    // The program and libraries; not what a service needs to be installed.
    packages.retain(|found| {
        let name = found.split('=').next().unwrap_or(found);
        name.starts_with("lib") || name.starts_with(package.split('-').next().unwrap_or(package))
    });
    if packages.is_empty() {
        bail!("Debian {codename} has no package {package}");
    }
    let root = archive.unpack(&packages)?;
    // All or nothing; whoever came first wins.
    if let Err(error) = fs::rename(&root, home)
        && !home.exists()
    {
        return Err(error).with_context(|| format!("moving {package} to {}", home.display()));
    }
    Ok(())
}
