//! What somebody without our key, or with somebody else's token, may try.
#![expect(clippy::indexing_slicing, reason = "a test fails by panicking")]

mod access_tokens;
mod forge;
mod proofs;
