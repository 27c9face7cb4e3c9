//! The `signer` component: signs tokens, and alone holds the identity master keys.

use contracts::secrets::vault::{Binding, Error, Keyring as Vault};
use signer::{Keyring, KeyringError};
use spin_sdk::http::{IntoResponse, Request};
use wiping::Wiping;
use zeroize::Zeroizing;

/// Master keys and seeds come through: nothing of a request is left in what the next one finds.
#[global_allocator]
static ALLOCATOR: Wiping = Wiping::BODIES;

#[spin_sdk::http_service]
async fn handle(request: Request) -> impl IntoResponse {
    kit::serve!(request, "signer", service, postgres)
}

fn service(app: kit::AppBuilder) -> kit::Service {
    signer::service(app, open)
}

/// The `vault` component, linked into this one.
struct Component(Vault);

fn open(master_keys: &str) -> Result<Box<dyn Keyring>, KeyringError> {
    match Vault::parse(master_keys) {
        Ok(keyring) => Ok(Box::new(Component(keyring))),
        Err(error) => Err(explain(error)),
    }
}

impl Keyring for Component {
    fn seal(&self, purpose: &str, row: &str, secret: &[u8]) -> Result<String, KeyringError> {
        self.0.seal(&binding(purpose, row), secret).map_err(explain)
    }

    fn open(
        &self,
        purpose: &str,
        row: &str,
        envelope: &str,
    ) -> Result<Zeroizing<Vec<u8>>, KeyringError> {
        self.0
            .open(&binding(purpose, row), envelope)
            .map(Zeroizing::new)
            .map_err(explain)
    }

    fn rewrap(&self, purpose: &str, row: &str, envelope: &str) -> Result<String, KeyringError> {
        self.0
            .rewrap(&binding(purpose, row), envelope)
            .map_err(explain)
    }

    fn current(&self) -> u32 {
        self.0.current()
    }

    fn derive(&self, info: &str) -> Zeroizing<Vec<u8>> {
        Zeroizing::new(self.0.derive(info))
    }
}

fn binding(purpose: &str, row: &str) -> Binding {
    Binding {
        purpose: purpose.to_owned(),
        owner: "spindle".to_owned(),
        row: row.to_owned(),
    }
}

fn explain(error: Error) -> KeyringError {
    KeyringError(match error {
        Error::BadMasterKeys(why) => why,
        Error::UnknownVersion(version) => {
            format!("sealed under master key {version}, which is not given any more")
        }
        Error::NotAuthentic => "the envelope is not authentic".to_owned(),
    })
}
