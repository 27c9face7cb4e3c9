//! Rows: one function per statement, named like its file in `sql/`.

pub(crate) mod account;
pub(crate) mod hash_slot;
pub(crate) mod session;
pub(crate) mod signing_key;
