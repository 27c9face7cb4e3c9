//! The master keys, left to whoever holds them: the `vault` component in Spin, the crate behind it elsewhere.

use zeroize::Zeroizing;

/// Where a sealed text belongs. It opens nowhere else.
#[derive(Debug, Clone, Copy)]
pub struct Place<'a> {
    /// `exchange-key` or `exchange-secret`.
    pub purpose: &'static str,
    /// Id of the account that owns it.
    pub owner: &'a str,
    /// Id of the row that holds it.
    pub row: &'a str,
}

/// Why nothing was sealed or opened. None of the texts holds a secret.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KeyringError {
    /// Damaged, sealed for another place, or under a master key that is not given any more.
    #[error("the sealed text does not open here")]
    NotAuthentic,
    /// The master keys cannot be used; says what is wrong with them.
    #[error("{0}")]
    Failed(String),
}

/// Seals and opens under master keys that never leave it.
pub trait Keyring: Send + Sync {
    /// Seals a secret for this place; the envelope is text and safe to store.
    ///
    /// # Errors
    /// [`KeyringError::Failed`].
    fn seal(&self, place: Place<'_>, secret: &[u8]) -> Result<String, KeyringError>;

    /// Opens what was sealed for the same place.
    ///
    /// # Errors
    /// [`KeyringError::NotAuthentic`].
    fn open(&self, place: Place<'_>, envelope: &str) -> Result<Zeroizing<Vec<u8>>, KeyringError>;

    /// Wraps the envelope's data key anew under the current master key; the secret itself is not touched.
    ///
    /// # Errors
    /// [`KeyringError::NotAuthentic`].
    fn rewrap(&self, place: Place<'_>, envelope: &str) -> Result<String, KeyringError>;

    /// 32 bytes for another use, derived from the master key.
    fn derive(&self, info: &str) -> Zeroizing<Vec<u8>>;
}

impl Keyring for Box<dyn Keyring> {
    fn seal(&self, place: Place<'_>, secret: &[u8]) -> Result<String, KeyringError> {
        self.as_ref().seal(place, secret)
    }

    fn open(&self, place: Place<'_>, envelope: &str) -> Result<Zeroizing<Vec<u8>>, KeyringError> {
        self.as_ref().open(place, envelope)
    }

    fn rewrap(&self, place: Place<'_>, envelope: &str) -> Result<String, KeyringError> {
        self.as_ref().rewrap(place, envelope)
    }

    fn derive(&self, info: &str) -> Zeroizing<Vec<u8>> {
        self.as_ref().derive(info)
    }
}

#[cfg(not(target_family = "wasm"))]
impl Keyring for vault::Keyring {
    fn seal(&self, place: Place<'_>, secret: &[u8]) -> Result<String, KeyringError> {
        vault::Keyring::seal(self, &binding(place), secret)
            .map_err(|error| KeyringError::Failed(error.to_string()))
    }

    fn open(&self, place: Place<'_>, envelope: &str) -> Result<Zeroizing<Vec<u8>>, KeyringError> {
        vault::Keyring::open(self, &binding(place), envelope)
            .map_err(|_| KeyringError::NotAuthentic)
    }

    fn rewrap(&self, place: Place<'_>, envelope: &str) -> Result<String, KeyringError> {
        vault::Keyring::rewrap(self, &binding(place), envelope)
            .map_err(|_| KeyringError::NotAuthentic)
    }

    fn derive(&self, info: &str) -> Zeroizing<Vec<u8>> {
        Zeroizing::new(vault::Keyring::derive(self, info).to_vec())
    }
}

#[cfg(not(target_family = "wasm"))]
fn binding(place: Place<'_>) -> vault::Binding<'_> {
    vault::Binding {
        purpose: place.purpose,
        owner: place.owner,
        row: place.row,
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
        Err(error) => Err(KeyringError::Failed(error.to_string())),
    }
}
