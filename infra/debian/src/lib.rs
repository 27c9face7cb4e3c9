#![doc = include_str!("../README.md")]

mod archive;
mod release;
mod sources;

pub use archive::Archive;
pub use release::codename;
