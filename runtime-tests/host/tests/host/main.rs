//! What the host promises, asked over HTTP from a guest that does as it is told.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "helpers of tests fail tests"
)]

mod app;
mod components;
mod database;

mod composition;
mod instances;
mod key_value;
mod outbound;
mod postgres;
mod process;
mod refusals;
mod requests;
mod telemetry;
