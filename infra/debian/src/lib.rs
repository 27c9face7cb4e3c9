#![doc = include_str!("../README.md")]

mod archive;
mod program;
mod release;
mod sources;

pub use archive::Archive;
pub use program::Program;
pub use release::codename;
