#![doc = include_str!("../README.md")]

pub mod api;
pub mod domain;
pub mod oidc;
mod policy;
mod store;
