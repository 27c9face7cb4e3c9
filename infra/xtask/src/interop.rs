//! `cargo xtask test --interop`: an app of its own, and other people's programs against it.

use std::{fs, process::Command};

use anyhow::Context;
use spindle_postgres::Server;

use crate::{
    app::{self, Runner},
    child::Child,
    database::Database,
    migrate, progress,
    secrets::variable,
    simulator::{self, Simulator},
    workspace::Workspace,
};

/// Who may call what administrators may. Made by the app at its start.
const ADMIN: [(&str, &str); 2] = [
    ("admin_email", "interop@example.com"),
    ("admin_password", "interop: correct horse battery"),
];

/// The app that the programs speak to, and its exchange. Both end with the value.
pub(crate) struct App {
    _child: Child,
    simulator: Simulator,
    base_url: String,
}

impl App {
    /// Starts an app on an empty database, with nothing left of an earlier one.
    pub(crate) fn start(workspace: &Workspace, server: &Server) -> anyhow::Result<Self> {
        let database = Database::Given(server.url("postgres"));
        let mut variables = migrate::apply(workspace, &database)?.database.to_vec();
        let simulator = Simulator::start(workspace)?;
        let port = spindle_postgres::free_port()?;
        // The name that the page's own policy is about; its address would be another origin.
        let base_url = format!("http://localhost:{}", port);
        variables.extend([
            (variable(simulator::VARIABLE), simulator.base_url.clone()),
            (variable("public_url"), base_url.clone()),
            // One client sends thousands of requests here.
            (variable("limits"), "off".to_owned()),
            // A program that measures comes from many networks; where none is named, the peer's address counts.
            (variable("trusted_proxies"), "1".to_owned()),
            // Some register themselves.
            (variable("dynamic_registration"), "on".to_owned()),
        ]);
        variables.extend(ADMIN.map(|(name, value)| (variable(name), value.to_owned())));
        let state = workspace.path("target/interop/state");
        if state.exists() {
            fs::remove_dir_all(&state).with_context(|| format!("removing {}", state.display()))?;
        }
        let (mut child, address) =
            Runner::choose().start(workspace, &state, ([127, 0, 0, 1], port).into(), &variables)?;
        app::wait_until_ready(&address, &mut child)?;
        progress::detail(&base_url);
        Ok(Self {
            _child: child,
            simulator,
            base_url,
        })
    }

    /// The programs, which are told where the app and its exchange are.
    pub(crate) fn programs(&self, workspace: &Workspace, words: &[String]) -> Command {
        progress::step("Running the interoperability tests");
        let mut command = Command::new(workspace.path("infra/interop/run"));
        command
            .args(words)
            .current_dir(workspace.root())
            .env("SPINDLE_BASE_URL", &self.base_url)
            .env("SPINDLE_SIMULATOR_URL", &self.simulator.base_url)
            .envs(
                ADMIN
                    .map(|(name, value)| (format!("SPINDLE_{}", name.to_ascii_uppercase()), value)),
            );
        command
    }
}
