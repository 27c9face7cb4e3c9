//! Sealing and opening under a set of versioned master keys.

use zeroize::Zeroizing;

use crate::envelope::{Envelope, decrypt, encrypt};
use crate::master_keys::{Key, MasterKey, parse};
use crate::{Binding, Error};

const SECRET: &str = "secret";
const DATA_KEY: &str = "data key";

/// A set of versioned master keys: the first seals, all of them open.
pub struct Keyring {
    current: MasterKey,
    older: Vec<MasterKey>,
}

impl Keyring {
    /// Reads `<version>:<base64 of 32 bytes>[,…]`. The first is current.
    ///
    /// # Errors
    /// [`Error::BadMasterKeys`], which says what is wrong and quotes nothing.
    pub fn parse(master_keys: &str) -> Result<Self, Error> {
        let mut keys = parse(master_keys)?.into_iter();
        let current = keys
            .next()
            .ok_or_else(|| Error::BadMasterKeys("there is none".into()))?;
        Ok(Self {
            current,
            older: keys.collect(),
        })
    }

    /// Version of the current master key.
    #[must_use]
    pub fn current(&self) -> u32 {
        self.current.version
    }

    /// Seals a secret under a fresh data key, wrapped by the current master key. The envelope is text and safe to store.
    ///
    /// # Errors
    /// [`Error::NoRandomness`].
    pub fn seal(&self, binding: &Binding<'_>, secret: &[u8]) -> Result<String, Error> {
        let mut data_key = Key::default();
        getrandom::fill(data_key.as_mut_slice()).map_err(|_| Error::NoRandomness)?;
        let sealed = encrypt(&data_key, &binding.associated_data(SECRET), secret)?;
        self.wrap(binding, &data_key, sealed)
    }

    /// Opens an envelope that was sealed for the same binding.
    ///
    /// # Errors
    /// [`Error::UnknownVersion`], [`Error::NotAuthentic`].
    pub fn open(&self, binding: &Binding<'_>, envelope: &str) -> Result<Zeroizing<Vec<u8>>, Error> {
        let envelope = Envelope::parse(envelope)?;
        let data_key = self.unwrap(binding, &envelope)?;
        decrypt(
            &data_key,
            &binding.associated_data(SECRET),
            &envelope.sealed,
        )
    }

    /// Wraps the data key anew under the current master key. The secret itself is not touched.
    ///
    /// # Errors
    /// As [`Keyring::open`] and [`Keyring::seal`].
    pub fn rewrap(&self, binding: &Binding<'_>, envelope: &str) -> Result<String, Error> {
        let envelope = Envelope::parse(envelope)?;
        let data_key = self.unwrap(binding, &envelope)?;
        // A damaged secret would otherwise get a fresh wrapping and look cared for.
        decrypt(
            &data_key,
            &binding.associated_data(SECRET),
            &envelope.sealed,
        )?;
        self.wrap(binding, &data_key, envelope.sealed)
    }

    /// Derives a 32-byte key for another use from the master key of the lowest version that is given. So what it keys,
    /// fingerprints for example, outlasts rotation for as long as that version stays in the list, behind the current one.
    #[must_use]
    pub fn derive(&self, info: &str) -> Zeroizing<[u8; 32]> {
        self.older
            .iter()
            .fold(&self.current, |lowest, key| {
                if key.version < lowest.version {
                    key
                } else {
                    lowest
                }
            })
            .derive(info)
    }

    fn wrap(
        &self,
        binding: &Binding<'_>,
        data_key: &Key,
        sealed: Vec<u8>,
    ) -> Result<String, Error> {
        let wrapped_key = encrypt(
            &self.current.wrapping_key(),
            &binding.associated_data(DATA_KEY),
            data_key.as_slice(),
        )?;
        Ok(Envelope {
            version: self.current.version,
            wrapped_key,
            sealed,
        }
        .to_text())
    }

    fn unwrap(&self, binding: &Binding<'_>, envelope: &Envelope) -> Result<Key, Error> {
        let master_key = std::iter::once(&self.current)
            .chain(&self.older)
            .find(|key| key.version == envelope.version)
            .ok_or(Error::UnknownVersion(envelope.version))?;
        let data_key = decrypt(
            &master_key.wrapping_key(),
            &binding.associated_data(DATA_KEY),
            &envelope.wrapped_key,
        )?;
        <[u8; 32]>::try_from(data_key.as_slice())
            .map(Zeroizing::new)
            .map_err(|_| Error::NotAuthentic)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const OLD: &str = "1:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
    const NEW: &str = "2:ICEiIyQlJicoKSorLC0uLzAxMjM0NTY3ODk6Ozw9Pj8=";
    const BINDING: Binding<'static> = Binding {
        purpose: "signing-key",
        owner: "spindle",
        row: "k1",
    };

    fn keyring(keys: &str) -> Keyring {
        Keyring::parse(keys).unwrap_or_else(|error| panic!("{error}"))
    }

    #[test]
    fn what_was_sealed_opens_for_the_same_binding_only() {
        let keyring = keyring(OLD);
        let envelope = keyring.seal(&BINDING, b"secret").unwrap();
        assert_eq!(
            keyring.open(&BINDING, &envelope).unwrap().as_slice(),
            b"secret"
        );
        for foreign in [
            Binding {
                purpose: "totp-seed",
                ..BINDING
            },
            Binding {
                owner: "somebody",
                ..BINDING
            },
            Binding {
                row: "k2",
                ..BINDING
            },
        ] {
            assert_eq!(
                keyring.open(&foreign, &envelope).err(),
                Some(Error::NotAuthentic),
                "{foreign:?}"
            );
            assert_eq!(
                keyring.rewrap(&foreign, &envelope).err(),
                Some(Error::NotAuthentic),
                "{foreign:?}"
            );
        }
    }

    #[test]
    fn the_same_secret_is_never_sealed_twice_alike() {
        let keyring = keyring(OLD);
        assert_ne!(
            keyring.seal(&BINDING, b"secret").unwrap(),
            keyring.seal(&BINDING, b"secret").unwrap()
        );
    }

    #[test]
    fn an_empty_secret_is_a_secret() {
        let keyring = keyring(OLD);
        let envelope = keyring.seal(&BINDING, b"").unwrap();
        assert!(keyring.open(&BINDING, &envelope).unwrap().is_empty());
    }

    #[test]
    fn every_changed_letter_is_noticed() {
        let keyring = keyring(OLD);
        let envelope = keyring.seal(&BINDING, b"secret").unwrap();
        for position in 0..envelope.len() {
            let mut changed = envelope.clone().into_bytes();
            changed[position] = if changed[position] == b'B' {
                b'C'
            } else {
                b'B'
            };
            let changed = String::from_utf8(changed).unwrap();
            assert!(
                keyring.open(&BINDING, &changed).is_err(),
                "position {position} of {envelope}"
            );
        }
        assert_eq!(
            keyring
                .open(&BINDING, &envelope[..envelope.len() - 4])
                .err(),
            Some(Error::NotAuthentic)
        );
    }

    #[test]
    fn parts_of_two_envelopes_do_not_mix() {
        let keyring = keyring(OLD);
        let one = keyring.seal(&BINDING, b"one").unwrap();
        let other = keyring.seal(&BINDING, b"two").unwrap();
        let key = one.rsplit_once('.').unwrap().0;
        let sealed = other.rsplit_once('.').unwrap().1;
        assert_eq!(
            keyring.open(&BINDING, &format!("{key}.{sealed}")).err(),
            Some(Error::NotAuthentic)
        );
    }

    #[test]
    fn rotation_opens_the_old_and_rewrapping_lets_the_old_key_go() {
        let envelope = keyring(OLD).seal(&BINDING, b"secret").unwrap();
        let both = keyring(&format!("{NEW},{OLD}"));
        assert_eq!(both.current(), 2);
        assert_eq!(
            both.open(&BINDING, &envelope).unwrap().as_slice(),
            b"secret"
        );
        assert_eq!(
            keyring(NEW).open(&BINDING, &envelope).err(),
            Some(Error::UnknownVersion(1))
        );

        let rewrapped = both.rewrap(&BINDING, &envelope).unwrap();
        assert_eq!(
            keyring(NEW).open(&BINDING, &rewrapped).unwrap().as_slice(),
            b"secret"
        );
        let sealed = |text: &str| text.rsplit_once('.').map(|(_, sealed)| sealed.to_owned());
        assert_eq!(
            sealed(&rewrapped),
            sealed(&envelope),
            "the secret is not encrypted anew"
        );
    }

    #[test]
    fn what_is_derived_outlasts_rotation_while_the_lowest_version_is_given() {
        let first = keyring(OLD).derive("fingerprint");
        assert_eq!(
            keyring(&format!("{NEW},{OLD}")).derive("fingerprint"),
            first
        );
        assert_eq!(
            keyring(&format!("{OLD},{NEW}")).derive("fingerprint"),
            first
        );
        assert_ne!(keyring(NEW).derive("fingerprint"), first, "let go of");
        assert_ne!(keyring(OLD).derive("another use"), first);
    }

    #[test]
    fn another_key_of_the_same_version_opens_nothing() {
        let envelope = keyring(OLD).seal(&BINDING, b"secret").unwrap();
        let other = keyring(&NEW.replacen('2', "1", 1));
        assert_eq!(
            other.open(&BINDING, &envelope).err(),
            Some(Error::NotAuthentic)
        );
    }
}
