//! Trading on a real Postgres, with the simulator as the exchange, route by route.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "what a test's helper trips over fails the test"
)]

mod account;
mod backtest;
mod bot;
mod check;
mod connect;
mod dashboard;
mod disconnect;
mod execution;
mod grid;
mod key;
mod live_order;
mod locks;
mod market;
mod owner;
mod paper_order;
mod permission;
mod replace;
mod revocation;
mod risk;
mod schedule;
mod simulation;
mod speed;
mod stage;
mod trader;
