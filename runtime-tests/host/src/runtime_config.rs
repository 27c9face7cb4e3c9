//! The file of `--runtime-config-file`, as far as Spindle uses Spin's: variables providers and key-value stores. Spin's other
//! tables are refused by name, so that nobody believes them to be in force.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use serde::Deserialize;

/// A parsed runtime configuration.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RuntimeConfig {
    /// Where the state is kept, if `--state-dir` doesn't say.
    pub(crate) state_dir: Option<PathBuf>,
    /// The most memory of one instance in bytes, if `--max-instance-memory` doesn't say.
    pub(crate) max_instance_memory: Option<usize>,
    /// `[[variables_provider]]`, asked in this order.
    #[serde(default, rename = "variables_provider", alias = "config_provider")]
    pub(crate) variables_providers: Vec<VariablesProvider>,
    /// `[key_value_store.<label>]`.
    #[serde(default, rename = "key_value_store")]
    pub(crate) key_value_stores: BTreeMap<String, KeyValueStore>,
}

/// One `[[variables_provider]]`.
#[derive(Debug, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub(crate) enum VariablesProvider {
    /// Environment variables `<prefix>_<UPPER>`, then the same names in a `.env` file.
    Env {
        /// `SPIN_VARIABLE` if not given.
        prefix: Option<String>,
        /// A `.env` file, relative to the working directory.
        dotenv_path: Option<PathBuf>,
    },
    /// Values written in the file itself.
    Static {
        /// By variable name.
        values: BTreeMap<String, String>,
    },
}

/// One `[key_value_store.<label>]`.
#[derive(Debug, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub(crate) enum KeyValueStore {
    /// A SQLite file.
    Spin {
        /// Relative to the state folder; `sqlite_key_value.db` there if not given.
        path: Option<PathBuf>,
    },
    /// A Redis server.
    Redis {
        /// `redis://[user:password@]host[:port][/database]`.
        url: String,
    },
}

impl RuntimeConfig {
    /// Reads the file, or gives the defaults without one.
    pub(crate) fn load(path: Option<&Path>) -> Result<Self> {
        let Some(path) = path else {
            return Ok(Self::default());
        };
        let text = std::fs::read_to_string(path)
            .with_context(|| format!("cannot read the runtime configuration {}", path.display()))?;
        toml::from_str(&text).with_context(|| {
            format!(
                "the runtime configuration {} was refused (this host supports state_dir, max_instance_memory, [[variables_provider]] of type \"env\" or \"static\", and [key_value_store.<label>] of type \"spin\" or \"redis\")",
                path.display()
            )
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_store_that_is_not_supported_is_refused_naming_what_is() {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(
            file.path(),
            "[key_value_store.default]\ntype = \"azure_cosmos\"\nkey = \"k\"\n",
        )
        .unwrap();
        let error = format!("{:#}", RuntimeConfig::load(Some(file.path())).unwrap_err());
        assert!(
            error.contains("azure_cosmos") && error.contains("type \"spin\" or \"redis\""),
            "{error}"
        );
    }
}
