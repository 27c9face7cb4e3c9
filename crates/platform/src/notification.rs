//! What users are told: the types of notifications, what each says, and who wants which on what channel.

mod channel;
mod notice;
mod preferences;
pub(crate) mod store;

pub use channel::{Channel, Channels};
pub use notice::{FactorChange, Notice, Unfit, Words};
pub use preferences::{Choice, Choices, TypeInfo, types};
pub(crate) use preferences::{in_force, worth_keeping};
