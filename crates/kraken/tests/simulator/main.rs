//! The client, and the private component around it, against the simulator over real HTTP.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "what a test's helper trips over fails the test"
)]

mod client;
mod network;
mod order;
mod service;

/// Any first nonce does for a fresh key.
const FIRST: u64 = 1_700_000_000_000_000_000;
