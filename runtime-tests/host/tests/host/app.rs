//! An application of the test guest: a manifest written for the test, run by the host within the test's process.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use reqwest::{Client, StatusCode};
use spindle_host::{Host, Options, RunningHost};
use tempfile::TempDir;
use tokio::net::TcpSocket;

use crate::components;

/// An application that is still to be written. By default its one component has every grant but outbound HTTP, and serves
/// everything.
pub(crate) struct Setup {
    pub(crate) folder: TempDir,
    pub(crate) grants: String,
    pub(crate) rest: String,
    pub(crate) options: Options,
}

/// An application that runs.
pub(crate) struct App {
    pub(crate) folder: TempDir,
    pub(crate) host: RunningHost,
    pub(crate) client: Client,
}

pub(crate) const GRANTS: &str = "allowed_outbound_hosts = [\"postgres://{{ db_host }}\", \"http://other.example\"]\nkey_value_stores = [\"default\"]\nvariables = { db_url = \"{{ db_url }}\", greeting = \"hello {{ name }}\" }\n";

const ADDER: &str = "[component.guest.dependencies]\n\"test:math/adder@1.0.0\" = { component = \"adder\" }\n[component.adder]\nsource = \"adder.wasm\"\n";

impl Setup {
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("adder.wasm"), components::adder()).unwrap();
        let options = Options {
            from: folder.path().join("spin.toml"),
            listen: SocketAddr::from(([127, 0, 0, 1], 0)),
            state_dir: Some(folder.path().join("state")),
            // Compiled once for all tests.
            cache_dir: Some(Path::new(env!("CARGO_TARGET_TMPDIR")).join("compiled")),
            variables: vec![
                "db_url=postgres://nobody@127.0.0.1:1/none".to_owned(),
                "db_host=127.0.0.1:1".to_owned(),
            ],
            quiet: true,
            ..Options::default()
        };
        Self {
            folder,
            grants: GRANTS.to_owned(),
            rest: ADDER.to_owned(),
            options,
        }
    }

    /// More of the manifest.
    pub(crate) fn and(mut self, text: &str) -> Self {
        self.rest.push_str(text);
        self
    }

    /// Other grants of the component.
    pub(crate) fn grants(mut self, grants: impl Into<String>) -> Self {
        self.grants = grants.into();
        self
    }

    pub(crate) fn options(mut self, change: impl FnOnce(&mut Options)) -> Self {
        change(&mut self.options);
        self
    }

    /// The database that the guest uses.
    pub(crate) fn database(self, url: &str, host: &str) -> Self {
        let variables = vec![format!("db_url={url}"), format!("db_host={host}")];
        self.options(|options| options.variables = variables)
    }

    pub(crate) fn manifest(&self) -> String {
        format!(
            "spin_manifest_version = 2\n[application]\nname = \"test\"\nversion = \"1.2.3\"\n[variables]\ndb_url = {{ required = true, secret = true }}\ndb_host = {{ required = true }}\nname = {{ default = \"world\" }}\n[[trigger.http]]\nroute = \"/...\"\ncomponent = \"guest\"\n[component.guest]\nsource = {:?}\n{}\n{}",
            components::guest(),
            self.grants,
            self.rest
        )
    }

    /// Writes the manifest.
    pub(crate) fn write(&self) -> PathBuf {
        std::fs::write(&self.options.from, self.manifest()).unwrap();
        self.options.from.clone()
    }

    pub(crate) async fn start(self) -> App {
        self.write();
        let host = Host::start(self.options)
            .await
            .unwrap_or_else(|error| panic!("the host refused to start: {error:#}"));
        App {
            folder: self.folder,
            host,
            client: Client::new(),
        }
    }

    /// Why the host doesn't start.
    pub(crate) async fn refusal(self) -> String {
        self.write();
        match Host::start(self.options).await {
            Ok(_) => panic!("the host started"),
            Err(error) => format!("{error:#}"),
        }
    }
}

impl App {
    pub(crate) fn url(&self, path: &str) -> String {
        format!("{}{path}", self.host.base_url())
    }

    pub(crate) async fn get(&self, path: &str) -> (StatusCode, String) {
        let response = self.client.get(self.url(path)).send().await.unwrap();
        (response.status(), response.text().await.unwrap())
    }

    /// The body of a request that succeeds.
    pub(crate) async fn text(&self, path: &str) -> String {
        let (status, body) = self.get(path).await;
        assert_eq!(status, 200, "{path}: {body}");
        body
    }

    pub(crate) async fn json(&self, path: &str) -> serde_json::Value {
        serde_json::from_str(&self.text(path).await).unwrap()
    }
}

/// An address at which nobody listens, and which nobody else gets while the socket is held.
pub(crate) fn silent_address() -> (TcpSocket, SocketAddr) {
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind(SocketAddr::from(([127, 0, 0, 1], 0))).unwrap();
    let address = socket.local_addr().unwrap();
    (socket, address)
}

/// Many at once, in the order of the list.
pub(crate) async fn all<T>(futures: impl IntoIterator<Item = impl Future<Output = T>>) -> Vec<T> {
    futures::future::join_all(futures).await
}
