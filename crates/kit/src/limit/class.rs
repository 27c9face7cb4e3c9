//! Classes of routes: what costs alike is limited alike.

use http::Method;

use super::Rate;

/// What a request asks of us.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Class {
    /// Proves who one is with a password: each attempt costs a hash.
    Login,
    /// Makes an account.
    Register,
    /// Enters a code: one-time passwords, second factors, device codes.
    Otp,
    /// Asks for a mail, or sets a password.
    Password,
    /// Attempts against one account or one address, whoever makes them. For [`take`](super::take) alone.
    Account,
    /// Changes something. Every route with an unsafe method that is not of another class.
    Write,
    /// Reads something. Every route with a safe method that is not of another class.
    Read,
    /// Finds something by its text, which costs more than by its name.
    Search,
    /// Reads all there is, or makes us work long: exports, imports, backtests.
    Export,
}

impl Class {
    pub(crate) const ALL: [Self; 9] = [
        Self::Login,
        Self::Register,
        Self::Otp,
        Self::Password,
        Self::Account,
        Self::Write,
        Self::Read,
        Self::Search,
        Self::Export,
    ];

    /// The name, as the variable `limits` and the `RateLimit` header have it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Login => "login",
            Self::Register => "register",
            Self::Otp => "otp",
            Self::Password => "password",
            Self::Account => "account",
            Self::Write => "write",
            Self::Read => "read",
            Self::Search => "search",
            Self::Export => "export",
        }
    }

    /// What is allowed where the operator says nothing.
    ///
    /// Reading is free: it changes nothing, one by name costs less than counting it would (a token is a statement, and so
    /// is the read), and the host has a limit of what is under way. What a safe route can cost beyond that has a class.
    pub(crate) const fn default_rate(self) -> Option<Rate> {
        match self {
            // An office behind one address signs in at nine; a list of stolen passwords takes years.
            Self::Login => Some(Rate::new(30, 300)),
            Self::Register => Some(Rate::new(20, 3_600)),
            Self::Otp => Some(Rate::new(20, 600)),
            Self::Password => Some(Rate::new(10, 600)),
            Self::Account => Some(Rate::new(10, 600)),
            Self::Write => Some(Rate::new(120, 60)),
            Self::Read => None,
            Self::Search => Some(Rate::new(60, 60)),
            Self::Export => Some(Rate::new(10, 600)),
        }
    }

    /// The class of a route that names none.
    pub(crate) fn of_method(method: &Method) -> Self {
        if method.is_safe() {
            Self::Read
        } else {
            Self::Write
        }
    }

    /// Whether it counts by address even for those who say who they are: here one proves it only now.
    pub(crate) const fn by_address(self) -> bool {
        matches!(
            self,
            Self::Login | Self::Register | Self::Otp | Self::Password
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_guide_tells_operators_each_class_and_its_usual_rate() {
        let guide = include_str!("../../../../docs/operations.md");
        for class in Class::ALL {
            let rate = class.default_rate().map_or_else(
                || "off".to_owned(),
                |rate| format!("{}/{}", rate.burst, rate.period_s),
            );
            let row = format!("| `{}` | {rate} |", class.name());
            assert!(guide.contains(&row), "docs/operations.md lacks {row}");
        }
    }
}
