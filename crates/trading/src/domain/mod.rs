//! What a trading key is. No I/O.

mod entered;
mod key;
mod label;
mod lane;

pub use entered::{Entered, EnteredError};
pub use key::{Exchange, Key, KeyStatus, Mode, VerifiedBy};
pub use label::{Label, LabelError};
pub use lane::Lane;
