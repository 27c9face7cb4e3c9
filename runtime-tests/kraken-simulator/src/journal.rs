//! What was asked, and what came of it.

use serde::{Deserialize, Serialize};

/// One call of the data plane. Bodies and signatures are not kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct JournalEntry {
    /// Counts from 1.
    pub number: u64,
    /// The method, for example `Balance`.
    pub endpoint: String,
    /// The key that was presented, if any.
    pub api_key: Option<String>,
    /// `ok`, Kraken's error string, or what a fault did.
    pub outcome: String,
}

#[derive(Debug, Default)]
pub(crate) struct Journal(Vec<JournalEntry>);

impl Journal {
    pub(crate) fn note(
        &mut self,
        endpoint: &str,
        api_key: Option<&str>,
        outcome: impl Into<String>,
    ) {
        let number = self.0.len() as u64 + 1;
        let (endpoint, api_key) = (endpoint.to_owned(), api_key.map(str::to_owned));
        self.0.push(JournalEntry {
            number,
            endpoint,
            api_key,
            outcome: outcome.into(),
        });
    }

    /// All entries, or those of one key.
    pub(crate) fn entries(&self, api_key: Option<&str>) -> Vec<JournalEntry> {
        let wanted =
            |entry: &&JournalEntry| api_key.is_none() || entry.api_key.as_deref() == api_key;
        self.0.iter().filter(wanted).cloned().collect()
    }
}
