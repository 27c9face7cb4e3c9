//! A key and its secret. Neither prints; the secret is wiped when it is dropped.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use secrecy::{ExposeSecret, SecretSlice, SecretString};
use sha2::Sha256;

/// Why what was entered cannot be a key and its secret. The texts are for the key's owner.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CredentialsError {
    /// Nothing, too much, or characters that no key has.
    #[error("This is not a Kraken API key: copy it whole, without spaces.")]
    Key,
    /// Not base64.
    #[error("This is not a Kraken private key: copy it whole, with the characters = at its end.")]
    Secret,
}

/// Longer than any real key or secret, and short enough to store.
const LONGEST: usize = 512;

/// The public part, the value of the header `API-Key`. It identifies the owner's account, so it does not print either.
#[derive(Clone)]
pub struct ApiKey(SecretString);

impl ApiKey {
    /// Takes visible ASCII only, since it becomes a header; spaces around it are a pasting accident.
    ///
    /// # Errors
    /// [`CredentialsError::Key`].
    pub fn parse(text: &str) -> Result<Self, CredentialsError> {
        let text = text.trim();
        let sane =
            (8..=LONGEST).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic());
        if sane {
            Ok(Self(SecretString::from(text)))
        } else {
            Err(CredentialsError::Key)
        }
    }

    /// The last four characters, by which an owner tells keys apart.
    #[must_use]
    pub fn last4(&self) -> &str {
        let text = self.expose();
        text.get(text.len().saturating_sub(4)..).unwrap_or_default()
    }

    /// The same key has the same one under the same pepper, and it tells nothing without the pepper. Lower-case hex.
    #[must_use]
    pub fn fingerprint(&self, pepper: &[u8]) -> String {
        fingerprint(pepper, "kraken-api-key", self.expose())
    }

    /// The key itself, to be sent or sealed.
    #[must_use]
    pub fn expose(&self) -> &str {
        self.0.expose_secret()
    }
}

/// The private part: what signs.
#[derive(Clone)]
pub struct ApiSecret {
    text: SecretString,
    bytes: SecretSlice<u8>,
}

impl ApiSecret {
    /// Takes base64, the form in which Kraken shows it.
    ///
    /// # Errors
    /// [`CredentialsError::Secret`].
    pub fn parse(text: &str) -> Result<Self, CredentialsError> {
        let text = text.trim();
        let bytes = STANDARD
            .decode(text)
            .map_err(|_| CredentialsError::Secret)?;
        // Real ones have 64 bytes; below 16 nothing is a secret.
        if !(16..=LONGEST).contains(&bytes.len()) {
            return Err(CredentialsError::Secret);
        }
        Ok(Self {
            text: SecretString::from(text),
            bytes: SecretSlice::from(bytes),
        })
    }

    /// The base64 text, to be sealed.
    #[must_use]
    pub fn expose(&self) -> &str {
        self.text.expose_secret()
    }

    /// What signs.
    pub(crate) fn bytes(&self) -> &[u8] {
        self.bytes.expose_secret()
    }
}

/// A key with its secret.
#[derive(Clone)]
pub struct Credentials {
    /// The public part.
    pub key: ApiKey,
    /// The private part.
    pub secret: ApiSecret,
}

impl Credentials {
    /// Takes both as the owner entered them.
    ///
    /// # Errors
    /// [`CredentialsError`], the key's before the secret's.
    pub fn parse(key: &str, secret: &str) -> Result<Self, CredentialsError> {
        Ok(Self {
            key: ApiKey::parse(key)?,
            secret: ApiSecret::parse(secret)?,
        })
    }
}

/// The exchange's own number of an account. One account is connected once: two owners would fight over its nonces.
#[derive(Clone)]
pub struct AccountNumber(SecretString);

impl AccountNumber {
    pub(crate) fn new(text: String) -> Self {
        Self(SecretString::from(text))
    }

    /// As [`ApiKey::fingerprint`]; spaces are layout and do not count.
    #[must_use]
    pub fn fingerprint(&self, pepper: &[u8]) -> String {
        let number: String = self.0.expose_secret().split_whitespace().collect();
        fingerprint(pepper, "kraken-account", &number)
    }
}

macro_rules! does_not_print {
    ($($name:ident)*) => {$(
        impl fmt::Debug for $name {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str(concat!(stringify!($name), "(…)"))
            }
        }
    )*};
}

does_not_print!(ApiKey ApiSecret Credentials AccountNumber);

/// HMAC-SHA-256; the purpose keeps fingerprints of different things apart. Empty only if HMAC refused a key, which it
/// never does.
fn fingerprint(pepper: &[u8], purpose: &str, value: &str) -> String {
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(pepper) else {
        return String::new();
    };
    mac.update(purpose.as_bytes());
    mac.update(&[0]);
    mac.update(value.as_bytes());
    mac.finalize()
        .into_bytes()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = "4/SDrDBcOOPnm3nPlNfEMMJDeRcIVqPz+QhRxIodyZbI9po/aVRiHsgX";
    const SECRET: &str =
        "kQH5HW/8p1uGOVjbgWA7FunAmGO8lsSUXNsu3eow76sz84Q18fWxnyRzBHCd3pd5nE9qa99HAZtuZuj6F1huXg==";

    #[test]
    fn keys_are_visible_ascii() {
        for bad in [
            "",
            "short",
            "with space inside",
            "tab\tinside-it",
            "new\nline-in-it",
            "ünicode-key",
            &"x".repeat(513),
        ] {
            assert_eq!(
                ApiKey::parse(bad).err(),
                Some(CredentialsError::Key),
                "{bad:?}"
            );
        }
        assert_eq!(ApiKey::parse(&format!("  {KEY}\n")).unwrap().expose(), KEY);
        assert_eq!(ApiKey::parse(KEY).unwrap().last4(), "HsgX");
    }

    #[test]
    fn secrets_are_base64() {
        for bad in [
            "",
            "not base64!",
            "QUJD",
            "kQH5HW/8p1uGOVjbgWA7FunAmGO8lsSUXNsu3eow76s",
        ] {
            assert_eq!(
                ApiSecret::parse(bad).err(),
                Some(CredentialsError::Secret),
                "{bad:?}"
            );
        }
        assert_eq!(ApiSecret::parse(SECRET).unwrap().bytes().len(), 64);
    }

    #[test]
    fn nothing_of_them_is_printed() {
        let credentials = Credentials::parse(KEY, SECRET).unwrap();
        let number = AccountNumber::new("AA88 N84G WOAK NMOI".to_owned());
        let printed = format!(
            "{credentials:?} {:?} {:?} {number:?}",
            credentials.key, credentials.secret
        );
        assert_eq!(
            printed,
            "Credentials(…) ApiKey(…) ApiSecret(…) AccountNumber(…)"
        );
    }

    #[test]
    fn a_fingerprint_depends_on_pepper_value_and_purpose() {
        let key = ApiKey::parse(KEY).unwrap();
        assert_eq!(
            key.fingerprint(b"pepper"),
            ApiKey::parse(KEY).unwrap().fingerprint(b"pepper")
        );
        assert_eq!(key.fingerprint(b"pepper").len(), 64);
        assert_ne!(key.fingerprint(b"pepper"), key.fingerprint(b"other"));
        assert_ne!(
            key.fingerprint(b"pepper"),
            AccountNumber::new(KEY.to_owned()).fingerprint(b"pepper")
        );
        let spaced = AccountNumber::new("AA88 N84G".to_owned()).fingerprint(b"pepper");
        assert_eq!(
            spaced,
            AccountNumber::new("AA88N84G".to_owned()).fingerprint(b"pepper")
        );
    }
}
