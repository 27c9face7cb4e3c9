//! What is stored of a secret: its SHA-256. Good for 256 random bits, not for what somebody chose or can guess.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use sha2::{Digest, Sha256};

/// A SHA-256.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hash([u8; 32]);

impl Hash {
    /// Of several texts; where one ends is part of what is hashed.
    #[must_use]
    pub fn of(parts: &[&str]) -> Self {
        let mut hash = Sha256::new();
        let mut more = false;
        for part in parts {
            if more {
                hash.update([0]);
            }
            hash.update(part);
            more = true;
        }
        Self(hash.finalize().into())
    }

    /// The hash, as the column has it.
    #[must_use]
    pub fn to_vec(&self) -> Vec<u8> {
        self.0.to_vec()
    }

    /// In lower-case hex, as SQL functions take and answer it.
    #[must_use]
    pub fn hex(&self) -> String {
        self.0.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// In base64url.
    #[must_use]
    pub fn base64url(&self) -> String {
        URL_SAFE_NO_PAD.encode(self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hashes_of_parts_tell_where_one_ends() {
        assert_ne!(Hash::of(&["ab", "c"]), Hash::of(&["a", "bc"]));
        assert_eq!(Hash::of(&["abc"]).hex().len(), 64);
    }
}
