//! Orders from placing to history.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "what a test's helper trips over fails the test"
)]

#[path = "../client/mod.rs"]
mod client;
mod ending;
mod placing;
mod trader;
