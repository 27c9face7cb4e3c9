//! `[component.<id>]`: a Wasm component and everything that it may touch.

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;

use anyhow::{Result, bail};
use serde::Deserialize;
use serde::de::{self, Deserializer, SeqAccess, Visitor};

/// One `[component.<id>]`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Component {
    /// The Wasm file, relative to the manifest.
    pub source: PathBuf,
    /// A sentence about it.
    #[serde(default)]
    pub description: String,
    /// What `spin:variables` answers: templates over the application's variables.
    pub variables: Option<BTreeMap<String, String>>,
    /// Whom it may call, as templates.
    #[serde(default)]
    pub allowed_outbound_hosts: Vec<String>,
    /// The labels of the stores that it may open.
    #[serde(default)]
    pub key_value_stores: Vec<String>,
    /// Its imports that other components of this manifest provide.
    #[serde(default)]
    pub dependencies: BTreeMap<String, Dependency>,
    /// How `spin build` makes it; this host never builds.
    pub build: Option<Build>,
    /// Settings of other tools, ignored.
    #[serde(default)]
    pub tool: toml::Table,
}

/// One provider of an import.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Dependency {
    /// The component that provides it.
    pub component: String,
    /// What the provider may use of its dependent's grants.
    #[serde(default)]
    pub inherit_configuration: Inherit,
}

/// `inherit_configuration`: a boolean or the names of grants.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Inherit {
    /// Nothing: the provider only computes.
    #[default]
    Nothing,
    /// All that the dependent has.
    All,
    /// The named grants.
    Grants(Vec<String>),
}

/// `[component.<id>.build]`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Build {
    /// The command line.
    pub command: String,
    /// Where it runs, relative to the manifest.
    pub workdir: Option<PathBuf>,
    /// What `spin watch` looks at.
    #[serde(default)]
    pub watch: Vec<String>,
}

/// The grants that `inherit_configuration` may name. Spin ignores other names silently; a mistyped one is refused here.
const INHERITABLE: [&str; 4] = [
    "allowed_outbound_hosts",
    "environment",
    "key_value_stores",
    "variables",
];

impl Inherit {
    /// Whether the grant `name` is inherited.
    pub fn includes(&self, name: &str) -> bool {
        match self {
            Self::Nothing => false,
            Self::All => true,
            Self::Grants(names) => names.iter().any(|granted| granted == name),
        }
    }
}

impl Component {
    /// Spin's rule: a provider has no grants and no dependencies of its own, it may only inherit.
    pub(super) fn check_as_dependency(&self, id: &str) -> Result<()> {
        let own = [
            ("variables", self.variables.is_some()),
            (
                "allowed_outbound_hosts",
                !self.allowed_outbound_hosts.is_empty(),
            ),
            ("key_value_stores", !self.key_value_stores.is_empty()),
            ("dependencies", !self.dependencies.is_empty()),
        ];
        match own.iter().find(|(_, present)| *present) {
            Some((key, _)) => bail!(
                "[component.{id}] is a dependency and must not have `{key}` of its own; declare it in the component that depends on it and name it in `inherit_configuration`"
            ),
            None => Ok(()),
        }
    }
}

/// Spin's rule for ids: kebab-case.
pub(super) fn check_id(id: &str) -> Result<()> {
    let words = id.split('-').all(|word| {
        word.starts_with(|c: char| c.is_ascii_alphabetic())
            && word.chars().all(|c| c.is_ascii_alphanumeric())
    });
    if !words {
        bail!(
            "[component.{id}]: an id is words of letters and digits, each begun by a letter, joined by single hyphens"
        );
    }
    Ok(())
}

impl<'de> Deserialize<'de> for Inherit {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(InheritVisitor)
    }
}

struct InheritVisitor;

impl<'de> Visitor<'de> for InheritVisitor {
    type Value = Inherit;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            formatter,
            "true, false or a list of {}",
            INHERITABLE.join(", ")
        )
    }

    fn visit_bool<E: de::Error>(self, all: bool) -> Result<Inherit, E> {
        Ok(if all { Inherit::All } else { Inherit::Nothing })
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Inherit, A::Error> {
        let mut names = Vec::new();
        while let Some(name) = seq.next_element::<String>()? {
            if !INHERITABLE.contains(&name.as_str()) {
                return Err(de::Error::unknown_variant(&name, &INHERITABLE));
            }
            names.push(name);
        }
        Ok(Inherit::Grants(names))
    }
}
