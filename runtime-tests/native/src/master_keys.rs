//! The crate behind the component `vault`, for `kraken`.

use kraken::{Keyring, KeyringError, Place};
use vault::Binding;
use zeroize::Zeroizing;

struct Vault(vault::Keyring);

/// Reads the variable `exchange_master_keys`.
pub(crate) fn read(text: &str) -> Result<Box<dyn Keyring>, KeyringError> {
    match vault::Keyring::parse(text) {
        Ok(keyring) => Ok(Box::new(Vault(keyring))),
        Err(error) => Err(KeyringError::Failed(error.to_string())),
    }
}

impl Keyring for Vault {
    fn seal(&self, place: Place<'_>, secret: &[u8]) -> Result<String, KeyringError> {
        self.0
            .seal(&binding(place), secret)
            .map_err(|error| KeyringError::Failed(error.to_string()))
    }

    fn open(&self, place: Place<'_>, envelope: &str) -> Result<Zeroizing<Vec<u8>>, KeyringError> {
        self.0
            .open(&binding(place), envelope)
            .map_err(|_| KeyringError::NotAuthentic)
    }

    fn rewrap(&self, place: Place<'_>, envelope: &str) -> Result<String, KeyringError> {
        self.0
            .rewrap(&binding(place), envelope)
            .map_err(|_| KeyringError::NotAuthentic)
    }

    fn derive(&self, info: &str) -> Zeroizing<Vec<u8>> {
        Zeroizing::new(self.0.derive(info).to_vec())
    }
}

fn binding(place: Place<'_>) -> Binding<'_> {
    Binding {
        purpose: place.purpose,
        owner: place.owner,
        row: place.row,
    }
}
