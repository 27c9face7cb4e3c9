//! The master keys, wherever they are kept.

use zeroize::Zeroizing;

/// Why the master keys were of no use. The message names the cause and quotes nothing secret.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct KeyringError(pub String);

/// Master keys that seal, open and derive. The owner of everything sealed here is `spindle` itself.
pub trait Keyring: Send + Sync {
    /// Seals a secret for a purpose and a row.
    ///
    /// # Errors
    /// When the vault refuses.
    fn seal(&self, purpose: &str, row: &str, secret: &[u8]) -> Result<String, KeyringError>;

    /// Opens what was sealed for the same purpose and row.
    ///
    /// # Errors
    /// When the envelope is damaged, belongs elsewhere, or needs a master key that is not given.
    fn open(
        &self,
        purpose: &str,
        row: &str,
        envelope: &str,
    ) -> Result<Zeroizing<Vec<u8>>, KeyringError>;

    /// Wraps an envelope anew under the current master key.
    ///
    /// # Errors
    /// As [`Keyring::open`].
    fn rewrap(&self, purpose: &str, row: &str, envelope: &str) -> Result<String, KeyringError>;

    /// Version of the current master key.
    fn current(&self) -> u32;

    /// A key for another use, the same across rotations as long as the lowest version is given.
    fn derive(&self, info: &str) -> Zeroizing<Vec<u8>>;
}

/// Reads the variable `identity_master_keys`.
pub type OpenKeyring = fn(&str) -> Result<Box<dyn Keyring>, KeyringError>;

#[cfg(not(target_family = "wasm"))]
impl Keyring for vault::Keyring {
    fn seal(&self, purpose: &str, row: &str, secret: &[u8]) -> Result<String, KeyringError> {
        vault::Keyring::seal(
            self,
            &vault::Binding {
                purpose,
                owner: "spindle",
                row,
            },
            secret,
        )
        .map_err(|error| KeyringError(error.to_string()))
    }

    fn open(
        &self,
        purpose: &str,
        row: &str,
        envelope: &str,
    ) -> Result<Zeroizing<Vec<u8>>, KeyringError> {
        vault::Keyring::open(
            self,
            &vault::Binding {
                purpose,
                owner: "spindle",
                row,
            },
            envelope,
        )
        .map_err(|error| KeyringError(error.to_string()))
    }

    fn rewrap(&self, purpose: &str, row: &str, envelope: &str) -> Result<String, KeyringError> {
        vault::Keyring::rewrap(
            self,
            &vault::Binding {
                purpose,
                owner: "spindle",
                row,
            },
            envelope,
        )
        .map_err(|error| KeyringError(error.to_string()))
    }

    fn current(&self) -> u32 {
        vault::Keyring::current(self)
    }

    fn derive(&self, info: &str) -> Zeroizing<Vec<u8>> {
        Zeroizing::new(vault::Keyring::derive(self, info).to_vec())
    }
}

/// The vault's crate, for servers that are not components.
///
/// # Errors
/// When the master keys cannot be read.
#[cfg(not(target_family = "wasm"))]
pub fn native(master_keys: &str) -> Result<Box<dyn Keyring>, KeyringError> {
    match vault::Keyring::parse(master_keys) {
        Ok(keyring) => Ok(Box::new(keyring)),
        Err(error) => Err(KeyringError(error.to_string())),
    }
}
