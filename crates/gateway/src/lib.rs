#![doc = include_str!("../README.md")]

pub mod api;
mod asset;
mod exposition;
