#![doc = include_str!("../README.md")]

mod authenticator_data;
mod cbor;
mod client_data;
mod cose_key;
mod relying_party;

pub use relying_party::{Assertion, AssertionResponse, NewPasskey, RelyingParty, Verification};

/// Why a response proves nothing. For the log: whoever sent it learns that it was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// Not the structure that the standard describes.
    #[error("the response is malformed")]
    Malformed,
    /// Made for something else: the type of the ceremony.
    #[error("the response is of another ceremony")]
    WrongType,
    /// Not the challenge that was given out.
    #[error("the challenge is another")]
    WrongChallenge,
    /// Made on another page.
    #[error("the origin is another")]
    WrongOrigin,
    /// Made for another relying party.
    #[error("the relying party is another")]
    WrongRelyingParty,
    /// Nobody touched the authenticator.
    #[error("the user was not present")]
    NotPresent,
    /// The authenticator did not verify who touched it, and that was demanded.
    #[error("the user was not verified")]
    NotVerified,
    /// An algorithm or curve that was not offered.
    #[error("the key is of a kind that was not asked for")]
    WrongKey,
    /// The signature is not the key's.
    #[error("the signature is wrong")]
    BadSignature,
}
