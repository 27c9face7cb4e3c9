#![doc = include_str!("../README.md")]

mod archive;
mod cache;
mod program;
mod release;
mod sources;

pub use archive::Archive;
pub use cache::cache_folder;
pub use program::Program;
pub use release::codename;
