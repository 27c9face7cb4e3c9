#![doc = include_str!("../README.md")]

pub mod api;
mod audit;
mod permissions;
mod store;
