//! The ways on which a user is told something.

use serde::Serialize;

/// How a type of notifications uses a channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Channel {
    /// Whether it is used while the user has not chosen.
    pub default: bool,
    /// Whether the choice is none: always the default.
    pub locked: bool,
}

impl Channel {
    /// Used unless the user turns it off.
    pub const ON: Self = Self {
        default: true,
        locked: false,
    };
    /// Always used: what concerns the account's safety must arrive.
    pub const ALWAYS: Self = Self {
        default: true,
        locked: true,
    };
    /// Never used: there is nothing written for it.
    pub const NEVER: Self = Self {
        default: false,
        locked: true,
    };
}

/// The channels of a type.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Channels {
    /// `GET /api/v1/profile/notifications`.
    pub in_app: Channel,
    /// A mail.
    pub email: Channel,
}
