//! The queue and the outbox on a real Postgres, with the worker's own service and an owner that does as it is told.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "what a test's helper trips over fails the test"
)]

mod claims;
mod events;
mod kafka;
mod lost;
mod owner;
mod parked;
mod poison;
mod schedules;
mod self_tick;
mod sink;
mod stage;
mod tasks;
