//! The simulator over real HTTP: who may call, what is answered, orders from placing to history, and every misfortune.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "what a test's helper trips over fails the test"
)]

mod authentication;
mod client;
mod ending;
mod faults;
mod market_data;
mod permissions;
mod placing;
mod program;
mod trader;
