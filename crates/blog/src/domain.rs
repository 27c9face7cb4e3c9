//! Rules of posts and comments: no I/O, no clock. Each answers what would be allowed.

pub mod field;
pub mod slug;
pub mod tag;
