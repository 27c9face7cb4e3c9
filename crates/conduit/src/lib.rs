#![doc = include_str!("../README.md")]

mod account;
pub mod api;
mod caller;
mod field;
mod store;
mod switch;
mod wording;
