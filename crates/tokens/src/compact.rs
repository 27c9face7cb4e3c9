//! The compact serialization of a signed token (RFC 7515 section 7.1).

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::de::DeserializeOwned;

/// Longest token that is looked at, bytes. Ours have under 1,000.
const LIMIT: usize = 8 * 1024;

/// A token taken apart; nothing about it is verified.
#[derive(Debug)]
pub struct Compact<'a> {
    signed: &'a str,
    header: Vec<u8>,
    payload: Vec<u8>,
    signature: Vec<u8>,
}

impl<'a> Compact<'a> {
    /// None if this is no such token.
    #[must_use]
    pub fn parse(token: &'a str) -> Option<Self> {
        if token.len() > LIMIT {
            return None;
        }
        let (signed, signature) = token.rsplit_once('.')?;
        let (header, payload) = signed.split_once('.')?;
        let decode = |part: &str| URL_SAFE_NO_PAD.decode(part).ok();
        Some(Self {
            signed,
            header: decode(header)?,
            payload: decode(payload)?,
            signature: decode(signature)?,
        })
    }

    /// What the signature covers.
    #[must_use]
    pub fn signed(&self) -> &'a str {
        self.signed
    }

    /// The signature.
    #[must_use]
    pub fn signature(&self) -> &[u8] {
        &self.signature
    }

    /// The header, if it is one of this shape.
    #[must_use]
    pub fn header<T: DeserializeOwned>(&self) -> Option<T> {
        serde_json::from_slice(&self.header).ok()
    }

    /// The payload, if it is one of this shape.
    #[must_use]
    pub fn payload<T: DeserializeOwned>(&self) -> Option<T> {
        serde_json::from_slice(&self.payload).ok()
    }
}
