#![doc = include_str!("../README.md")]

mod binding;
mod envelope;
mod error;
mod keyring;
mod master_keys;

pub use binding::Binding;
pub use error::Error;
pub use keyring::Keyring;
