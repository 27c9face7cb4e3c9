//! The text that a sealed secret is stored as, and the cipher of its two layers.

use aes_gcm_siv::aead::{Aead, KeyInit, Payload};
use aes_gcm_siv::{Aes256GcmSiv, Nonce};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use zeroize::Zeroizing;

use crate::Error;
use crate::master_keys::Key;

const FORMAT: &str = "v1";
const NONCE: usize = 12;

/// A sealed secret: which master key wraps the data key, the wrapped data key, and what the data key seals.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Envelope {
    pub(crate) version: u32,
    pub(crate) wrapped_key: Vec<u8>,
    pub(crate) sealed: Vec<u8>,
}

impl Envelope {
    pub(crate) fn to_text(&self) -> String {
        let text = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
        format!(
            "{FORMAT}.{}.{}.{}",
            self.version,
            text(&self.wrapped_key),
            text(&self.sealed)
        )
    }

    pub(crate) fn parse(text: &str) -> Result<Self, Error> {
        let mut parts = text.split('.');
        let (Some(FORMAT), Some(version), Some(key), Some(sealed), None) = (
            parts.next(),
            parts.next(),
            parts.next(),
            parts.next(),
            parts.next(),
        ) else {
            return Err(Error::NotAuthentic);
        };
        let bytes = |part: &str| {
            URL_SAFE_NO_PAD
                .decode(part)
                .map_err(|_| Error::NotAuthentic)
        };
        Ok(Self {
            version: version.parse().map_err(|_| Error::NotAuthentic)?,
            wrapped_key: bytes(key)?,
            sealed: bytes(sealed)?,
        })
    }
}

/// Nonce and ciphertext.
pub(crate) fn encrypt(key: &Key, associated_data: &[u8], plain: &[u8]) -> Result<Vec<u8>, Error> {
    let mut nonce = [0; NONCE];
    getrandom::fill(&mut nonce).map_err(|_| Error::NoRandomness)?;
    let mut output = nonce.to_vec();
    output.extend(encrypt_with(key, nonce, associated_data, plain)?);
    Ok(output)
}

/// Opens what [`encrypt`] made.
pub(crate) fn decrypt(
    key: &Key,
    associated_data: &[u8],
    input: &[u8],
) -> Result<Zeroizing<Vec<u8>>, Error> {
    let (nonce, ciphertext) = input
        .split_first_chunk::<NONCE>()
        .ok_or(Error::NotAuthentic)?;
    cipher(key)
        .decrypt(
            &Nonce::from(*nonce),
            Payload {
                msg: ciphertext,
                aad: associated_data,
            },
        )
        .map(Zeroizing::new)
        .map_err(|_| Error::NotAuthentic)
}

fn encrypt_with(
    key: &Key,
    nonce: [u8; NONCE],
    associated_data: &[u8],
    plain: &[u8],
) -> Result<Vec<u8>, Error> {
    // Fails beyond 64 GiB alone.
    cipher(key)
        .encrypt(
            &Nonce::from(nonce),
            Payload {
                msg: plain,
                aad: associated_data,
            },
        )
        .map_err(|_| Error::NotAuthentic)
}

fn cipher(key: &Key) -> Aes256GcmSiv {
    Aes256GcmSiv::new(&aes_gcm_siv::Key::<Aes256GcmSiv>::from(**key))
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
    fn the_cipher_is_rfc_8452() {
        let mut key = Key::new([0; 32]);
        key[0] = 1;
        let mut nonce = [0; NONCE];
        nonce[0] = 3;
        let cases = [
            ("", "", "07f5f4169bbf55a8400cd47ea6fd400f"),
            (
                "0100000000000000",
                "",
                "c2ef328e5c71c83b843122130f7364b761e0b97427e3df28",
            ),
            (
                "0200000000000000",
                "01",
                "1de22967237a813291213f267e3b452f02d01ae33e4ec854",
            ),
        ];
        for (plain, associated, result) in cases {
            let sealed = encrypt_with(&key, nonce, &bytes(associated), &bytes(plain)).unwrap();
            assert_eq!(sealed, bytes(result), "C.2, {plain}");
        }
    }

    #[test]
    fn what_is_not_an_envelope_is_not_authentic() {
        for text in [
            "",
            "v1",
            "v1.1.AAAA",
            "v2.1.AAAA.AAAA",
            "v1.x.AAAA.AAAA",
            "v1.1.A+AA.AAAA",
            "v1.1.AAAA.AAAA.AAAA",
        ] {
            assert_eq!(Envelope::parse(text), Err(Error::NotAuthentic), "{text}");
        }
    }
}
