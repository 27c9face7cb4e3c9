//! Codes of authenticator apps (RFC 6238): SHA-1, six digits, 30 seconds, which all apps know.

use hmac::{Hmac, KeyInit, Mac};
use sha1::Sha1;
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use crate::{Keyring, KeyringError};

pub(crate) const PURPOSE: &str = "totp-seed";
/// Length of a step, seconds.
const STEP: i64 = 30;
/// Steps before and after the present one whose codes are taken too: clocks differ, and people type slowly (section 5.2).
const DRIFT: i64 = 1;
/// The length that RFC 4226 section 4 recommends, bytes.
const SEED_BYTES: usize = 20;
/// RFC 4648 section 6.
const BASE32: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/// The seed that an authenticator app shares with us. Wiped when it is dropped; has no `Debug`.
pub struct TotpSeed(Zeroizing<Vec<u8>>);

impl TotpSeed {
    /// A new seed.
    ///
    /// # Errors
    /// When the platform has no random bytes.
    pub fn generate() -> Result<Self, KeyringError> {
        let mut seed = Zeroizing::new(vec![0; SEED_BYTES]);
        getrandom::fill(&mut seed).map_err(|_| KeyringError("no random bytes".into()))?;
        Ok(Self(seed))
    }

    /// Opens a sealed seed. It opens for its own account and row alone.
    ///
    /// # Errors
    /// When the master keys don't open it.
    pub fn open(
        keyring: &dyn Keyring,
        owner: &str,
        id: &str,
        sealed: &str,
    ) -> Result<Self, KeyringError> {
        keyring.open(PURPOSE, &row(owner, id), sealed).map(Self)
    }

    /// Seals the seed for an account and a row.
    ///
    /// # Errors
    /// When the vault refuses.
    pub fn seal(
        &self,
        keyring: &dyn Keyring,
        owner: &str,
        id: &str,
    ) -> Result<String, KeyringError> {
        keyring.seal(PURPOSE, &row(owner, id), &self.0)
    }

    /// In base32 without padding, as people type it into an app.
    #[must_use]
    pub fn base32(&self) -> String {
        let mut text = String::with_capacity(self.0.len().div_ceil(5) * 8);
        for group in self.0.chunks(5) {
            let mut bits = [0; 8];
            for (to, from) in bits.iter_mut().skip(3).zip(group) {
                *to = *from;
            }
            let bits = u64::from_be_bytes(bits);
            let letters = (group.len() * 8).div_ceil(5);
            for position in 0..letters {
                let letter = (bits >> (35 - 5 * position)) & 31;
                text.extend(
                    usize::try_from(letter)
                        .ok()
                        .and_then(|index| BASE32.get(index))
                        .copied()
                        .map(char::from),
                );
            }
        }
        text
    }

    /// The step whose code this is, around `now` (seconds since the Unix epoch); the latest, if it is the code of two.
    #[must_use]
    pub fn step_of(&self, code: &str, now: i64) -> Option<i64> {
        let present = now.div_euclid(STEP);
        (present - DRIFT..=present + DRIFT).rev().find(|step| {
            self.code(*step)
                .is_some_and(|expected| bool::from(expected.as_bytes().ct_eq(code.as_bytes())))
        })
    }

    /// RFC 4226 section 5.3.
    fn code(&self, step: i64) -> Option<String> {
        let mut mac = Hmac::<Sha1>::new_from_slice(&self.0).ok()?;
        mac.update(&step.to_be_bytes());
        let digest = mac.finalize().into_bytes();
        let offset = usize::from(digest.last()? & 0x0f);
        let bytes = <[u8; 4]>::try_from(digest.get(offset..offset + 4)?).ok()?;
        Some(format!(
            "{:06}",
            (u32::from_be_bytes(bytes) & 0x7fff_ffff) % 1_000_000
        ))
    }
}

/// The vault binds to one row; a seed belongs to an account too.
fn row(owner: &str, id: &str) -> String {
    format!("{owner}/{id}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seed() -> TotpSeed {
        TotpSeed(Zeroizing::new(b"12345678901234567890".to_vec()))
    }

    /// RFC 6238 appendix B, the last six digits of its eight.
    #[test]
    fn codes_are_those_of_rfc_6238() {
        for (now, code) in [
            (59, "287082"),
            (1_111_111_109, "081804"),
            (1_111_111_111, "050471"),
            (1_234_567_890, "005924"),
            (2_000_000_000, "279037"),
            (20_000_000_000, "353130"),
        ] {
            assert_eq!(seed().step_of(code, now), Some(now / 30), "{now}");
        }
    }

    #[test]
    fn a_code_is_taken_one_step_early_or_late_and_no_more() {
        for (now, step) in [
            (-1, None),
            (0, Some(1)),
            (30, Some(1)),
            (59, Some(1)),
            (89, Some(1)),
            (90, None),
        ] {
            assert_eq!(seed().step_of("287082", now), step, "at {now} s");
        }
        for wrong in ["", "28708", "2870822", "287083", "28708２"] {
            assert_eq!(seed().step_of(wrong, 59), None, "{wrong}");
        }
    }

    /// RFC 4648 section 10, and the usual length.
    #[test]
    fn base_32_is_rfc_4648() {
        for (bytes, text) in [
            (&b""[..], ""),
            (b"f", "MY"),
            (b"fo", "MZXQ"),
            (b"foo", "MZXW6"),
            (b"foob", "MZXW6YQ"),
            (b"fooba", "MZXW6YTB"),
            (b"foobar", "MZXW6YTBOI"),
            (b"12345678901234567890", "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"),
        ] {
            assert_eq!(TotpSeed(Zeroizing::new(bytes.to_vec())).base32(), text);
        }
    }

    #[test]
    fn a_seed_opens_for_its_own_account_and_row_alone() {
        let keyring =
            vault::Keyring::parse("1:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=").unwrap();
        let sealed = seed().seal(&keyring, "ada", "1").unwrap();
        let opened = TotpSeed::open(&keyring, "ada", "1", &sealed).unwrap();
        assert_eq!(opened.base32(), seed().base32());
        assert!(TotpSeed::open(&keyring, "bob", "1", &sealed).is_err());
        assert!(TotpSeed::open(&keyring, "ada", "2", &sealed).is_err());
    }
}
