//! What goes wrong on purpose: Postgres and the app killed, a disk that does not answer, Redis gone.

use std::process::{Child, Stdio};
use std::sync::{Arc, mpsc};
use std::thread;
use std::time::Duration;

use anyhow::Context;
use rustix::process::{Pid, Signal, kill_process};
use spindle_debian::Program;
use spindle_postgres::{Options, Server, die_with_parent, free_port};

use crate::cpu;
use crate::machine::proportional_memory;
use crate::servers::{Host, Setup};

/// How long something is away, or does not answer.
const AWAY: Duration = Duration::from_secs(3);

/// One of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    /// Immediate shutdown, which writes nothing more; its start recovers from the log.
    PostgresKilled,
    /// SIGKILL: the app with all requests, and with the worker and its tasks.
    AppKilled,
    /// All its processes stopped, as on a disk that does not answer.
    PostgresStalls,
    /// Killed, and started again empty.
    RedisGone,
}

impl Fault {
    /// The first comes first, and so on in turns.
    pub(crate) fn turns(with_redis: bool) -> Vec<Self> {
        let mut turns = vec![Self::PostgresKilled, Self::AppKilled, Self::PostgresStalls];
        if with_redis {
            turns.push(Self::RedisGone);
        }
        turns
    }

    /// As plots call it.
    pub(crate) fn title(self) -> &'static str {
        match self {
            Self::PostgresKilled => "Postgres killed",
            Self::AppKilled => "app killed",
            Self::PostgresStalls => "disk stalls",
            Self::RedisGone => "Redis gone",
        }
    }
}

/// What runs, and can be broken. Its calls block.
pub(crate) struct Machinery {
    setup: Setup,
    port: u16,
    // In the order in which they end.
    host: Option<Host>,
    redis: Option<Redis>,
    postgres: Option<Server>,
    options: Options,
}

impl Machinery {
    /// Starts the app on this port.
    pub(crate) fn start(
        setup: Setup,
        port: u16,
        postgres: Server,
        options: Options,
        redis: Option<Redis>,
    ) -> anyhow::Result<Self> {
        let host = setup.host_on(port)?;
        // The app goes on asking where Postgres was.
        let options = Options {
            port: Some(postgres.port()),
            ..options
        };
        Ok(Self {
            setup,
            port,
            host: Some(host),
            redis,
            postgres: Some(postgres),
            options,
        })
    }

    /// Bytes of the app and of Postgres; none while one of them is away.
    pub(crate) fn memory(&self) -> Option<[u64; 2]> {
        let host = proportional_memory(self.host.as_ref()?.id()).ok()?;
        // A process that ended since it was listed has no memory.
        let postgres: u64 = cpu::tree(self.postgres_process()?)
            .filter_map(|process| proportional_memory(process).ok())
            .sum();
        Some([host, postgres])
    }

    fn postgres_process(&self) -> Option<u32> {
        u32::try_from(self.postgres.as_ref()?.process()).ok()
    }

    /// Does it, and brings back what it took away.
    pub(crate) fn suffer(&mut self, fault: Fault) -> anyhow::Result<()> {
        match fault {
            Fault::PostgresKilled => {
                let postgres = self.postgres.take().context("no Postgres")?;
                signal(postgres.process(), Signal::QUIT)?;
                drop(postgres);
                thread::sleep(AWAY);
                self.postgres = Some(Server::start(&self.options)?);
            }
            Fault::AppKilled => {
                self.host = None;
                thread::sleep(AWAY);
                self.host = Some(self.setup.host_on(self.port)?);
            }
            Fault::PostgresStalls => {
                let root = self.postgres_process().context("no Postgres")?;
                let processes: Vec<u32> = cpu::tree(root).collect();
                let all = |kind| {
                    for process in &processes {
                        // One that has ended meanwhile is not in the way.
                        let _ = i32::try_from(*process).map(|process| signal(process, kind));
                    }
                };
                all(Signal::STOP);
                thread::sleep(AWAY);
                all(Signal::CONT);
            }
            Fault::RedisGone => {
                let redis = self.redis.as_mut().context("no Redis")?;
                redis.end();
                thread::sleep(AWAY);
                redis.begin()?;
            }
        }
        Ok(())
    }
}

fn signal(process: i32, kind: Signal) -> anyhow::Result<()> {
    let process = Pid::from_raw(process).context("a process number out of range")?;
    kill_process(process, kind).with_context(|| format!("signalling {process:?}"))
}

/// A Redis in memory.
pub(crate) struct Redis {
    program: Arc<Program>,
    port: u16,
    child: Option<Child>,
}

impl Redis {
    pub(crate) fn start() -> anyhow::Result<Self> {
        let mut redis = Self {
            program: Arc::new(Program::find("redis-server", "redis-server")?),
            port: free_port()?,
            child: None,
        };
        redis.begin()?;
        Ok(redis)
    }

    pub(crate) fn url(&self) -> String {
        format!("redis://127.0.0.1:{}/0", self.port)
    }

    /// From a thread that stays: the child ends with the thread that started it.
    fn begin(&mut self) -> anyhow::Result<()> {
        let (program, port) = (Arc::clone(&self.program), self.port);
        let (sender, receiver) = mpsc::channel();
        thread::spawn(move || {
            let mut command = program.command();
            command
                .args(["--bind", "127.0.0.1", "--port", &port.to_string()])
                .args(["--save", "", "--appendonly", "no"])
                .stdin(Stdio::null())
                .stdout(Stdio::null());
            die_with_parent(&mut command);
            if sender.send(command.spawn()).is_ok() {
                loop {
                    thread::park();
                }
            }
        });
        self.child = Some(receiver.recv()?.context("starting Redis")?);
        Ok(())
    }

    fn end(&mut self) {
        if let Some(mut child) = self.child.take() {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

impl Drop for Redis {
    fn drop(&mut self) {
        self.end();
    }
}
