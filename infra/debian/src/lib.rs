#![doc = include_str!("../README.md")]

mod archive;
mod cache;
mod libraries;
mod program;
mod release;
mod sources;

pub use archive::Archive;
pub use cache::cache_folder;
pub use libraries::library_folders;
pub use program::{Program, on_path};
pub use release::codename;
