//! What somebody types to log in.

use super::{Email, Username};

/// An address, a username, or something that nobody can have: the search for it goes the same way and finds nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LoginName {
    /// By address.
    Email(Email),
    /// By username.
    Username(Username),
    /// Neither.
    Nobody,
}

impl LoginName {
    /// Reads what was typed. A username has no `@`, an address has.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        if text.contains(['@', '＠']) {
            text.parse().map_or(Self::Nobody, Self::Email)
        } else {
            text.parse().map_or(Self::Nobody, Self::Username)
        }
    }

    /// The address, if it is one.
    #[must_use]
    pub fn email(&self) -> Option<&str> {
        match self {
            Self::Email(email) => Some(email.as_str()),
            Self::Username(_) | Self::Nobody => None,
        }
    }

    /// What wrong passwords are counted by, whether anybody has the name or not. What nobody can have is counted together.
    #[must_use]
    pub fn counted_as(&self) -> String {
        match self {
            Self::Email(email) => format!("email:{}", email.as_str()),
            Self::Username(username) => format!("username:{}", username.key()),
            Self::Nobody => "nobody".to_owned(),
        }
    }

    /// The folded username, if it is one.
    #[must_use]
    pub fn username_key(&self) -> Option<&str> {
        match self {
            Self::Username(username) => Some(username.key()),
            Self::Email(_) | Self::Nobody => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_at_sign_tells_addresses_from_names() {
        assert_eq!(
            LoginName::parse(" ADA@Example.com").email(),
            Some("ada@example.com")
        );
        assert_eq!(LoginName::parse("Ada").username_key(), Some("ada"));
        for nobody in ["", "@", "a", "ada@", "a b c", "' or 1=1"] {
            assert_eq!(LoginName::parse(nobody), LoginName::Nobody, "{nobody}");
        }
    }
}
