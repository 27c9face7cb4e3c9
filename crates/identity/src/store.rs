//! Rows: one function per statement, named like its file in `sql/`.

pub(crate) mod account;
pub(crate) mod api_key;
pub(crate) mod conduit;
pub(crate) mod email_code;
pub(crate) mod hash_slot;
pub(crate) mod passkey;
pub(crate) mod password;
pub(crate) mod second_factor;
pub(crate) mod session;
pub(crate) mod signing_key;
