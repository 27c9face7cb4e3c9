//! Work that goes on after the answer.

/// Runs a future without anybody waiting for it. In a component it belongs to the request that began it: the answer goes out
/// first, and the host may still end it with its instance. So nothing may depend on it that is not found again otherwise.
#[cfg(target_family = "wasm")]
pub fn detached(future: impl Future<Output = ()> + 'static) {
    spin_sdk::wasip3::spawn(future);
}

/// Runs a future without anybody waiting for it.
#[cfg(not(target_family = "wasm"))]
pub fn detached(future: impl Future<Output = ()> + Send + 'static) {
    tokio::spawn(future);
}
