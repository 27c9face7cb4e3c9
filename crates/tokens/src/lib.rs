#![doc = include_str!("../README.md")]

mod access_token;
mod audience;
mod compact;
mod credential;
mod jwk;
mod proof;
mod verifier;

pub use audience::Audience;
pub use compact::Compact;
pub use jwk::{Jwk, Thumbprint};
pub use proof::{Proof, ProvenRequest};
pub use verifier::Verifier;
