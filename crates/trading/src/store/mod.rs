//! The statements, one function each.

pub(crate) mod bot;
pub(crate) mod call;
pub(crate) mod key;
pub(crate) mod order;
