//! The blog in the database: one function per statement.

pub mod comment;
pub mod pending_edit;
pub mod post;
pub mod revision;
pub mod search;
pub mod tag;
pub mod transfer;
pub mod upkeep;
pub mod webhook;

use uuid::Uuid;

/// Who changes something.
#[derive(Clone, Copy, Debug)]
pub struct Editor {
    /// The account.
    pub account: Uuid,
    /// Whether it may change what is other people's.
    pub moderator: bool,
}

/// A page as the database wrote it: a JSON array, and where the next one begins.
#[derive(Clone, Debug)]
pub struct Listed<P> {
    /// A JSON array.
    pub items: String,
    /// Position of the last item if there are more.
    pub last: Option<P>,
}
