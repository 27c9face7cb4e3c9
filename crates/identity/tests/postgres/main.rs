//! Identity on a real server: what is one statement must stay right when it is run twenty times at once.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

mod accounts;
mod application;
mod database;
mod endpoints;
mod functions;
mod sessions;
mod trust;
