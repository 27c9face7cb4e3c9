//! What a user was told is done, to be looked for at the end.

use std::collections::BTreeSet;

use http::StatusCode;

/// Of one user.
#[derive(Debug, Default)]
pub(crate) struct Ledger {
    pub(crate) email: String,
    /// Posts that have to be there.
    pub(crate) there: BTreeSet<String>,
    /// Posts that must not.
    pub(crate) gone: BTreeSet<String>,
    /// What the profile may say: the last acknowledged, and what nobody knows the fate of. Empty: nothing was acknowledged yet.
    pub(crate) bios: Vec<String>,
}

impl Ledger {
    pub(crate) fn new(email: String) -> Self {
        Self {
            email,
            ..Self::default()
        }
    }

    pub(crate) fn published(&mut self, slug: &str) {
        self.there.insert(slug.to_owned());
    }

    /// From now on nobody knows, until somebody says.
    pub(crate) fn try_deletion(&mut self, slug: &str) {
        self.there.remove(slug);
    }

    pub(crate) fn deleted(&mut self, slug: &str) {
        self.gone.insert(slug.to_owned());
    }

    /// It may have happened, whatever is answered.
    pub(crate) fn try_bio(&mut self, bio: &str) {
        if !self.bios.is_empty() {
            self.bios.push(bio.to_owned());
        }
    }

    pub(crate) fn bio_was(&mut self, bio: &str, status: StatusCode) {
        if status.is_success() {
            self.bios = vec![bio.to_owned()];
        } else if status.is_client_error() {
            // Refused: it did not happen.
            self.bios.retain(|possible| possible != bio);
        }
    }

    /// How much there is to look for.
    pub(crate) fn len(&self) -> usize {
        self.there.len() + self.gone.len() + usize::from(!self.bios.is_empty())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_not_answered_may_be_either() {
        let mut ledger = Ledger::new("a@example.com".to_owned());
        ledger.try_bio("lost before anything was acknowledged");
        assert!(ledger.bios.is_empty());
        for (bio, status) in [("one", Some(200)), ("two", None), ("three", Some(422))] {
            ledger.try_bio(bio);
            if let Some(status) = status {
                ledger.bio_was(bio, StatusCode::from_u16(status).unwrap());
            }
        }
        assert_eq!(ledger.bios, ["one", "two"]);
        ledger.published("a");
        ledger.published("b");
        ledger.try_deletion("a");
        assert_eq!(ledger.len(), 2, "nobody knows about a: {ledger:?}");
        ledger.deleted("a");
        assert_eq!(ledger.len(), 3);
    }
}
