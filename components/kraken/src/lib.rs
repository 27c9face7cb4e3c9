//! The `kraken` component: the isolated exchange signer. It alone holds the exchange master keys, and may reach Kraken.

use contracts::secrets::vault::{Binding, Error, Keyring as Vault};
use kraken::{Keyring, KeyringError, Place};
use spin_sdk::http::{IntoResponse, Request};
use wiping::Wiping;
use zeroize::Zeroizing;

/// Exchange keys come through: nothing of a request is left in what the next one finds.
#[global_allocator]
static ALLOCATOR: Wiping = Wiping::BODIES;

#[spin_sdk::http_service]
async fn handle(request: Request) -> impl IntoResponse {
    kit::serve!(request, "kraken", service, outbound)
}

fn service(app: kit::AppBuilder) -> kit::Service {
    kraken::api::service(app, read_master_keys)
}

/// The `vault` component, linked into this one.
struct Component(Vault);

fn read_master_keys(text: &str) -> Result<Box<dyn Keyring>, KeyringError> {
    match Vault::parse(text) {
        Ok(keyring) => Ok(Box::new(Component(keyring))),
        Err(error) => Err(explain(error)),
    }
}

impl Keyring for Component {
    fn seal(&self, place: Place<'_>, secret: &[u8]) -> Result<String, KeyringError> {
        self.0.seal(&binding(place), secret).map_err(explain)
    }

    fn open(&self, place: Place<'_>, envelope: &str) -> Result<Zeroizing<Vec<u8>>, KeyringError> {
        self.0
            .open(&binding(place), envelope)
            .map(Zeroizing::new)
            .map_err(explain)
    }

    fn rewrap(&self, place: Place<'_>, envelope: &str) -> Result<String, KeyringError> {
        self.0.rewrap(&binding(place), envelope).map_err(explain)
    }

    fn derive(&self, info: &str) -> Zeroizing<Vec<u8>> {
        Zeroizing::new(self.0.derive(info))
    }
}

fn binding(place: Place<'_>) -> Binding {
    Binding {
        purpose: place.purpose.to_owned(),
        owner: place.owner.to_owned(),
        row: place.row.to_owned(),
    }
}

fn explain(error: Error) -> KeyringError {
    match error {
        Error::BadMasterKeys(why) => KeyringError::Failed(why),
        Error::UnknownVersion(_) | Error::NotAuthentic => KeyringError::NotAuthentic,
    }
}
