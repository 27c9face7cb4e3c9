//! End-to-end: HTTP in, HTTP out, whoever hosts the app.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stderr,
    reason = "helpers of tests stop the test, and a skipped one says so"
)]

mod account;
mod administration;
mod authorization;
mod bad_input;
mod bot;
mod cold_instance;
mod conduit;
mod dev_mail;
mod every_route;
mod exchange_key;
mod gateway;
mod limits;
mod metrics;
mod notification;
mod order;
mod plans;
mod post;
mod profile;
mod route;
mod session;
mod social;
mod support;
mod worker;
