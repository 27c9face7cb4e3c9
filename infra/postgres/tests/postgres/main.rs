//! Real servers, started with the programs of this machine.
#![expect(
    clippy::unwrap_used,
    clippy::print_stderr,
    reason = "helpers of tests stop the test, and say what was not run"
)]

mod backup;
mod cluster;
mod server;
