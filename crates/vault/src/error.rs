//! Why a secret was not sealed or opened.

/// A failure of the vault. None of them holds key material.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The master keys cannot be read.
    #[error(
        "master keys must be <version>:<base64 of 32 bytes>, comma-separated, the first is current: {0}"
    )]
    BadMasterKeys(String),
    /// The envelope was sealed under a master key that is not given any more.
    #[error(
        "the envelope was sealed under master key {0}, which is not among those given; add it after the current one"
    )]
    UnknownVersion(u32),
    /// The envelope is damaged, or was sealed for another binding or under another key.
    #[error("the envelope is not authentic")]
    NotAuthentic,
    /// The platform gave no random bytes.
    #[error("no random bytes")]
    NoRandomness,
}
