//! The start of a server: which port, which settings, repeated where what is in the way passes.

use std::{
    fs::{self, File},
    io::{Read, Seek, SeekFrom},
    os::unix::process::CommandExt,
    process::{Child, Command, Stdio},
    sync::mpsc,
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context, bail};
use rustix::process::Pid;

use crate::{
    account::Account, binaries::Binaries, cluster::Folder, port, postmaster::Postmaster,
    server::Options, tether::die_with_parent,
};

/// How long a start may take. Recovery after a crash is part of it.
const START_LIMIT: Duration = Duration::from_secs(60);
/// How often to look whether a server has started or ended.
pub(crate) const POLL: Duration = Duration::from_millis(5);

/// One start, with its repetitions.
pub(crate) struct Launch<'a> {
    pub(crate) options: &'a Options,
    pub(crate) binaries: &'a Binaries,
    pub(crate) account: Account,
    pub(crate) folder: &'a Folder,
}

impl Launch<'_> {
    /// The process, what keeps it if it is not detached, and its port.
    pub(crate) fn run(&self) -> anyhow::Result<(Child, Option<mpsc::Sender<()>>, u16)> {
        let deadline = Instant::now() + START_LIMIT;
        loop {
            let port = self.port()?;
            let mut log = self.log()?;
            let written = log.seek(SeekFrom::End(0))?;
            let (mut child, keeper) = self.spawn(port, log)?;
            if self.wait(&mut child, deadline)? {
                return Ok((child, keeper, port));
            }
            let messages = self.messages_since(written);
            // Children of a killed server let go of its memory within a second or two; a port can be lost to somebody
            // faster.
            let passing = ["lock file", "shared memory block"]
                .iter()
                .any(|text| messages.contains(text))
                || (self.options.port.is_none() && messages.contains("Address already in use"));
            if !passing || Instant::now() > deadline {
                bail!(
                    "Postgres did not start; its log {} says:\n{}",
                    self.folder.log().display(),
                    messages.trim()
                );
            }
            thread::sleep(Duration::from_millis(50));
        }
    }

    fn port(&self) -> anyhow::Result<u16> {
        if let Some(port) = self.options.port {
            if !port::is_free(port) {
                bail!("port {port} of 127.0.0.1 is taken");
            }
            return Ok(port);
        }
        match self.folder.port().filter(|port| port::is_free(*port)) {
            Some(port) => Ok(port),
            None => port::free_port(),
        }
    }

    fn log(&self) -> anyhow::Result<File> {
        let path = self.folder.log();
        let log = fs::OpenOptions::new().create(true).append(true).open(&path);
        log.with_context(|| format!("opening {}", path.display()))
    }

    fn messages_since(&self, written: u64) -> String {
        let mut text = String::new();
        let read = File::open(self.folder.log()).and_then(|mut log| {
            log.seek(SeekFrom::Start(written))?;
            log.read_to_string(&mut text)
        });
        match read {
            Ok(_) => text,
            Err(error) => format!("(unreadable: {error})"),
        }
    }

    /// Spawns from a thread that lives as long as the server shall: the kernel's signal comes when that thread ends, and
    /// the caller's may be a test's or a worker's.
    fn spawn(&self, port: u16, log: File) -> anyhow::Result<(Child, Option<mpsc::Sender<()>>)> {
        let mut command = self.command(port, log);
        if self.options.detached {
            // Out of the terminal's process group, so that Ctrl-C there doesn't reach it.
            command.process_group(0);
            return Ok((command.spawn().context("starting postgres")?, None));
        }
        let (spawned, result) = mpsc::channel();
        let (keeper, ended) = mpsc::channel::<()>();
        thread::Builder::new()
            .name("postgres-keeper".to_owned())
            .spawn(move || {
                command.process_group(0);
                die_with_parent(&mut command);
                if spawned.send(command.spawn()).is_ok() {
                    // Returns when the sender goes, which is when the server's value does.
                    let _ = ended.recv();
                }
            })?;
        let child = result
            .recv()
            .context("the thread that starts Postgres ended")?
            .context("starting postgres")?;
        Ok((child, Some(keeper)))
    }

    fn command(&self, port: u16, log: File) -> Command {
        let mut command = self.binaries.command("postgres");
        self.account.apply(&mut command);
        command
            .arg("-D")
            .arg(self.folder.data())
            .current_dir("/")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log);
        let mut set = |name: &str, value: &str| {
            command.arg("-c").arg(format!("{name}={value}"));
        };
        set("listen_addresses", "127.0.0.1");
        set("port", &port.to_string());
        set("unix_socket_directories", "");
        set("max_connections", &self.options.max_connections.to_string());
        set("logging_collector", "off");
        set("log_destination", "stderr");
        // As the application's role has it, also for the owner: compiling a statement takes longer than any of ours.
        set("jit", "off");
        if !self.options.durable {
            for setting in ["fsync", "synchronous_commit", "full_page_writes"] {
                set(setting, "off");
            }
            set("wal_level", "minimal");
            set("max_wal_senders", "0");
        }
        if !self.options.autovacuum {
            set("autovacuum", "off");
        }
        command
    }

    /// Whether the server accepts connections before it ends or the time is up.
    fn wait(&self, child: &mut Child, deadline: Instant) -> anyhow::Result<bool> {
        let pid = process(child)?;
        loop {
            let ready = Postmaster::read(&self.folder.data())
                .is_some_and(|server| server.pid == pid && server.is_ready());
            if ready {
                return Ok(true);
            }
            if child.try_wait()?.is_some() {
                return Ok(false);
            }
            if Instant::now() > deadline {
                child.kill()?;
                child.wait()?;
                return Ok(false);
            }
            thread::sleep(POLL);
        }
    }
}

/// The number of a process that was spawned.
pub(crate) fn process(child: &Child) -> anyhow::Result<Pid> {
    i32::try_from(child.id())
        .ok()
        .and_then(Pid::from_raw)
        .context("a process number out of range")
}
