//! The wall clock. In tests the host moves it (`--clock-offset`), so nothing else may read the time.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// Milliseconds since the Unix epoch.
#[must_use]
pub fn now_ms() -> i64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .ok()
        .and_then(|since| i64::try_from(since.as_millis()).ok())
        .unwrap_or(0)
}

/// Seconds since the Unix epoch.
#[must_use]
pub fn now_s() -> i64 {
    now_ms() / 1000
}

/// Waits without holding up the instance's other requests.
pub async fn sleep(time: Duration) {
    #[cfg(target_family = "wasm")]
    send_wrapper::SendWrapper::new(spin_sdk::time::sleep(time)).await;
    #[cfg(not(target_family = "wasm"))]
    tokio::time::sleep(time).await;
}
