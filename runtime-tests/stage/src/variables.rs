//! What a manifest would give.

use std::collections::HashMap;
use std::sync::Arc;

/// The usual variables, with more besides or in their place.
pub fn variables(usual: &[(&str, &str)], more: &[(&str, &str)]) -> Arc<HashMap<String, String>> {
    let table = usual
        .iter()
        .chain(more)
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect();
    Arc::new(table)
}
