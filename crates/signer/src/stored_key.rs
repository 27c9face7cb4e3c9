//! What the keys that sign have in common: made here, kept sealed, open in memory alone.

use crate::{Keyring, KeyringError, SealedKey};

/// A key that signs.
pub(crate) trait StoredKey: Sized {
    /// The `alg` of what it signs, and the `algorithm` of its row.
    const ALGORITHM: &'static str;

    /// A new key.
    ///
    /// # Errors
    /// When the platform has no random bytes.
    fn generate() -> Result<Self, KeyringError>;

    /// Opens a sealed key.
    ///
    /// # Errors
    /// When the master keys don't open it, or it is not the key that its row says.
    fn open(keyring: &dyn Keyring, sealed: &SealedKey) -> Result<Self, KeyringError>;

    /// Seals the key for its row.
    ///
    /// # Errors
    /// When the vault refuses.
    fn seal(&self, keyring: &dyn Keyring) -> Result<SealedKey, KeyringError>;
}
