//! `spin.toml`, version 2, as far as Spindle uses it. A field that is not known here is refused with its line: Spin would
//! act on it and this host would not, so the two would run different applications.

mod component;
mod schedule;
mod trigger;
mod variable;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use serde::Deserialize;

pub use component::{Build, Component, Dependency, Inherit};
pub use schedule::Schedule;
pub use trigger::{HttpTrigger, Route, StaticResponse};
pub use variable::VariableDeclaration;

/// A parsed and checked manifest.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    spin_manifest_version: toml::Spanned<i64>,
    /// `[application]`.
    pub application: Application,
    /// `[variables]`, by name.
    #[serde(default)]
    pub variables: BTreeMap<String, VariableDeclaration>,
    #[serde(default)]
    trigger: Triggers,
    /// `[component.<id>]`, by id.
    #[serde(default, rename = "component")]
    pub components: BTreeMap<String, Component>,
    /// The folder of the manifest: relative paths in it start here.
    #[serde(skip)]
    pub folder: PathBuf,
}

/// `[application]`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Application {
    /// The application's name.
    pub name: String,
    /// Its version, empty if not given.
    #[serde(default)]
    pub version: String,
    /// A sentence about it.
    #[serde(default)]
    pub description: String,
    /// Who wrote it.
    #[serde(default)]
    pub authors: Vec<String>,
    /// `[application.tool]`: only `spindle` is known.
    #[serde(default)]
    pub tool: ApplicationTools,
}

/// `[application.tool]`, which Spin ignores.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ApplicationTools {
    /// What this host does beyond Spin.
    #[serde(default)]
    pub spindle: SpindleTool,
}

/// `[application.tool.spindle]`.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SpindleTool {
    /// A request that the host sends to the application at a fixed interval.
    pub tick: Option<Schedule>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Triggers {
    #[serde(default)]
    http: Vec<HttpTrigger>,
}

impl Manifest {
    /// Reads and checks the manifest at `path`, which may also be the folder that holds `spin.toml`.
    pub fn load(path: &Path) -> Result<Self> {
        let path = if path.is_dir() {
            path.join("spin.toml")
        } else {
            path.to_owned()
        };
        let text = std::fs::read_to_string(&path)
            .with_context(|| format!("cannot read the manifest {}", path.display()))?;
        let mut manifest = Self::parse(&text)
            .with_context(|| format!("the manifest {} was refused", path.display()))?;
        manifest.folder = path.parent().map(Path::to_owned).unwrap_or_default();
        Ok(manifest)
    }

    /// Parses and checks the text of a manifest; relative paths in it start at the working directory.
    pub fn parse(text: &str) -> Result<Self> {
        let manifest: Self = toml::from_str(text)?;
        if *manifest.spin_manifest_version.get_ref() != 2 {
            let line = line_of(text, manifest.spin_manifest_version.span().start);
            bail!("line {line}: spin_manifest_version must be 2");
        }
        manifest.check()?;
        Ok(manifest)
    }

    /// The `[[trigger.http]]` entries in the order of the file.
    pub fn http_triggers(&self) -> &[HttpTrigger] {
        &self.trigger.http
    }

    /// The ids of the components that serve requests, each once; the others are dependencies.
    pub fn served_components(&self) -> std::collections::BTreeSet<&str> {
        self.trigger
            .http
            .iter()
            .filter_map(|trigger| trigger.component.as_deref())
            .collect()
    }

    fn check(&self) -> Result<()> {
        for (name, declaration) in &self.variables {
            variable::check_name(name)?;
            if declaration.required && declaration.default.is_some() {
                bail!("variable {name:?} has `required = true` and a default; keep one of them");
            }
            if !declaration.required && declaration.default.is_none() {
                bail!("variable {name:?} needs `required = true` or a `default`");
            }
        }
        for (index, trigger) in self.trigger.http.iter().enumerate() {
            let number = index + 1;
            match (&trigger.component, &trigger.static_response) {
                (Some(component), None) if !self.components.contains_key(component) => {
                    bail!(
                        "[[trigger.http]] number {number} names the component {component:?}, which has no [component.{component}]"
                    )
                }
                (Some(_), None) => {}
                (None, Some(_)) if matches!(trigger.route, Route::Private) => {
                    bail!(
                        "[[trigger.http]] number {number} is private and has a static_response, so nobody could ever see it"
                    )
                }
                (None, Some(response)) => response
                    .check()
                    .with_context(|| format!("[[trigger.http]] number {number}"))?,
                _ => bail!(
                    "[[trigger.http]] number {number} needs exactly one of `component` and `static_response`"
                ),
            }
        }
        let served = self.served_components();
        for (id, component) in &self.components {
            component::check_id(id)?;
            for (name, dependency) in &component.dependencies {
                let Some(provider) = self.components.get(&dependency.component) else {
                    bail!(
                        "[component.{id}.dependencies] {name:?} names the component {:?}, which has no [component.{}]",
                        dependency.component,
                        dependency.component
                    );
                };
                provider.check_as_dependency(&dependency.component)?;
            }
            if component.source.as_os_str().is_empty() {
                bail!("[component.{id}] has an empty `source`");
            }
            if !served.contains(id.as_str()) && !self.is_dependency(id) {
                bail!(
                    "[component.{id}] is neither served by a [[trigger.http]] nor a dependency of another component"
                );
            }
        }
        Ok(())
    }

    fn is_dependency(&self, id: &str) -> bool {
        self.components
            .values()
            .flat_map(|component| component.dependencies.values())
            .any(|dependency| dependency.component == id)
    }
}

fn line_of(text: &str, offset: usize) -> usize {
    1 + text
        .bytes()
        .take(offset)
        .filter(|byte| *byte == b'\n')
        .count()
}

#[cfg(test)]
mod tests;
