//! The peer: FastAPI with asyncpg, orjson and uvloop, two workers. And the environments of all peers in Python.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, bail};
use sha2::{Digest, Sha256};
use spindle_harness::Database;

use crate::servers::Served;

/// Its folder.
pub(crate) const FASTAPI: &str = "fastapi";
/// What it is made of.
pub(crate) const PACKAGES: [&str; 7] = [
    "fastapi",
    "uvicorn",
    "uvloop",
    "asyncpg",
    "orjson",
    "argon2-cffi",
    "pyjwt",
];
const WORKERS: &str = "2";

/// An environment with a peer's packages, kept under `target`.
#[derive(Clone, Debug)]
pub(crate) struct Python(PathBuf);

impl Python {
    /// Makes the environment of this peer if the list of packages has changed since.
    pub(crate) fn ensure(root: &Path, peer: &str) -> anyhow::Result<Self> {
        let requirements = folder(root, peer).join("requirements.txt");
        let list = std::fs::read(&requirements)
            .with_context(|| format!("reading {}", requirements.display()))?;
        let wanted: String = Sha256::digest(&list)
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect();
        let environment = root.join("target/bench").join(peer);
        let stamp = environment.join("requirements.sha256");
        let python = Self(environment.join("bin/python"));
        if std::fs::read_to_string(&stamp).is_ok_and(|made| made == wanted) {
            return Ok(python);
        }
        run(Command::new("python3")
            .args(["-m", "venv"])
            .arg(&environment))
        .context(
            "making a Python environment; the peer needs Python 3.10 or later with its module venv",
        )?;
        run(Command::new(&python.0)
            .args(["-m", "pip", "install", "--quiet", "--requirement"])
            .arg(&requirements))
        .context("installing the peer's packages")?;
        std::fs::write(&stamp, wanted)?;
        Ok(python)
    }

    /// A command that runs it.
    pub(crate) fn command(&self) -> Command {
        Command::new(&self.0)
    }

    /// The versions of Python and of these packages.
    pub(crate) fn versions(&self, packages: &[&str]) -> anyhow::Result<String> {
        let program = "import sys, importlib.metadata as m; \
            print('Python', sys.version.split()[0], *(f', {n} {m.version(n)}' for n in sys.argv[1:]), sep='')";
        let output = self
            .command()
            .args(["-c", program])
            .args(packages)
            .stderr(Stdio::inherit())
            .output()?;
        Ok(String::from_utf8_lossy(&output.stdout)
            .trim()
            .replacen("Python", "Python ", 1))
    }
}

/// Starts the peer on the same database. Its sessions are in a table of its own.
pub(crate) async fn start(
    root: &Path,
    python: &Python,
    database: &Database,
) -> anyhow::Result<Served> {
    let owner = database.connect().await?;
    owner
        .batch_execute(
            "create schema if not exists peer;
             create table if not exists peer.sessions (
                 id uuid primary key,
                 account_id uuid not null references identity.accounts (id) on delete cascade,
                 refresh_token_hash bytea not null,
                 agent text,
                 created_at timestamptz not null
             )",
        )
        .await?;
    let mut key = [0; 32];
    getrandom::fill(&mut key)?;
    let key: String = key.iter().map(|byte| format!("{byte:02x}")).collect();
    let mut command = python.command();
    command
        .args([
            "-m",
            "uvicorn",
            "app:app",
            "--workers",
            WORKERS,
            "--loop",
            "uvloop",
            "--http",
            "httptools",
        ])
        .args(["--no-access-log", "--log-level", "warning", "--app-dir"])
        .arg(folder(root, FASTAPI))
        .env("PEER_DATABASE_URL", database.owner_url())
        .env("PEER_SIGNING_KEY", key)
        // No traces in the source folder.
        .env("PYTHONDONTWRITEBYTECODE", "1");
    Served::start(|address| {
        command
            .args(["--host", "127.0.0.1", "--port"])
            .arg(address.port().to_string());
        command
    })
    .await
}

fn folder(root: &Path, peer: &str) -> PathBuf {
    root.join("infra/load/peers").join(peer)
}

fn run(command: &mut Command) -> anyhow::Result<()> {
    let status = command.stdout(Stdio::null()).status()?;
    if !status.success() {
        bail!("{} ended: {status}", command.get_program().display());
    }
    Ok(())
}
