//! How much memory an instance may have, and which of those that have had much are kept.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use wasmtime::{ResourceLimiter, Result};

/// Bytes beyond which a linear memory is large. It never shrinks: an instance that has hashed a password holds 19 MiB until it ends.
const LARGE: usize = 16 << 20;

/// Large instances of a component that take further requests: to touch so much memory for the first time costs a part of a hash. Those
/// beyond end with the requests that they have, or there would soon be a dozen.
const KEPT: usize = 3;

/// How many instances of a component are large.
#[derive(Debug, Clone, Default)]
pub(crate) struct LargeInstances(Arc<AtomicUsize>);

/// The memory of one instance.
pub(crate) struct Memory {
    /// Bytes that each linear memory may have.
    max: Option<usize>,
    large: LargeInstances,
    counted: bool,
    spent: Arc<AtomicBool>,
}

impl Memory {
    pub(crate) fn new(max: Option<usize>, large: &LargeInstances) -> Self {
        Self {
            max,
            large: large.clone(),
            counted: false,
            spent: Arc::default(),
        }
    }

    /// Set once the instance takes no further request.
    pub(crate) fn spent(&self) -> Arc<AtomicBool> {
        self.spent.clone()
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
        if allowed && desired > LARGE && !self.counted {
            self.counted = true;
            let others = self.large.0.fetch_add(1, Ordering::Relaxed);
            self.spent.store(others >= KEPT, Ordering::Relaxed);
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

impl Drop for Memory {
    fn drop(&mut self) {
        if self.counted {
            self.large.0.fetch_sub(1, Ordering::Relaxed);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_spent(memory: &Memory) -> bool {
        memory.spent().load(Ordering::Relaxed)
    }

    #[test]
    fn memory_grows_up_to_its_limits() {
        let all = LargeInstances::default();
        let mut memory = Memory::new(Some(32 << 20), &all);
        assert!(memory.memory_growing(0, LARGE, None).unwrap());
        assert!(!memory.memory_growing(0, (32 << 20) + 1, None).unwrap());
        assert!(!memory.memory_growing(0, 20 << 20, Some(18 << 20)).unwrap());
        assert!(!memory.counted, "it was refused");
    }

    #[test]
    fn a_few_large_instances_are_kept() {
        let all = LargeInstances::default();
        let grown = || {
            let mut memory = Memory::new(None, &all);
            for size in [20 << 20, 24 << 20] {
                assert!(memory.memory_growing(0, size, None).unwrap());
            }
            memory
        };
        let mut kept: Vec<Memory> = (0..KEPT).map(|_| grown()).collect();
        assert!(!kept.iter().any(is_spent));
        assert!(is_spent(&grown()));
        kept.pop();
        assert!(!is_spent(&grown()), "one of the kept has ended");
    }
}
