//! A running app.

use std::path::PathBuf;
use std::process::Command;
use std::sync::OnceLock;

use crate::client::Call;
use crate::database::shared_server;
use crate::{Database, Process, on_its_own_thread};

/// The worker's token of apps that tests start.
pub const WORKER_TOKEN: &str = "worker-token-of-tests";

/// How an app is started.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Administrator's address of the server to use instead of the shared one.
    pub server: Option<String>,
    /// The database to use instead of a new one.
    pub database: Option<Database>,
    /// Folder for key-value data, to start again on the same.
    pub state: Option<PathBuf>,
    /// More arguments of the host.
    pub arguments: Vec<String>,
}

/// An app under test.
pub struct App {
    base_url: String,
    simulator_url: Option<String>,
    database: Option<Database>,
    host: Option<Process>,
    _simulator: Option<Process>,
    _state: Option<tempfile::TempDir>,
    client: reqwest::Client,
}

impl App {
    /// The app of this test file, or the one at `SPINDLE_BASE_URL`.
    pub fn shared() -> &'static Self {
        static APP: OnceLock<App> = OnceLock::new();
        APP.get_or_init(|| match std::env::var("SPINDLE_BASE_URL") {
            Ok(base_url) => Self::at(base_url),
            Err(_) => on_its_own_thread(|| async { Self::start(Options::default()).await })
                .join()
                .expect("the app starts"),
        })
    }

    /// True where the app belongs to somebody else, who keeps its database and processes.
    #[must_use]
    pub fn is_foreign() -> bool {
        std::env::var_os("SPINDLE_BASE_URL").is_some()
    }

    fn at(base_url: String) -> Self {
        Self {
            base_url: base_url.trim_end_matches('/').to_owned(),
            simulator_url: std::env::var("SPINDLE_SIMULATOR_URL").ok(),
            database: None,
            host: None,
            _simulator: None,
            _state: None,
            client: client(),
        }
    }

    /// Starts an app: a database, a simulator, a host.
    pub async fn start(options: Options) -> Self {
        let admin = options.server.unwrap_or_else(|| shared_server().to_owned());
        let database = match options.database {
            Some(database) => database,
            None => Database::create(&admin).await.expect("a database"),
        };
        let mut simulator = program("SPINDLE_SIMULATOR_BIN", "kraken-simulator");
        simulator.args([
            "--listen",
            "127.0.0.1:0",
            "--demo-keys",
            "--die-with-parent",
        ]);
        let simulator = Process::start(simulator);
        let folder = tempfile::tempdir().expect("a folder");
        let state = options.state.unwrap_or_else(|| folder.path().to_path_buf());
        let mut host = program("SPINDLE_HOST_BIN", "spindle-host");
        // Away from the root, where a developer's .env would be read.
        host.current_dir(folder.path());
        host.arg("--from")
            .arg(root().join("spin.toml"))
            .arg("--state-dir")
            .arg(&state);
        host.arg("--cache-dir")
            .arg(root().join("target/spindle-test-cache"));
        host.args([
            "--listen",
            "127.0.0.1:0",
            "--format",
            "json",
            "--die-with-parent",
        ]);
        let key = "QUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUE=";
        for (name, value) in [
            ("environment", "development".to_owned()),
            ("public_url", "http://localhost:3000".to_owned()),
            ("db_url", database.app_url()),
            ("db_host", database.host()),
            ("identity_master_keys", format!("1:{key}")),
            ("exchange_master_keys", format!("1:{key}")),
            ("cursor_key", key.to_owned()),
            ("webhook_key", key.to_owned()),
            ("worker_token", WORKER_TOKEN.to_owned()),
            ("otp_key", key.to_owned()),
            ("limits", "relaxed".to_owned()),
            ("conduit", "on".to_owned()),
            ("admin_email", crate::client::ADMIN.0.to_owned()),
            ("admin_password", crate::client::ADMIN.1.to_owned()),
            ("kraken_api_base_url", simulator.base_url()),
        ] {
            host.args(["--variable", &format!("{name}={value}")]);
        }
        host.args(options.arguments);
        let host = Process::start(host);
        Self {
            base_url: host.base_url(),
            simulator_url: Some(simulator.base_url()),
            database: Some(database),
            host: Some(host),
            _simulator: Some(simulator),
            _state: Some(folder),
            client: client(),
        }
    }

    /// Where the app answers.
    #[must_use]
    pub fn base_url(&self) -> &str {
        &self.base_url
    }

    /// Where the simulator's control answers; none on a foreign app whose simulator nobody named.
    #[must_use]
    pub fn simulator_url(&self) -> Option<&str> {
        self.simulator_url.as_deref()
    }

    /// The database, of an app of our own.
    #[must_use]
    pub fn database(&self) -> Option<&Database> {
        self.database.as_ref()
    }

    /// The host's process, of an app of our own.
    pub fn host(&mut self) -> &mut Process {
        self.host.as_mut().expect("an app of our own")
    }

    /// Begins a request.
    pub fn call(&self, method: &str, path: &str) -> Call {
        Call::new(&self.client, method, &format!("{}{path}", self.base_url))
    }

    /// Begins a request of a client of one's own: this one's connections end with their answers.
    pub fn call_by(&self, client: &reqwest::Client, method: &str, path: &str) -> Call {
        Call::new(client, method, &format!("{}{path}", self.base_url))
    }

    /// Begins a request to the simulator's control.
    pub fn simulator(&self, path: &str) -> Option<Call> {
        self.simulator_url
            .as_ref()
            .map(|url| Call::new(&self.client, "POST", &format!("{url}{path}")))
    }
}

fn client() -> reqwest::Client {
    reqwest::Client::builder()
        .no_proxy()
        .redirect(reqwest::redirect::Policy::none())
        // Each test has a runtime of its own, and a pooled connection dies with the runtime that opened it.
        .pool_max_idle_per_host(0)
        // Longer than the host lets a guest take, so that it is the host who says so.
        .timeout(std::time::Duration::from_secs(90))
        .build()
        .expect("a client")
}

fn root() -> PathBuf {
    std::env::var_os("SPINDLE_ROOT")
        .map_or_else(
            || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../.."),
            PathBuf::from,
        )
        .canonicalize()
        .expect("the root of the project")
}

fn program(variable: &str, name: &str) -> Command {
    let path = std::env::var_os(variable)
        .map_or_else(|| root().join("target/debug").join(name), PathBuf::from);
    assert!(
        path.exists(),
        "{} is not built; run the tests by `cargo xtask test`",
        path.display()
    );
    Command::new(path)
}
