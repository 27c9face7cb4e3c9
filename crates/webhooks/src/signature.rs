//! Signatures as Standard Webhooks say.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use uuid::Uuid;

/// What a webhook's messages are signed with: 32 bytes that only the key and the webhook's id make.
pub struct Secret([u8; 32]);

impl Secret {
    /// The secret of a webhook, in this generation of its secrets.
    #[must_use]
    pub fn derive(key: &[u8], webhook: Uuid, generation: i32) -> Self {
        Self(mac(
            key,
            &[
                b"spindle webhook secret 1:",
                webhook.as_bytes(),
                &generation.to_be_bytes(),
            ],
        ))
    }

    /// As its owner is told, `whsec_` and base64.
    #[must_use]
    pub fn shown(&self) -> String {
        format!("whsec_{}", STANDARD.encode(self.0))
    }

    /// The header `webhook-signature` of a message.
    #[must_use]
    pub fn sign(&self, id: Uuid, timestamp: i64, body: &[u8]) -> String {
        sign(&self.0, &id.to_string(), timestamp, body)
    }
}

/// The header `webhook-signature` of a message, under a key of any length. `timestamp` is seconds since the epoch.
#[must_use]
pub fn sign(key: &[u8], id: &str, timestamp: i64, body: &[u8]) -> String {
    let head = format!("{id}.{timestamp}.");
    let tag = mac(key, &[head.as_bytes(), body]);
    format!("v1,{}", STANDARD.encode(tag))
}

fn mac(key: &[u8], parts: &[&[u8]]) -> [u8; 32] {
    // HMAC takes a key of any length.
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(key) else {
        return [0; 32];
    };
    for part in parts {
        mac.update(part);
    }
    mac.finalize().into_bytes().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_is_signed_as_the_standards_example() {
        // https://www.standardwebhooks.com: its libraries' test vector.
        let key = STANDARD.decode("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").unwrap();
        assert_eq!(
            sign(
                &key,
                "msg_p5jXN8AQM9LWM0D4loKWxJek",
                1_614_265_330,
                br#"{"test": 2432232314}"#
            ),
            "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
        );
    }

    #[test]
    fn every_webhook_and_generation_has_a_secret_of_its_own() {
        let (one, two) = (Uuid::from_u128(1), Uuid::from_u128(2));
        let shown = |key: &[u8], id, generation| Secret::derive(key, id, generation).shown();
        let first = shown(b"k", one, 1);
        assert!(first.starts_with("whsec_") && first.len() == 50, "{first}");
        assert_eq!(first, shown(b"k", one, 1));
        for other in [
            shown(b"k", two, 1),
            shown(b"k", one, 2),
            shown(b"l", one, 1),
        ] {
            assert_ne!(first, other);
        }
        let secret = Secret::derive(b"k", one, 1);
        assert_ne!(secret.sign(one, 1, b"a"), secret.sign(one, 2, b"a"));
        assert_ne!(secret.sign(one, 1, b"a"), secret.sign(two, 1, b"a"));
    }
}
