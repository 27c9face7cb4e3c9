//! The variable that holds the master keys, and what is derived from them.

use base64::{Engine, engine::general_purpose::STANDARD};
use hkdf::Hkdf;
use sha2::Sha256;
use zeroize::{Zeroize, Zeroizing};

use crate::Error;

/// A key that is wiped when it is dropped.
pub(crate) type Key = Zeroizing<[u8; 32]>;

/// One master key. What encrypts is derived from it, as is what it is asked for beside: no key has two uses.
pub(crate) struct MasterKey {
    pub(crate) version: u32,
    key: Key,
}

impl MasterKey {
    /// Wraps data keys.
    pub(crate) fn wrapping_key(&self) -> Key {
        expand(self.key.as_slice(), &[], b"spindle vault wrap")
    }

    /// A key for another use.
    pub(crate) fn derive(&self, info: &str) -> Key {
        expand(
            self.key.as_slice(),
            &[],
            format!("spindle vault derive {info}").as_bytes(),
        )
    }
}

/// HKDF-SHA256 (RFC 5869).
fn expand<const N: usize>(key: &[u8], salt: &[u8], info: &[u8]) -> Zeroizing<[u8; N]> {
    let mut output = Zeroizing::new([0; N]);
    let expanded = Hkdf::<Sha256>::new(Some(salt), key).expand(info, output.as_mut_slice());
    debug_assert!(expanded.is_ok(), "only more than 255 blocks fail");
    output
}

/// Reads `<version>:<base64 of 32 bytes>[,…]`.
pub(crate) fn parse(text: &str) -> Result<Vec<MasterKey>, Error> {
    let mut keys: Vec<MasterKey> = Vec::new();
    for (position, entry) in (1..).zip(text.split(',')) {
        // Messages name the position and never quote: the text is secret.
        let bad = |why: &str| Error::BadMasterKeys(format!("entry {position} {why}"));
        let (version, encoded) = entry
            .trim()
            .split_once(':')
            .ok_or_else(|| bad("has no colon"))?;
        let version = version
            .parse()
            .map_err(|_| bad("has no whole number before the colon"))?;
        let mut bytes = STANDARD.decode(encoded).map_err(|_| bad("is not base64"))?;
        let key = <[u8; 32]>::try_from(bytes.as_slice()).map(Zeroizing::new);
        bytes.zeroize();
        let key = key.map_err(|_| bad("is not 32 bytes long"))?;
        if keys.iter().any(|known| known.version == version) {
            return Err(bad("repeats a version"));
        }
        keys.push(MasterKey { version, key });
    }
    Ok(keys)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bytes(hex: &str) -> Vec<u8> {
        (0..hex.len())
            .step_by(2)
            .map(|i| u8::from_str_radix(&hex[i..i + 2], 16).unwrap())
            .collect()
    }

    #[test]
    fn expansion_is_rfc_5869() {
        let long: [u8; 42] = *expand(
            &[0x0b; 22],
            &bytes("000102030405060708090a0b0c"),
            &bytes("f0f1f2f3f4f5f6f7f8f9"),
        );
        assert_eq!(
            long.to_vec(),
            bytes(
                "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865"
            ),
            "A.1"
        );
        let bare: [u8; 42] = *expand(&[0x0b; 22], &[], &[]);
        assert_eq!(
            bare.to_vec(),
            bytes(
                "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8"
            ),
            "A.3"
        );
    }

    #[test]
    fn what_is_wrong_with_master_keys_is_said_without_quoting_them() {
        let good = STANDARD.encode([7; 32]);
        let cases = [
            (String::new(), "entry 1 has no colon"),
            (good.clone(), "entry 1 has no colon"),
            (
                format!("dev-1:{good}"),
                "entry 1 has no whole number before the colon",
            ),
            ("1:secret!".into(), "entry 1 is not base64"),
            (
                format!("1:{}", STANDARD.encode([7; 31])),
                "entry 1 is not 32 bytes long",
            ),
            (format!("2:{good},2:{good}"), "entry 2 repeats a version"),
            (format!("2:{good},"), "entry 2 has no colon"),
        ];
        for (text, why) in cases {
            assert_eq!(
                parse(&text).err(),
                Some(Error::BadMasterKeys(why.into())),
                "{text}"
            );
        }
        assert_eq!(
            parse(&format!(" 2:{good} , 1:{good}"))
                .map(|keys| keys.len())
                .ok(),
            Some(2)
        );
    }

    #[test]
    fn keys_for_different_uses_differ() {
        let keys = parse(&format!("1:{}", STANDARD.encode([7; 32]))).unwrap();
        assert_ne!(keys[0].wrapping_key(), keys[0].derive("wrap"));
        assert_ne!(keys[0].derive("a"), keys[0].derive("b"));
        assert_eq!(keys[0].derive("a"), keys[0].derive("a"));
    }
}
