#![doc = include_str!("../README.md")]

pub mod api;
mod domain;
mod store;
