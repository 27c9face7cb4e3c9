//! Notifications, mails and support on a real Postgres: HTTP and tasks in, HTTP, rows and mails out.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "what a test's helper trips over fails the test"
)]

mod mails;
mod notifications;
mod preferences;
mod stage;
mod support;
mod support_queue;
