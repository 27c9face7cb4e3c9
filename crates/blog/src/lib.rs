#![doc = include_str!("../README.md")]

pub mod api;
pub mod domain;
pub mod renderer;
pub mod store;
mod transfer;

/// Readers of outside input by themselves, for infra/fuzz.
#[cfg(fuzzing)]
pub mod fuzzing {
    use crate::transfer;

    /// How many posts a WordPress export has.
    pub fn wordpress(text: &str) -> Result<usize, String> {
        transfer::wordpress::read(text).map(|posts| posts.len())
    }

    /// How many posts a Ghost export has.
    pub fn ghost(text: &str) -> Result<usize, String> {
        transfer::ghost::read(text).map(|posts| posts.len())
    }

    /// How many posts an export of ours has.
    pub fn own(text: &str) -> Result<usize, String> {
        transfer::own::read(text).map(|posts| posts.len())
    }

    /// Whether a Markdown file is a post.
    pub fn front_matter(text: &str) -> bool {
        transfer::front_matter::read(text).is_ok()
    }
}
