//! Ids: UUIDv7 (RFC 9562), so that rows made one after the other lie side by side in their index.

use uuid::Uuid;

/// A new id.
#[must_use]
pub fn new() -> Uuid {
    Uuid::now_v7()
}
