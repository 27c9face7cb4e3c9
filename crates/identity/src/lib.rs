#![doc = include_str!("../README.md")]

pub mod api;
mod confirmation;
pub mod domain;
pub mod oauth;
pub mod oidc;
mod policy;
mod random;
mod sign_in;
mod store;
