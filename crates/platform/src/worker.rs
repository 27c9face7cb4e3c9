//! The worker: takes tasks and events and hands them to their owners. It knows no service; what an answer means is in
//! [`outcome`], how long it goes on in [`budget`].

mod api;
mod budget;
mod call;
mod consumer;
mod drain;
mod outcome;
mod parked;
mod places;
mod report;
mod sink;
mod store;
mod tasks;

use kit::DbError;
use kit::log::{self, Level};
use serde_json::json;

pub use api::{service, service_for};
pub use report::Report;

/// A statement failed. The worker goes on without it: whatever was not written down is found again.
fn complain(message: &str, error: &DbError) {
    log::line(
        Level::Error,
        "worker",
        message,
        json!({"cause": error.to_string()}),
    );
}
