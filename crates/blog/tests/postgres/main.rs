//! The blog on a real server, through its routes: what readers, authors and moderators rely on.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test fails by panicking"
)]

mod comment;
mod editing;
mod favorite;
mod listing;
mod moderation;
mod post;
mod publication;
mod scale;
mod search;
mod search_pages;
mod slug;
mod stage;
mod transfer;
mod upkeep;
mod webhook;
