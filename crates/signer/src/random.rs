//! Randomness in the shape that the RSA crate asks for.

use rsa::rand_core::{CryptoRng, Error, RngCore};
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use crate::KeyringError;

/// A stream of SHA-256 over a seed of the platform and a counter. The platform may fail, the trait may not: so the seed is
/// drawn first.
pub(crate) struct Random {
    seed: Zeroizing<[u8; 32]>,
    counter: u64,
}

impl Random {
    /// # Errors
    /// When the platform has no random bytes.
    pub(crate) fn seeded() -> Result<Self, KeyringError> {
        let mut seed = Zeroizing::new([0; 32]);
        getrandom::fill(seed.as_mut_slice()).map_err(|_| KeyringError("no random bytes".into()))?;
        Ok(Self { seed, counter: 0 })
    }

    fn block(&mut self) -> [u8; 32] {
        let mut hash = Sha256::new();
        hash.update(self.seed.as_slice());
        hash.update(self.counter.to_be_bytes());
        self.counter = self.counter.wrapping_add(1);
        hash.finalize().into()
    }
}

impl RngCore for Random {
    fn next_u32(&mut self) -> u32 {
        let mut bytes = [0; 4];
        self.fill_bytes(&mut bytes);
        u32::from_be_bytes(bytes)
    }

    fn next_u64(&mut self) -> u64 {
        let mut bytes = [0; 8];
        self.fill_bytes(&mut bytes);
        u64::from_be_bytes(bytes)
    }

    fn fill_bytes(&mut self, dest: &mut [u8]) {
        for chunk in dest.chunks_mut(32) {
            for (byte, random) in chunk.iter_mut().zip(self.block()) {
                *byte = random;
            }
        }
    }

    fn try_fill_bytes(&mut self, dest: &mut [u8]) -> Result<(), Error> {
        self.fill_bytes(dest);
        Ok(())
    }
}

impl CryptoRng for Random {}
