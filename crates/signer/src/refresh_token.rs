//! Refresh tokens that follow from one another.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use crate::Keyring;

/// The one token that may follow: HMAC-SHA256 of the presented one. Who holds a token can't work out the next without
/// presenting it, and who presents it twice gets the same.
#[must_use]
pub fn successor(keyring: &dyn Keyring, presented: &str) -> Option<String> {
    let key = keyring.derive("refresh-token successor");
    let mut mac = Hmac::<Sha256>::new_from_slice(&key).ok()?;
    mac.update(presented.as_bytes());
    Some(format!(
        "spr_{}",
        URL_SAFE_NO_PAD.encode(mac.finalize().into_bytes())
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_has_one_successor_under_one_master_key() {
        let one = vault::Keyring::parse("1:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=").unwrap();
        let other =
            vault::Keyring::parse("1:ICEiIyQlJicoKSorLC0uLzAxMjM0NTY3ODk6Ozw9Pj8=").unwrap();
        let next = successor(&one, "spr_a").unwrap();
        assert_eq!(successor(&one, "spr_a").unwrap(), next);
        assert_ne!(successor(&one, "spr_b").unwrap(), next);
        assert_ne!(successor(&other, "spr_a").unwrap(), next);
        assert_eq!(next.len(), "spr_".len() + 43, "256 bits");
    }
}
