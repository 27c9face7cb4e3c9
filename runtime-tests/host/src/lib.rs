#![doc = include_str!("../README.md")]

mod access_log;
mod allowed_hosts;
mod application;
mod between;
#[expect(
    unreachable_pub,
    reason = "generated from WIT, which has the documentation"
)]
mod bindings;
mod capabilities;
mod chaining;
mod clock;
mod composition;
mod connection;
mod duration;
mod engine;
mod guest;
mod guest_variables;
mod host;
mod instances;
mod key_value;
mod lingering;
mod loading;
pub mod manifest;
mod memory;
mod options;
mod outbound_http;
mod output;
mod package;
mod postgres;
mod problem;
mod process;
mod production;
mod request;
mod routing;
mod runtime_config;
mod server;
mod telemetry;
mod template;
mod ticks;
mod variables;
mod worker;

pub use between::Between;
pub use host::{Host, RunningHost};
pub use options::{CommandLine, Format, Options};
pub use process::die_with_parent;
