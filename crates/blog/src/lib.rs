#![doc = include_str!("../README.md")]

pub mod api;
pub mod domain;
pub mod renderer;
pub mod store;
mod transfer;
