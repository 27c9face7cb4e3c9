//! The service on a real Postgres, as the application's role, with the real signer behind it.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

mod audit;
mod bad_input;
mod bootstrap;
mod consumers;
mod parked_events;
mod roles;
mod stage;
mod support;
mod tampering;
mod tasks;
mod users;
