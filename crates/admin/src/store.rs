//! Rows, one function per statement.

pub(crate) mod account;
pub(crate) mod audit;
pub(crate) mod consumer;
pub(crate) mod dashboard;
pub(crate) mod kill_switch;
pub(crate) mod parked_event;
pub(crate) mod role;
pub(crate) mod task;
