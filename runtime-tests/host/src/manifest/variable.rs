//! `[variables]`: what the application must be told.

use anyhow::{Result, bail};
use serde::Deserialize;

/// One declared variable.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct VariableDeclaration {
    /// The value if nobody gives one.
    pub default: Option<String>,
    /// Whether a value must be given.
    #[serde(default)]
    pub required: bool,
    /// Whether the value is a secret, which must be a real one in production.
    #[serde(default)]
    pub secret: bool,
    /// A sentence for the person who has to give it.
    pub description: Option<String>,
}

/// Spin's rule for names: a lower-case letter, then lower-case letters, digits and single underscores, not at the end.
pub(super) fn check_name(name: &str) -> Result<()> {
    let starts_well = name.starts_with(|first: char| first.is_ascii_lowercase());
    let characters = name
        .chars()
        .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_');
    if !starts_well || !characters || name.contains("__") || name.ends_with('_') {
        bail!(
            "variable {name:?}: a name is a lower-case letter, then lower-case letters, digits and single underscores, none at the end"
        );
    }
    Ok(())
}
