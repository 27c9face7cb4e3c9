//! Work that goes on after the answer, and is still work on the same request.

use crate::current;

/// Runs a future without anybody waiting for it. In a component it belongs to the request that began it: the answer goes out
/// first, and the host may still end it with its instance. So nothing may depend on it that is not found again otherwise.
#[cfg(target_family = "wasm")]
pub fn detached(future: impl Future<Output = ()> + 'static) {
    match current::get() {
        Some(request) => spin_sdk::wasip3::spawn(current::within(request, future)),
        None => spin_sdk::wasip3::spawn(future),
    }
}

/// Runs a future without anybody waiting for it.
#[cfg(not(target_family = "wasm"))]
pub fn detached(future: impl Future<Output = ()> + Send + 'static) {
    match current::get() {
        Some(request) => drop(tokio::spawn(current::within(request, future))),
        None => drop(tokio::spawn(future)),
    }
}
