//! The RealWorld API on a real server, with `auth` and `signer` behind it: every rule of the specification, and what its suite leaves out.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test fails by panicking"
)]

mod accounts;
mod articles;
mod comments;
mod lists;
mod odd_input;
mod people;
mod refusals;
mod sessions;
mod stage;
