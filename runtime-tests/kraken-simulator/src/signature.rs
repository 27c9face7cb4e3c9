//! `API-Sign`, computed here independently of the client that is to be tested.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256, Sha512};
use subtle::ConstantTimeEq;

pub(crate) fn matches(secret: &str, path: &str, nonce: &str, body: &[u8], presented: &str) -> bool {
    let Some(expected) = sign(secret, path, nonce, body) else {
        return false;
    };
    expected.as_bytes().ct_eq(presented.as_bytes()).into()
}

fn sign(secret: &str, path: &str, nonce: &str, body: &[u8]) -> Option<String> {
    let key = STANDARD.decode(secret).ok()?;
    let mut inner = Sha256::new();
    inner.update(nonce.as_bytes());
    inner.update(body);
    let mut outer = Hmac::<Sha512>::new_from_slice(&key).ok()?;
    outer.update(path.as_bytes());
    outer.update(&inner.finalize());
    Some(STANDARD.encode(outer.finalize().into_bytes()))
}

/// What deterministic keys and names are made of.
pub(crate) fn derive(seed: &str, purpose: &str, label: &str) -> [u8; 64] {
    Sha512::digest(format!("kraken-simulator|{seed}|{purpose}|{label}")).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_documented_vector_matches() {
        assert!(matches(
            "kQH5HW/8p1uGOVjbgWA7FunAmGO8lsSUXNsu3eow76sz84Q18fWxnyRzBHCd3pd5nE9qa99HAZtuZuj6F1huXg==",
            "/0/private/AddOrder",
            "1616492376594",
            b"nonce=1616492376594&ordertype=limit&pair=XBTUSD&price=37500&type=buy&volume=1.25",
            "4/dpxb3iT4tp/ZCVEwSnEsLxx0bqyhLpdfOpc6fn7OR8+UClSV5n9E6aSS8MPtnRfp32bAb0nmbRn6H8ndwLUQ==",
        ));
    }
}
