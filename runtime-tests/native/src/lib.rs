#![doc = include_str!("../README.md")]

mod application;
mod chaining;
mod key_value;
mod server;
mod verifier;

pub use application::{Application, Settings};
pub use server::serve;
