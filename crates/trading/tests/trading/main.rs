//! Trading on a real Postgres, with the simulator as the exchange, route by route.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "what a test's helper trips over fails the test"
)]

mod account;
mod bot;
mod check;
mod connect;
mod dashboard;
mod disconnect;
mod key;
mod live_order;
mod market;
mod paper_order;
mod permission;
mod replace;
mod revocation;
mod schedule;
mod simulation;
mod stage;
