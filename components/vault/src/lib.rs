//! The `vault` component: `spindle:secrets/vault` over the crate of the same name.

use bindings::exports::spindle::secrets::vault::{Binding, Error, Guest, GuestKeyring, Keyring};
use wiping::Wiping;

/// Secrets and master keys go in and out: nothing of a call is left in what the next one finds.
#[global_allocator]
static ALLOCATOR: Wiping = Wiping::BODIES;

mod bindings {
    #![expect(unsafe_code, reason = "component exports")]
    #![allow(
        missing_docs,
        unreachable_pub,
        clippy::all,
        clippy::allow_attributes_without_reason,
        reason = "generated code"
    )]

    wit_bindgen::generate!({
        inline: "
            package spindle:vault-component@1.0.0;
            world provider {
                export spindle:secrets/vault@1.0.0;
            }
        ",
        path: ["../../wit/secrets"],
        world: "spindle:vault-component/provider",
    });
    export!(Vault with_types_in self);

    use super::Vault;
}

struct Vault;

impl Guest for Vault {
    type Keyring = Keys;
}

struct Keys(vault::Keyring);

impl GuestKeyring for Keys {
    fn parse(master_keys: String) -> Result<Keyring, Error> {
        vault::Keyring::parse(&master_keys)
            .map(|keyring| Keyring::new(Self(keyring)))
            .map_err(error)
    }

    fn current(&self) -> u32 {
        self.0.current()
    }

    fn seal(&self, binding: Binding, secret: Vec<u8>) -> Result<String, Error> {
        self.0.seal(&borrow(&binding), &secret).map_err(error)
    }

    fn open(&self, binding: Binding, envelope: String) -> Result<Vec<u8>, Error> {
        self.0
            .open(&borrow(&binding), &envelope)
            .map(|secret| secret.to_vec())
            .map_err(error)
    }

    fn rewrap(&self, binding: Binding, envelope: String) -> Result<String, Error> {
        self.0.rewrap(&borrow(&binding), &envelope).map_err(error)
    }

    fn derive(&self, info: String) -> Vec<u8> {
        self.0.derive(&info).to_vec()
    }
}

fn borrow(binding: &Binding) -> vault::Binding<'_> {
    vault::Binding {
        purpose: &binding.purpose,
        owner: &binding.owner,
        row: &binding.row,
    }
}

fn error(error: vault::Error) -> Error {
    match error {
        vault::Error::BadMasterKeys(_) => Error::BadMasterKeys(error.to_string()),
        vault::Error::UnknownVersion(version) => Error::UnknownVersion(version),
        vault::Error::NotAuthentic => Error::NotAuthentic,
        // `wasi:random` cannot fail; were it to, going on would be worse than ending the instance.
        vault::Error::NoRandomness => std::process::abort(),
    }
}
