#![doc = include_str!("../README.md")]

mod access_token;
mod api;
mod audit_head;
mod id_token;
mod keyring;
mod keys;
mod random;
mod refresh_token;
mod rsa_key;
mod signing_key;
mod store;
mod stored_key;
mod totp;

pub use access_token::{AccessToken, Confirmation, Grant, LIFETIME};
pub use api::service;
pub use audit_head::AuditHead;
pub use id_token::{Algorithm, IdToken, Statement};
#[cfg(not(target_family = "wasm"))]
pub use keyring::native as native_keyring;
pub use keyring::{Keyring, KeyringError, OpenKeyring};
pub use refresh_token::successor;
pub use signing_key::{SealedKey, SigningKey};
pub use totp::TotpSeed;
