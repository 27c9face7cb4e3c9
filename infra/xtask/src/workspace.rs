//! Where things are in this repository.

use std::{
    env, fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, bail};

/// The repository, and its parts that the commands touch.
pub(crate) struct Workspace {
    root: PathBuf,
}

impl Workspace {
    /// The one that this program was built from.
    pub(crate) fn find() -> anyhow::Result<Self> {
        let here = env::var_os("CARGO_MANIFEST_DIR")
            .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")), PathBuf::from);
        let root = here
            .ancestors()
            .nth(2)
            .context("infra/xtask is not two folders below the root")?;
        Ok(Self {
            root: root.to_owned(),
        })
    }

    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    pub(crate) fn path(&self, inside: &str) -> PathBuf {
        self.root.join(inside)
    }

    pub(crate) fn manifest(&self) -> PathBuf {
        self.root.join("spin.toml")
    }

    /// What a run leaves behind: data, state, logs. Ignored by git.
    pub(crate) fn state(&self) -> anyhow::Result<PathBuf> {
        let state = self.root.join(".spin");
        fs::create_dir_all(&state).with_context(|| format!("creating {}", state.display()))?;
        Ok(state)
    }

    /// The folder of the embedded Postgres.
    pub(crate) fn postgres(&self) -> anyhow::Result<PathBuf> {
        Ok(self.state()?.join("postgres"))
    }

    pub(crate) fn env_file(&self) -> PathBuf {
        self.root.join(".env")
    }

    /// A program of this workspace, built in the development profile.
    pub(crate) fn program(&self, name: &str) -> PathBuf {
        self.target().join("debug").join(name)
    }

    /// The packages of all components, by the folders of `components/`.
    pub(crate) fn components(&self) -> anyhow::Result<Vec<String>> {
        let folder = self.root.join("components");
        let mut packages = Vec::new();
        for entry in
            fs::read_dir(&folder).with_context(|| format!("reading {}", folder.display()))?
        {
            let manifest = entry?.path().join("Cargo.toml");
            let Ok(text) = fs::read_to_string(&manifest) else {
                continue;
            };
            let table: toml::Table = text
                .parse()
                .with_context(|| format!("reading {}", manifest.display()))?;
            let name = table
                .get("package")
                .and_then(|package| package.get("name"))
                .and_then(toml::Value::as_str);
            packages.push(
                name.with_context(|| format!("{} has no package.name", manifest.display()))?
                    .to_owned(),
            );
        }
        if packages.is_empty() {
            bail!("no component in {}", folder.display());
        }
        packages.sort();
        Ok(packages)
    }

    fn target(&self) -> PathBuf {
        match env::var_os("CARGO_TARGET_DIR") {
            Some(folder) => self.root.join(folder),
            None => self.root.join("target"),
        }
    }
}
