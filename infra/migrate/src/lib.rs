#![doc = include_str!("../README.md")]

mod connection;
mod role;
mod run;
mod schema;

pub use role::APP_ROLE;
pub use run::{Report, Settings, migrate};
pub use schema::{Schema, SqlFile};
