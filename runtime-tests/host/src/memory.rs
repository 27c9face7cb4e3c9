//! How much memory an instance may have, and when it has had so much that it is not kept.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use wasmtime::{ResourceLimiter, Result};

/// Bytes of one linear memory beyond which its instance takes no further request: such a memory never shrinks, and a dozen instances
/// that have hashed a password each (19 MiB) would hold them until they end.
const LARGE: usize = 16 << 20;

/// The memory of one instance.
pub(crate) struct Memory {
    /// Bytes that each linear memory may have.
    max: Option<usize>,
    large: Arc<AtomicBool>,
}

impl Memory {
    pub(crate) fn new(max: Option<usize>) -> Self {
        Self {
            max,
            large: Arc::default(),
        }
    }

    /// Set once a memory is large.
    pub(crate) fn large(&self) -> Arc<AtomicBool> {
        self.large.clone()
    }
}

impl ResourceLimiter for Memory {
    fn memory_growing(
        &mut self,
        _current: usize,
        desired: usize,
        maximum: Option<usize>,
    ) -> Result<bool> {
        let within = |limit: Option<usize>| limit.is_none_or(|limit| desired <= limit);
        let allowed = within(self.max) && within(maximum);
        if allowed && desired > LARGE {
            self.large.store(true, Ordering::Relaxed);
        }
        Ok(allowed)
    }

    fn table_growing(
        &mut self,
        _current: usize,
        desired: usize,
        maximum: Option<usize>,
    ) -> Result<bool> {
        Ok(maximum.is_none_or(|limit| desired <= limit))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_memory_grows_up_to_its_limits_and_is_large_only_when_it_has_grown() {
        let mut memory = Memory::new(Some(32 << 20));
        let large = memory.large();
        let is_large = || large.load(Ordering::Relaxed);
        assert!(memory.memory_growing(0, LARGE, None).unwrap());
        assert!(!is_large());
        assert!(!memory.memory_growing(LARGE, (32 << 20) + 1, None).unwrap());
        assert!(
            !memory
                .memory_growing(LARGE, 20 << 20, Some(18 << 20))
                .unwrap()
        );
        assert!(!is_large(), "it was refused");
        assert!(memory.memory_growing(LARGE, 20 << 20, None).unwrap());
        assert!(is_large());
    }
}
