//! The statements, one function each.

pub(crate) mod call;
pub(crate) mod key;
pub(crate) mod order;
