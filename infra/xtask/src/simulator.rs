//! The Kraken simulator beside a development set-up, with its two demonstration keys.

use std::{env, process::Command, time::Duration};

use anyhow::Context;
use serde_json::Value;

use crate::{
    build::Program, child::Child, env_file::EnvFile, progress, secrets::variable,
    workspace::Workspace,
};

/// The application's variable for the exchange's origin.
pub(crate) const VARIABLE: &str = "kraken_api_base_url";

/// A running simulator.
pub(crate) struct Simulator {
    pub(crate) child: Child,
    pub(crate) base_url: String,
    keys: Vec<Key>,
}

struct Key {
    name: String,
    api_key: String,
    api_secret: String,
}

/// The exchange that the user chose: in the environment, or in `.env`.
pub(crate) fn chosen_exchange(workspace: &Workspace) -> anyhow::Result<Option<String>> {
    let names = [
        variable(VARIABLE),
        format!("SPIN_VARIABLE_{VARIABLE}"),
        VARIABLE.to_ascii_uppercase(),
    ];
    if let Some(url) = names
        .iter()
        .find_map(|name| env::var(name).ok())
        .filter(|url| !url.is_empty())
    {
        return Ok(Some(url));
    }
    let file = EnvFile::read(&workspace.env_file())?;
    Ok(file.get(&variable(VARIABLE)).map(str::to_owned))
}

impl Simulator {
    pub(crate) fn start(workspace: &Workspace) -> anyhow::Result<Self> {
        progress::step("Starting the Kraken simulator");
        let mut command = Command::new(workspace.program(Program::Simulator.name()));
        let listen = format!("127.0.0.1:{}", spindle_postgres::free_port()?);
        command.args(["--listen", &listen, "--demo-keys", "--die-with-parent"]);
        // The database remembers what the simulator before this one has executed.
        command.arg("--numbers-by-clock");
        let (child, ready) = Child::start("kraken-simulator", command, Duration::from_secs(5))?;
        let text = |value: &Value, name: &str| {
            let text = value.get(name).and_then(Value::as_str).map(str::to_owned);
            text.with_context(|| format!("the simulator tells no {name}"))
        };
        let keys = ready
            .get("keys")
            .and_then(Value::as_array)
            .context("the simulator tells no keys")?;
        let keys = keys
            .iter()
            .map(|key| {
                Ok(Key {
                    name: text(key, "name")?,
                    api_key: text(key, "api_key")?,
                    api_secret: text(key, "api_secret")?,
                })
            })
            .collect::<anyhow::Result<_>>()?;
        Ok(Self {
            child,
            base_url: text(&ready, "base_url")?,
            keys,
        })
    }

    /// Shows the keys to try.
    pub(crate) fn show_keys(&self) {
        println!("  Kraken simulator  {}", self.base_url);
        for key in &self.keys {
            let about = match key.name.as_str() {
                "good" => "key that is accepted",
                "withdraw" => "key that is refused: it can withdraw",
                other => other,
            };
            println!("    {about}");
            println!("      api_key     {}", key.api_key);
            println!("      api_secret  {}", key.api_secret);
        }
    }
}
