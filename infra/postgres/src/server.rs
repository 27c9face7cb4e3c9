//! A running server: started, found, stopped.

use std::{
    fs::{self, File},
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::Child,
    sync::mpsc,
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context, bail};
use rustix::process::{Pid, Signal, WaitOptions, kill_process, test_kill_process, waitpid};
use tempfile::TempDir;

use crate::{
    account::Account,
    binaries::Binaries,
    cluster::{Folder, Making, OWNER},
    ephemeral,
    launch::{Launch, POLL, process},
    postmaster::Postmaster,
};

/// How long a fast shutdown may take before it is forced.
const STOP_LIMIT: Duration = Duration::from_secs(30);

/// What to start.
#[derive(Clone, Debug)]
pub struct Options {
    /// The folder that holds, or will hold, everything of this server.
    pub directory: PathBuf,
    /// The port on 127.0.0.1; `None`: that of the last start if it is still free, else a free one.
    pub port: Option<u16>,
    /// Spin keeps up to 64 connections for each component, and waits for ever for one more (ARCHITECTURE, rule 2).
    pub max_connections: u16,
    /// Whether what was committed survives a crash of the machine.
    pub durable: bool,
    /// Whether the server cleans up after updates and gathers statistics by itself.
    pub autovacuum: bool,
    /// Whether a new cluster demands a password; else everybody on this machine may enter.
    pub with_password: bool,
    /// A database to create in a new cluster.
    pub database: Option<String>,
    /// Whether the server outlives this process.
    pub detached: bool,
}

impl Options {
    /// A durable server with a password, for work.
    pub fn development(directory: impl Into<PathBuf>) -> Self {
        Self {
            directory: directory.into(),
            port: None,
            max_connections: 800,
            durable: true,
            autovacuum: true,
            with_password: true,
            database: None,
            detached: false,
        }
    }

    /// A fast one that forgets, for tests.
    pub fn ephemeral(directory: impl Into<PathBuf>) -> Self {
        Self {
            durable: false,
            with_password: false,
            ..Self::development(directory)
        }
    }
}

/// A running server. One that was started and not detached stops with the value.
#[derive(Debug)]
pub struct Server {
    folder: Folder,
    port: u16,
    pid: Pid,
    password: Option<String>,
    origin: String,
    child: Option<Child>,
    stops_with_value: bool,
    // Dropped last: a thread that ends when this does, and the folder of an ephemeral server.
    _keeper: Option<mpsc::Sender<()>>,
    _ephemeral: Option<TempDir>,
}

impl Server {
    /// Starts a server on the data in the folder, which is made if need be, and waits until it accepts connections.
    ///
    /// # Errors
    /// When one is running there already, when the data was made by a major version whose programs are not at hand, or
    /// when the server doesn't start; the message holds the end of its log.
    pub fn start(options: &Options) -> anyhow::Result<Self> {
        let made = Folder(options.directory.clone()).major();
        let binaries = Binaries::find(made)?;
        Self::start_with(options, &binaries)
    }

    /// The same, with programs already found.
    ///
    /// # Errors
    /// As [`Self::start`].
    pub fn start_with(options: &Options, binaries: &Binaries) -> anyhow::Result<Self> {
        let account = Account::choose(binaries.command("postgres"))?;
        let folder = Folder(account.reachable(&absolute(&options.directory)?));
        fs::create_dir_all(&folder.0)
            .with_context(|| format!("creating {}", folder.0.display()))?;
        fs::set_permissions(&folder.0, fs::Permissions::from_mode(0o700))?;
        account.own(&folder.0)?;
        let starting = File::create(folder.0.join("lock"))?;
        starting
            .lock()
            .context("waiting for another start in the same folder")?;

        if let Some(postmaster) = Postmaster::read(&folder.data()) {
            if postmaster.is_running() {
                bail!(
                    "a Postgres is already running on {} (process {}): stop it first (`cargo xtask db stop`, or end the \
                     `cargo xtask up` that started it)",
                    folder.data().display(),
                    postmaster.pid.as_raw_nonzero()
                );
            }
            postmaster.disown()?;
        }
        match folder.major() {
            None if folder.data().exists() => bail!(
                "{} is not a data folder of Postgres: remove it",
                folder.data().display()
            ),
            None => Making {
                binaries,
                account,
                with_password: options.with_password,
                durable: options.durable,
                database: options.database.as_deref(),
            }
            .run(&folder)?,
            Some(major) if major != binaries.major() => bail!(
                "{} was made by Postgres {major}, not {}: put the programs of {major} on this machine, or start from an \
                 empty database with --reset",
                folder.data().display(),
                binaries.major()
            ),
            Some(_) => {}
        }
        let launch = Launch {
            options,
            binaries,
            account,
            folder: &folder,
        };
        let (child, keeper, port) = launch.run()?;
        folder.keep_port(port)?;
        Ok(Self {
            pid: process(&child)?,
            port,
            password: folder.password(),
            origin: binaries.source(),
            child: Some(child),
            stops_with_value: !options.detached,
            folder,
            _keeper: keeper,
            _ephemeral: None,
        })
    }

    /// Starts a throw-away server in a temporary folder: no password, no `fsync`.
    ///
    /// # Errors
    /// As [`Self::start`].
    pub fn start_ephemeral() -> anyhow::Result<Self> {
        Self::throw_away(|folder| Options::ephemeral(folder))
    }

    /// The same for hundreds of databases that live for seconds: without autovacuum, which starts a process for each of them
    /// every minute.
    ///
    /// # Errors
    /// As [`Self::start`].
    pub fn start_for_tests() -> anyhow::Result<Self> {
        Self::throw_away(|folder| {
            let usual = Options::ephemeral(folder);
            Options {
                autovacuum: false,
                max_connections: connections_of_tests().max(usual.max_connections),
                ..usual
            }
        })
    }

    fn throw_away(options: impl Fn(&Path) -> Options) -> anyhow::Result<Self> {
        let folder = ephemeral::folder()?;
        let mut server = Self::start(&options(folder.path()))?;
        server._ephemeral = Some(folder);
        Ok(server)
    }

    /// The server that is running on the data in this folder, `None` if none is.
    ///
    /// Dropping the value leaves it running.
    pub fn attach(directory: &Path) -> Option<Self> {
        Self::directories(directory)
            .ok()?
            .into_iter()
            .map(Folder)
            .find_map(|folder| {
                let postmaster = Postmaster::read(&folder.data())?;
                if !postmaster.is_ready() || !postmaster.is_running() {
                    return None;
                }
                Some(Self {
                    port: postmaster.port()?,
                    pid: postmaster.pid,
                    password: folder.password(),
                    origin: format!("Postgres already running on {}", folder.data().display()),
                    child: None,
                    stops_with_value: false,
                    folder,
                    _keeper: None,
                    _ephemeral: None,
                })
            })
    }

    /// The folders that a server asked for in `directory` may lie in: this one, or its stand-in for the account `nobody`.
    ///
    /// # Errors
    /// When the path can't be made absolute.
    pub fn directories(directory: &Path) -> anyhow::Result<[PathBuf; 2]> {
        let directory = absolute(directory)?;
        Ok([
            Account::Own.reachable(&directory),
            Account::Nobody.reachable(&directory),
        ])
    }

    /// Whether the process has ended by itself, or by another's hand.
    pub fn has_ended(&mut self) -> bool {
        self.is_gone().unwrap_or(false)
    }

    /// The owner's address of a database on this server.
    pub fn url(&self, database: &str) -> String {
        let password = self
            .password
            .as_ref()
            .map(|password| format!(":{password}"))
            .unwrap_or_default();
        format!(
            "postgres://{OWNER}{password}@127.0.0.1:{}/{database}?sslmode=disable",
            self.port
        )
    }

    /// The port on 127.0.0.1.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The process number.
    pub fn process(&self) -> i32 {
        self.pid.as_raw_nonzero().get()
    }

    /// Where the programs came from, for the user.
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// The folder that holds data and log: the one asked for, unless the account `nobody` could not reach that.
    pub fn directory(&self) -> &Path {
        &self.folder.0
    }

    /// Ends all connections and stops: Postgres's fast shutdown. Also stops a detached or an attached server.
    ///
    /// # Errors
    /// When the process can't be signalled.
    pub fn stop(mut self) -> anyhow::Result<()> {
        self.end()
    }

    fn end(&mut self) -> anyhow::Result<()> {
        self.stops_with_value = false;
        self.signal(Signal::INT)?;
        if !self.wait(STOP_LIMIT)? {
            self.signal(Signal::QUIT)?;
            if !self.wait(STOP_LIMIT)? {
                bail!("Postgres (process {}) does not stop", self.process());
            }
        }
        Ok(())
    }

    fn signal(&self, signal: Signal) -> anyhow::Result<()> {
        match kill_process(self.pid, signal) {
            Ok(()) | Err(rustix::io::Errno::SRCH) => Ok(()),
            Err(error) => Err(error)
                .with_context(|| format!("stopping Postgres (process {})", self.process())),
        }
    }

    fn wait(&mut self, limit: Duration) -> anyhow::Result<bool> {
        let deadline = Instant::now() + limit;
        while Instant::now() < deadline {
            if self.is_gone()? {
                return Ok(true);
            }
            thread::sleep(POLL);
        }
        Ok(false)
    }

    fn is_gone(&mut self) -> anyhow::Result<bool> {
        Ok(match &mut self.child {
            Some(child) => child.try_wait()?.is_some(),
            // A detached server of this very process has to be reaped before it is gone.
            None => match waitpid(Some(self.pid), WaitOptions::NOHANG) {
                Ok(ended) => ended.is_some(),
                Err(_) => test_kill_process(self.pid) == Err(rustix::io::Errno::SRCH),
            },
        })
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if self.stops_with_value {
            // Nobody is left to tell; the kernel's signal at our end is the second net.
            let _ = self.end();
        }
    }
}

fn absolute(path: &Path) -> anyhow::Result<PathBuf> {
    std::path::absolute(path).with_context(|| format!("finding {}", path.display()))
}

/// What all tests at once may have: a program for each core and one more run side by side, each with a test for each core, and one
/// that tests a race has sixteen connections and more.
fn connections_of_tests() -> u16 {
    let cores = thread::available_parallelism().map_or(2, usize::from);
    u16::try_from((cores + 1) * cores * 16).map_or(5_000, |all| all.min(5_000))
}
