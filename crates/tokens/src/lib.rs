#![doc = include_str!("../README.md")]

mod access_token;
mod compact;
mod credential;
mod jwk;
mod proof;
mod verifier;

pub use jwk::Thumbprint;
pub use verifier::Verifier;
