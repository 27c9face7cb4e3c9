//! Rows of the authorization server: one function per statement, named like its file in `sql/`.

pub(crate) mod client;
pub(crate) mod code;
pub(crate) mod consent;
pub(crate) mod device;
pub(crate) mod grant;
pub(crate) mod request;
pub(crate) mod session;
pub(crate) mod token;
pub(crate) mod used_once;
