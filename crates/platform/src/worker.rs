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

pub use api::{service, service_for};
pub use report::Report;
