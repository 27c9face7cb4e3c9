//! The kit on a real Postgres: limits, and what becomes of statements.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

extern crate spindle_kit as kit;

mod limits;
mod nul;
mod stage;
mod undone;
