#![doc = include_str!("../README.md")]

mod account;
mod failure;
mod postmark;
mod resend;

use std::time::Duration;

pub use account::{Account, Provider, VARIABLES};
pub use failure::Failure;

/// How long a provider may take. A task has a time limit, and the mail's lease must outlast this.
pub const TIMEOUT: Duration = Duration::from_secs(10);

/// One mail to one recipient.
#[derive(Clone, Debug)]
pub struct Message {
    /// The same key is the same mail.
    pub key: String,
    /// One plain address.
    pub to: String,
    /// One line.
    pub subject: String,
    /// The `text/plain` part.
    pub text: String,
    /// The `text/html` part.
    pub html: String,
    /// What kind of mail this is: letters, digits, `-` and `_`.
    pub tag: String,
}

/// The provider has taken the mail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Receipt {
    /// The provider's id of it; none if it only says that it has had this key before.
    pub id: Option<String>,
}
