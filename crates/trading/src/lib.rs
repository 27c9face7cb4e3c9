#![doc = include_str!("../README.md")]

pub mod api;
mod check;
pub mod domain;
mod exchange;
mod market;
mod store;
pub mod strategist;
mod tasks;
