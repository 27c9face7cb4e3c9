//! Argon2id (RFC 9106). The only work in Spindle that takes a host thread for tens of milliseconds.

#[cfg(not(target_family = "wasm"))]
use std::sync::atomic::{AtomicBool, Ordering};

use argon2::password_hash::PasswordHasher;
use argon2::password_hash::PasswordVerifier;
use argon2::password_hash::phc;
use argon2::{Algorithm, Argon2, Params, Version};

use super::{NewPassword, PasswordInput};

/// OWASP's and ASVS's floor: 19 MiB, two passes, one lane (a component has no threads).
const MEMORY_KIB: u32 = 19 * 1024;
const PASSES: u32 = 2;
const LANES: u32 = 1;

/// What a stored hash may ask for at most: a hostile row must not take all memory.
const MAX_MEMORY_KIB: u32 = 64 * 1024;
const MAX_PASSES: u32 = 10;

/// Salt and hash of nothing: for accounts that don't exist.
const DECOY: &str = "c3BpbmRsZSBkZWNveSBzYQ$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

/// The hash of a password in PHC format.
#[derive(Clone, PartialEq, Eq)]
pub struct PasswordHash(String);

/// A password that could not be hashed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the password could not be hashed: {0}")]
pub struct HashError(String);

/// Set by tests of what happens around a hash. Components don't have it.
#[cfg(not(target_family = "wasm"))]
static CHEAP: AtomicBool = AtomicBool::new(false);

/// What a new hash costs.
fn params() -> Result<Params, argon2::Error> {
    #[cfg(not(target_family = "wasm"))]
    if CHEAP.load(Ordering::Relaxed) {
        return Params::new(Params::MIN_M_COST, Params::MIN_T_COST, LANES, None);
    }
    Params::new(MEMORY_KIB, PASSES, LANES, None)
}

/// Costs what any other costs, and matches nothing.
fn decoy() -> Option<String> {
    let params = params().ok()?;
    let (memory, passes) = (params.m_cost(), params.t_cost());
    Some(format!(
        "$argon2id$v=19$m={memory},t={passes},p={LANES}${DECOY}"
    ))
}

impl PasswordHash {
    /// From now on a hash costs this process next to nothing: for tests that sign in and are not about the hash.
    #[cfg(not(target_family = "wasm"))]
    pub fn cheapen_for_tests() {
        CHEAP.store(true, Ordering::Relaxed);
    }

    /// Hashes a password with a salt that nobody else has.
    ///
    /// # Errors
    /// When the platform has no random bytes.
    pub fn make(password: &NewPassword) -> Result<Self, HashError> {
        let failed = |error: &dyn std::fmt::Display| HashError(error.to_string());
        let mut salt = [0; 16];
        getrandom::fill(&mut salt).map_err(|error| failed(&error))?;
        let params = params().map_err(|error| failed(&error))?;
        Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
            .hash_password_with_salt(password.0.as_bytes(), &salt)
            .map(|hash| Self(hash.to_string()))
            .map_err(|error| failed(&error))
    }

    /// Takes what the database holds.
    #[must_use]
    pub fn stored(text: String) -> Self {
        Self(text)
    }

    /// The text to store.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether the password is the one that was hashed. Costs the same for the right password, a wrong one, and none to
    /// compare with.
    #[must_use]
    pub fn matches(stored: Option<&Self>, password: &PasswordInput) -> bool {
        let usable = stored
            .and_then(|hash| phc::PasswordHash::new(&hash.0).ok())
            .filter(is_bounded);
        let known = usable.is_some();
        // Too long for anybody to have: compared like any other wrong one.
        let typed = password.normalised().unwrap_or_default();
        let decoy = decoy();
        let decoy = decoy
            .as_deref()
            .and_then(|text| phc::PasswordHash::new(text).ok());
        let Some(hash) = usable.or(decoy) else {
            return false;
        };
        let equal = Argon2::default()
            .verify_password(typed.as_bytes(), &hash)
            .is_ok();
        known && equal
    }
}

fn is_bounded(hash: &phc::PasswordHash) -> bool {
    hash.algorithm.as_str() == "argon2id"
        && Params::try_from(hash)
            .is_ok_and(|params| params.m_cost() <= MAX_MEMORY_KIB && params.t_cost() <= MAX_PASSES)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn input(text: &str) -> PasswordInput {
        PasswordInput::from(text.to_owned())
    }

    fn hash(text: &str) -> PasswordHash {
        PasswordHash::make(&NewPassword::choose(&input(text), 1).unwrap()).unwrap()
    }

    #[test]
    fn a_password_matches_its_own_hash_alone() {
        let hash = hash("correct horse");
        assert!(
            hash.as_str().starts_with("$argon2id$v=19$m=19456,t=2,p=1$"),
            "{}",
            hash.as_str()
        );
        assert!(PasswordHash::matches(Some(&hash), &input("correct horse")));
        assert!(!PasswordHash::matches(Some(&hash), &input("Correct horse")));
        assert!(!PasswordHash::matches(Some(&hash), &input("")));
        assert!(!PasswordHash::matches(
            Some(&hash),
            &input(&"a".repeat(10_000))
        ));
        assert!(!PasswordHash::matches(None, &input("correct horse")));
    }

    #[test]
    fn one_password_has_many_hashes() {
        assert_ne!(
            hash("correct horse").as_str(),
            hash("correct horse").as_str()
        );
    }

    #[test]
    fn the_same_letter_from_another_keyboard_is_the_same_password() {
        assert!(PasswordHash::matches(
            Some(&hash("caf\u{e9} au lait")),
            &input("cafe\u{301} au lait")
        ));
    }

    #[test]
    fn the_decoy_is_a_hash_that_costs_what_ours_cost() {
        let decoy = decoy().unwrap();
        let decoy = phc::PasswordHash::new(&decoy).unwrap();
        let params = Params::try_from(&decoy).unwrap();
        assert_eq!(
            (params.m_cost(), params.t_cost(), params.p_cost()),
            (MEMORY_KIB, PASSES, LANES)
        );
    }

    #[test]
    fn a_stored_hash_that_asks_for_the_moon_is_not_computed() {
        for text in [
            "$argon2id$v=19$m=4194304,t=2,p=1$c3BpbmRsZSBkZWNveSBzYQ$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
            "$argon2id$v=19$m=19456,t=4000000,p=1$c3BpbmRsZSBkZWNveSBzYQ$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
            "not a hash",
            "",
        ] {
            assert!(
                !PasswordHash::matches(Some(&PasswordHash::stored(text.into())), &input("x")),
                "{text}"
            );
        }
    }
}
