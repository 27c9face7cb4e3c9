#![doc = include_str!("../README.md")]
#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stderr,
    reason = "a harness that cannot start must say so and stop the test"
)]

mod app;
mod client;
mod database;
mod mail;
mod process;

use std::time::Duration;

pub use app::{App, Options, WORKER_TOKEN};
pub use client::{Account, Answer, Call};
pub use database::Database;
pub use mail::Mail;
pub use process::Process;

/// A name that no other test has: for users, posts and keys on a shared app.
#[must_use]
pub fn unique(prefix: &str) -> String {
    let id = uuid::Uuid::new_v4().simple().to_string();
    format!("{prefix}{}", id.get(..12).unwrap_or(&id))
}

/// How much of something a test makes: enough to show the point, or all that was promised, where `cargo xtask test --full` asks for that.
#[must_use]
pub fn size(ordinary: usize, full: usize) -> usize {
    if std::env::var_os("SPINDLE_TEST_FULL").is_some() {
        full
    } else {
        ordinary
    }
}

/// How long a test waits for what an app does in its own time: tasks, events, revocations. A slow machine with all of the suite
/// on it takes many times what a quiet one does. `SPINDLE_TEST_PATIENCE` says so many seconds, where nobody minds what is missed.
#[must_use]
pub fn patience() -> Duration {
    let said = std::env::var("SPINDLE_TEST_PATIENCE").ok();
    let seconds = said.and_then(|seconds| seconds.parse().ok());
    Duration::from_secs(seconds.unwrap_or(90))
}

/// Runs on a thread with a runtime of its own: tests have one each, and what they share outlives them.
fn on_its_own_thread<F, T>(work: impl FnOnce() -> F + Send + 'static) -> std::thread::JoinHandle<T>
where
    F: Future<Output = T>,
    T: Send + 'static,
{
    std::thread::spawn(|| {
        tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .expect("a runtime")
            .block_on(work())
    })
}
