//! Server binaries from Debian's own packages, unpacked into the cache: for a Debian that has neither Postgres nor pip.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::Context;
use spindle_debian::{Archive, cache_folder, codename, library_folders};

/// The programs, if they were unpacked before.
pub(crate) fn cached() -> Option<PathBuf> {
    programs(&home(&codename()?)?)
}

/// Unpacks the server of this machine's release and the libraries that it lacks; answers the folder of the programs,
/// `None` on other systems.
pub(crate) fn unpack() -> anyhow::Result<Option<PathBuf>> {
    let Some(codename) = codename() else {
        return Ok(None);
    };
    let home = home(&codename)
        .context("neither XDG_CACHE_HOME nor HOME says where downloads may be kept")?;
    let parent = home.parent().context("the cache has no parent folder")?;
    fs::create_dir_all(parent).with_context(|| format!("creating {}", parent.display()))?;
    let work = tempfile::Builder::new()
        .prefix(".postgres-")
        .tempdir_in(parent)?;
    let archive = Archive::read(work.path(), &[codename.as_str()])?;
    let mut packages = archive.missing_for("postgresql")?;
    packages.retain(|package| is_needed(package));
    let root = archive.unpack(&packages)?;
    // All or nothing; whoever came first wins.
    if let Err(error) = fs::rename(&root, &home)
        && programs(&home).is_none()
    {
        return Err(error).with_context(|| format!("moving the packages to {}", home.display()));
    }
    programs(&home)
        .context("Debian's package has no server programs")
        .map(Some)
}

/// The folders of shared libraries that were unpacked beside these programs, for the loader.
pub(crate) fn libraries(programs: &Path) -> Vec<PathBuf> {
    let Some(root) = cache_folder().filter(|cache| programs.starts_with(cache)) else {
        return Vec::new();
    };
    let Some(home) = programs
        .ancestors()
        .find(|folder| folder.parent() == Some(&root))
    else {
        return Vec::new();
    };
    library_folders(home)
}

fn home(codename: &str) -> Option<PathBuf> {
    Some(cache_folder()?.join(format!("postgresql-debian-{codename}")))
}

/// `usr/lib/postgresql/<major>/bin` below the unpacked root.
fn programs(home: &Path) -> Option<PathBuf> {
    let versions = fs::read_dir(home.join("usr/lib/postgresql")).ok()?;
    versions
        .flatten()
        .map(|entry| entry.path().join("bin"))
        .find(|folder| folder.join("postgres").exists())
}

/// The server, its client, and libraries; not the compiler of the optional JIT, nor what manages clusters.
fn is_needed(package: &str) -> bool {
    let name = package.split('=').next().unwrap_or(package);
    let server = name
        .strip_prefix("postgresql-")
        .map(|rest| rest.strip_prefix("client-").unwrap_or(rest));
    let is_server = server.is_some_and(|rest| rest.chars().all(|letter| letter.is_ascii_digit()));
    let is_library = name.starts_with("lib")
        && !["libllvm", "libz3", "libjson-", "libcommon-"]
            .iter()
            .any(|other| name.starts_with(other));
    is_server || (is_library && !name.ends_with("-perl"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_server_its_client_and_libraries_are_unpacked() {
        for (package, expected) in [
            ("postgresql-15=15.18-0+deb12u1", true),
            ("postgresql-client-15=15.18-0+deb12u1", true),
            ("libpq5=15.18-0+deb12u1", true),
            ("libicu72=72.1-3", true),
            ("postgresql-common=248", false),
            ("postgresql=15+248", false),
            ("libllvm14=1:14.0.6-12", false),
            ("libjson-perl=4.10000-1", false),
            ("perl=5.36.0-7", false),
            ("locales=2.36-9", false),
        ] {
            assert_eq!(is_needed(package), expected, "{package}");
        }
    }
}
