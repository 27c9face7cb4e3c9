//! Where it was measured, and what can be read off without load.

use std::path::Path;

use anyhow::Context;
use spindle_harness::Database;

use crate::peer::{PACKAGES, Python};

/// The machine and the programs.
#[derive(Debug)]
pub(crate) struct Machine {
    pub(crate) cpu: String,
    pub(crate) cores: usize,
    pub(crate) memory_gib: u64,
    pub(crate) kernel: String,
    pub(crate) postgres: String,
    pub(crate) peer: String,
    /// Programs that were running or waiting for a core before anything was started here, over the minute before.
    pub(crate) load_before: String,
}

/// The machine's load now; to be asked before adding to it.
pub(crate) fn load_average() -> String {
    let text = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    text.split(' ').next().unwrap_or("unknown").to_owned()
}

impl Machine {
    pub(crate) async fn describe(
        database: &Database,
        python: &Python,
        load_before: String,
    ) -> anyhow::Result<Self> {
        let field = |file: &str, name: &str| {
            std::fs::read_to_string(file)
                .unwrap_or_default()
                .lines()
                .find_map(|line| {
                    line.strip_prefix(name)?
                        .trim_start()
                        .strip_prefix(':')
                        .map(|value| value.trim().to_owned())
                })
                .unwrap_or_else(|| "unknown".to_owned())
        };
        let memory: u64 = field("/proc/meminfo", "MemTotal")
            .trim_end_matches(" kB")
            .parse()
            .unwrap_or(0);
        let postgres = database
            .connect()
            .await?
            .query_one("select current_setting('server_version')", &[])
            .await?;
        Ok(Self {
            cpu: field("/proc/cpuinfo", "model name"),
            cores: std::thread::available_parallelism()?.get(),
            memory_gib: memory / (1 << 20),
            kernel: std::fs::read_to_string("/proc/sys/kernel/osrelease")
                .unwrap_or_default()
                .trim()
                .to_owned(),
            postgres: postgres.try_get(0)?,
            peer: python.versions(&PACKAGES)?,
            load_before,
        })
    }
}

/// Memory of a process, pages that others use too counted in part: what would be free if it ended. Bytes.
pub(crate) fn proportional_memory(process: u32) -> anyhow::Result<u64> {
    let file = format!("/proc/{process}/smaps_rollup");
    let text = std::fs::read_to_string(&file).with_context(|| format!("reading {file}"))?;
    let kib: u64 = text
        .lines()
        .find_map(|line| {
            line.strip_prefix("Pss:")?
                .trim()
                .strip_suffix(" kB")?
                .parse()
                .ok()
        })
        .with_context(|| format!("{file} has no Pss"))?;
    Ok(kib * 1024)
}

/// Every component of the manifest with its size in bytes, the largest first.
pub(crate) fn components(root: &Path) -> anyhow::Result<Vec<(String, u64)>> {
    let manifest: toml::Table = std::fs::read_to_string(root.join("spin.toml"))?.parse()?;
    let mut sizes = Vec::new();
    for (name, component) in manifest
        .get("component")
        .and_then(toml::Value::as_table)
        .into_iter()
        .flatten()
    {
        let source = component
            .get("source")
            .and_then(toml::Value::as_str)
            .with_context(|| format!("{name} has no source"))?;
        let length = std::fs::metadata(root.join(source))
            .with_context(|| format!("{source} is not built"))?
            .len();
        sizes.push((name.clone(), length));
    }
    sizes.sort_by_key(|(_, size)| std::cmp::Reverse(*size));
    Ok(sizes)
}
