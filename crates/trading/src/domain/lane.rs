//! Which calls must not overtake each other: those with the same key.

use sha2::{Digest, Sha256};

use super::Entered;

/// SHA-256 of a key's public part. That has far too much entropy to be guessed, so the hash tells nothing of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lane([u8; 32]);

impl Lane {
    /// The lane of a key, known before anything else is known about it.
    #[must_use]
    pub fn of(api_key: &Entered) -> Self {
        Self(Sha256::digest(api_key.expose().as_bytes()).into())
    }

    /// As it is stored.
    #[must_use]
    pub fn to_vec(self) -> Vec<u8> {
        self.0.to_vec()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_has_one_lane_however_it_was_pasted() {
        let lane = |text: &str| Lane::of(&Entered::try_from(text.to_owned()).unwrap());
        assert_eq!(lane("a-good-key"), lane(" a-good-key\n"));
        assert_ne!(lane("a-good-key"), lane("A-good-key"));
    }
}
