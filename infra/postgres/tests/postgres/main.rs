//! Real servers, started with the programs of this machine.
#![expect(
    clippy::unwrap_used,
    clippy::print_stderr,
    reason = "helpers of tests stop the test, and say what was not run"
)]

mod backup;
mod server;

use std::path::Path;

use spindle_postgres::{Options, Server};

/// Data for a server that may be durable, where it does not matter how it was made: a password and the disk take a second.
fn make(folder: &Path) {
    let server = Server::start(&Options::ephemeral(folder)).unwrap();
    server.stop().unwrap();
}
