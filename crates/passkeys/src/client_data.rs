//! What the browser says about the page (section 5.8.1).

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::Deserialize;
use subtle::ConstantTimeEq;

use crate::Refusal;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ClientData {
    r#type: String,
    challenge: String,
    origin: String,
    #[serde(default)]
    cross_origin: bool,
}

/// Checks type, challenge and origin.
pub(crate) fn check(
    json: &[u8],
    ceremony: &str,
    challenge: &[u8],
    origin: &str,
) -> Result<(), Refusal> {
    let data: ClientData = serde_json::from_slice(json).map_err(|_| Refusal::Malformed)?;
    if data.r#type != ceremony {
        return Err(Refusal::WrongType);
    }
    let expected = URL_SAFE_NO_PAD.encode(challenge);
    if !bool::from(data.challenge.as_bytes().ct_eq(expected.as_bytes())) {
        return Err(Refusal::WrongChallenge);
    }
    if data.origin != origin || data.cross_origin {
        return Err(Refusal::WrongOrigin);
    }
    Ok(())
}
