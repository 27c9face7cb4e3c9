//! The app on the host, and its routers natively.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::Context;
use rustix::process::{Pid, Signal, kill_process};
use spindle_harness::{Database, Process};
use spindle_postgres::{die_with_parent, free_port};
use tempfile::TempDir;

use crate::load::{Shot, ask};

/// How long a server may take to answer first.
const START_LIMIT: Duration = Duration::from_secs(60);
/// What every server answers without a credential.
pub(crate) const PROBE: &str = "/api/v1/blog/posts?limit=20";

/// The root of the project.
pub(crate) fn root() -> anyhow::Result<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    root.canonicalize()
        .context("finding the root of the project")
}

/// What the app is started with.
pub(crate) struct Setup {
    root: PathBuf,
    variables: Vec<(&'static str, String)>,
    database_url: String,
    state: TempDir,
    runtime_config: Option<PathBuf>,
    collector: Option<String>,
}

/// The app on the host.
pub(crate) struct Host {
    process: Process,
    pub(crate) address: SocketAddr,
}

impl Host {
    pub(crate) fn id(&self) -> u32 {
        self.process.id()
    }
}

/// A server that ends with the value.
pub(crate) struct Served {
    child: Child,
    pub(crate) address: SocketAddr,
}

impl Drop for Served {
    fn drop(&mut self) {
        // Not SIGKILL: the peer has workers of its own to end.
        if let Some(id) = i32::try_from(self.child.id()).ok().and_then(Pid::from_raw) {
            let _ = kill_process(id, Signal::TERM);
        }
        let _ = self.child.wait();
    }
}

impl Served {
    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// Starts a server that is told its address, and waits for its first answer.
    pub(crate) async fn start(command: impl FnOnce(SocketAddr) -> Command) -> anyhow::Result<Self> {
        let address = SocketAddr::from(([127, 0, 0, 1], free_port()?));
        let mut command = command(address);
        command.stdin(Stdio::null()).stdout(Stdio::null());
        die_with_parent(&mut command);
        let child = command
            .spawn()
            .with_context(|| format!("starting {}", command.get_program().display()))?;
        let mut served = Self { child, address };
        let deadline = Instant::now() + START_LIMIT;
        while let Err(error) = ask(address, &Shot::get(PROBE)).await {
            if let Some(status) = served.child.try_wait()? {
                anyhow::bail!("{} ended: {status}", command.get_program().display());
            }
            if Instant::now() > deadline {
                return Err(error.context(format!(
                    "{} does not answer",
                    command.get_program().display()
                )));
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        Ok(served)
    }
}

impl Setup {
    pub(crate) fn new(root: &Path, database: &Database) -> anyhow::Result<Self> {
        let key = "QUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUE=";
        let cores = std::thread::available_parallelism()?.get();
        let variables = vec![
            ("environment", "development".to_owned()),
            ("limits", "off".to_owned()),
            ("public_url", "http://localhost:3000".to_owned()),
            ("db_url", database.app_url()),
            ("db_host", database.host()),
            ("identity_master_keys", format!("1:{key}")),
            ("exchange_master_keys", format!("1:{key}")),
            ("cursor_key", key.to_owned()),
            ("webhook_key", key.to_owned()),
            ("worker_token", key.to_owned()),
            ("otp_key", key.to_owned()),
            ("hash_slots", hash_slots(cores).to_string()),
            // Nobody trades here.
            ("kraken_api_base_url", "http://127.0.0.1:1".to_owned()),
        ];
        Ok(Self {
            root: root.to_owned(),
            variables,
            database_url: database.app_url(),
            state: tempfile::tempdir()?,
            runtime_config: None,
            collector: None,
        })
    }

    /// With this Redis as the key-value store.
    pub(crate) fn with_store(mut self, url: &str) -> anyhow::Result<Self> {
        let file = self.state.path().join("runtime-config.toml");
        let text = format!("[key_value_store.default]\ntype = \"redis\"\nurl = \"{url}\"\n");
        std::fs::write(&file, text).with_context(|| format!("writing {}", file.display()))?;
        self.runtime_config = Some(file);
        Ok(self)
    }

    /// With spans to this collector.
    pub(crate) fn with_collector(self, url: &str) -> Self {
        Self {
            collector: Some(url.to_owned()),
            ..self
        }
    }

    /// Starts the app on the host. Its log lines go to files.
    pub(crate) fn host(&self) -> anyhow::Result<Host> {
        self.host_on(0)
    }

    /// The same on this port; 0 takes a free one.
    pub(crate) fn host_on(&self, port: u16) -> anyhow::Result<Host> {
        let mut command = self.program("spindle-host")?;
        // Away from the root, where a developer's .env would be read.
        command.current_dir(self.state.path());
        command
            .arg("--from")
            .arg(self.root.join("spin.toml"))
            .arg("--state-dir")
            .arg(self.state.path());
        command
            .arg("--cache-dir")
            .arg(self.root.join("target/spindle-test-cache"));
        if let Some(file) = &self.runtime_config {
            command.arg("--runtime-config-file").arg(file);
        }
        if let Some(url) = &self.collector {
            command.arg("--otlp-endpoint").arg(url);
        }
        command.arg("--listen").arg(format!("127.0.0.1:{port}"));
        command.args(["--format", "json", "--quiet", "--die-with-parent"]);
        self.add_variables(&mut command);
        let process = Process::start(command);
        let base_url = process.base_url();
        let address = base_url
            .trim_start_matches("http://")
            .parse()
            .with_context(|| format!("{base_url} is not an address"))?;
        Ok(Host { process, address })
    }

    /// Starts the app's routers natively. Their log lines go nowhere.
    pub(crate) async fn native(&self) -> anyhow::Result<Served> {
        let mut command = self.program("spindle-native")?;
        command.arg("--database-url").arg(&self.database_url);
        self.add_variables(&mut command);
        Served::start(|address| {
            command.arg("--listen").arg(address.to_string());
            command
        })
        .await
    }

    fn add_variables(&self, command: &mut Command) {
        for (name, value) in &self.variables {
            command.arg("--variable").arg(format!("{name}={value}"));
        }
    }

    fn program(&self, name: &str) -> anyhow::Result<Command> {
        // Built beside this program.
        let path = std::env::current_exe()?.with_file_name(name);
        anyhow::ensure!(
            path.exists(),
            "{name} is not built; measure by `cargo xtask bench`"
        );
        Ok(Command::new(path))
    }
}

/// The cores less one, as ARCHITECTURE wants it: hashing never takes the machine.
pub(crate) fn hash_slots(cores: usize) -> usize {
    cores.saturating_sub(1).max(1)
}
