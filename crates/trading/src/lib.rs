#![doc = include_str!("../README.md")]

pub mod api;
mod check;
mod disconnection;
pub mod domain;
mod exchange;
mod market;
mod store;
pub mod strategist;
mod tasks;
mod valuation;
