#![doc = include_str!("../README.md")]

pub mod api;
pub mod domain;
mod exchange;
mod store;
