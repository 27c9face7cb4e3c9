//! An authenticator app, written apart from ours: RFC 6238 by the letter.

use hmac::{Hmac, KeyInit, Mac};
use sha1::Sha1;

/// Time passes for all apps: the last code that was used lies back, and the one that is shown now is another.
pub(crate) const UNUSED_STEP: &str = "update identity.totp_factors set last_step = last_step - 5";

/// The code that the app shows at a time, seconds since the Unix epoch.
pub(crate) fn code_at(secret: &str, time: i64) -> String {
    let mut bits = 0_u64;
    let mut held = 0;
    let mut key = Vec::new();
    for letter in secret.bytes() {
        let value = match letter {
            b'A'..=b'Z' => letter - b'A',
            _ => letter - b'2' + 26,
        };
        bits = bits << 5 | u64::from(value);
        held += 5;
        if held >= 8 {
            held -= 8;
            key.push((bits >> held) as u8);
            bits &= (1 << held) - 1;
        }
    }
    let mut mac = Hmac::<Sha1>::new_from_slice(&key).unwrap();
    mac.update(&(time / 30).to_be_bytes());
    let digest = mac.finalize().into_bytes();
    let offset = usize::from(digest[19] & 15);
    let number = u32::from_be_bytes(digest[offset..offset + 4].try_into().unwrap()) & 0x7fff_ffff;
    format!("{:06}", number % 1_000_000)
}
