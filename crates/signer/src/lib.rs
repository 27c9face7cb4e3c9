#![doc = include_str!("../README.md")]

mod access_token;
mod api;
mod keyring;
mod refresh_token;
mod signing_key;
mod store;

pub use access_token::{AccessToken, Grant, LIFETIME};
pub use api::service;
#[cfg(not(target_family = "wasm"))]
pub use keyring::native as native_keyring;
pub use keyring::{Keyring, KeyringError, OpenKeyring};
pub use refresh_token::successor;
pub use signing_key::{SealedKey, SigningKey};
