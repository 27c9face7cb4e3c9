//! Scopes: what a client may ask for, and how a person is told.

/// Scopes that are known, and what they mean to the person who is asked. What begins with a service is Spindle's own; the last
/// ones are permissions, which nobody gives away who does not have them.
const KNOWN: &[(&str, &str)] = &[
    ("openid", "Know that it is you"),
    ("profile", "See your name, username and picture"),
    ("email", "See your e-mail address"),
    ("offline_access", "Stay connected while you are away"),
    ("profile.read", "See your profile and your notifications"),
    ("profile.write", "Change your profile"),
    ("posts.read", "See your posts, drafts too"),
    (
        "posts.write",
        "Write, change and delete your posts and comments",
    ),
    (
        "trading.read",
        "See your exchange accounts, orders and bots",
    ),
    (
        "trading.trade",
        "Place orders with your money, and set up and stop bots",
    ),
    ("account.manage", "See your account and your sessions"),
    ("posts.moderate", "Change and remove other people's posts"),
    ("comments.moderate", "Approve, reject and remove comments"),
    ("users.read", "See accounts"),
    ("users.manage", "Disable accounts"),
    ("roles.manage", "Define and grant roles"),
    ("clients.manage", "Register applications"),
    ("audit.read", "Read the audit log"),
    ("tasks.manage", "See and requeue tasks"),
    ("support.manage", "Work on support tickets"),
    ("keys.rotate", "Rotate keys"),
    ("bots.run", "Run trading bots"),
    ("bots.kill", "Stop everybody's bots"),
];

/// Of OpenID Connect, not of Spindle's API.
const OPENID: [&str; 4] = ["openid", "profile", "email", "offline_access"];
/// Where permissions begin.
const FIRST_PERMISSION: &str = "posts.moderate";
/// What a client that registered itself may ask for besides OpenID's.
const FOR_ANYBODY: [&str; 4] = ["profile.read", "profile.write", "posts.read", "posts.write"];

/// How a scope is told to the person who is asked for it.
pub(crate) fn describe(scope: &str) -> &str {
    KNOWN
        .iter()
        .find(|(name, _)| *name == scope)
        .map_or(scope, |(_, meaning)| meaning)
}

/// A list of scopes, each once, in the order in which they came.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(transparent)]
pub(crate) struct Scopes(Vec<String>);

impl Scopes {
    /// All that discovery tells of: OpenID's and Spindle's, not the permissions of its staff.
    pub(crate) fn published() -> Vec<&'static str> {
        KNOWN
            .iter()
            .map(|(name, _)| *name)
            .take_while(|name| *name != FIRST_PERMISSION)
            .collect()
    }

    /// Reads scopes separated by spaces; unknown ones are left out (OpenID Connect Core section 3.1.2.1).
    pub(crate) fn parse(text: &str) -> Self {
        let mut scopes = Vec::new();
        for scope in text.split_ascii_whitespace() {
            let known = KNOWN.iter().any(|(name, _)| *name == scope);
            if known && !scopes.iter().any(|had| had == scope) {
                scopes.push(scope.to_owned());
            }
        }
        Self(scopes)
    }

    /// The first of these texts that is no known scope.
    pub(crate) fn unknown(text: &str) -> Option<&str> {
        text.split_ascii_whitespace()
            .find(|scope| !KNOWN.iter().any(|(name, _)| name == scope))
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn has(&self, scope: &str) -> bool {
        self.0.iter().any(|had| had == scope)
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(String::as_str)
    }

    pub(crate) fn to_vec(&self) -> Vec<String> {
        self.0.clone()
    }

    /// As tokens carry them.
    pub(crate) fn to_text(&self) -> String {
        self.0.join(" ")
    }

    pub(crate) fn is_within(&self, ceiling: &Self) -> bool {
        self.0.iter().all(|scope| ceiling.has(scope))
    }

    /// Those for which this holds.
    #[must_use]
    pub(crate) fn filter(&self, keep: impl Fn(&str) -> bool) -> Self {
        Self(self.0.iter().filter(|scope| keep(scope)).cloned().collect())
    }

    /// Adds a scope that is not there yet.
    pub(crate) fn add(&mut self, scope: &str) {
        if !self.has(scope) {
            self.0.push(scope.to_owned());
        }
    }

    /// Whether any of them is for Spindle's own API: the token's audience.
    pub(crate) fn reaches_spindle(&self) -> bool {
        self.iter().any(is_spindles)
    }

    /// Those that are permissions, which only who has them may hand on.
    pub(crate) fn permissions(&self) -> impl Iterator<Item = &str> {
        self.iter().filter(|scope| is_permission(scope))
    }

    /// Whether a client may ask for all of them that nobody has looked at.
    pub(crate) fn are_for_anybody(&self) -> bool {
        self.iter()
            .all(|scope| OPENID.contains(&scope) || FOR_ANYBODY.contains(&scope))
    }
}

/// Whether a scope is for Spindle's own API.
pub(crate) fn is_spindles(scope: &str) -> bool {
    !OPENID.contains(&scope)
}

fn is_permission(scope: &str) -> bool {
    KNOWN
        .iter()
        .skip_while(|(name, _)| *name != FIRST_PERMISSION)
        .any(|(name, _)| *name == scope)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unknown_scopes_are_left_out_and_none_comes_twice() {
        let scopes = Scopes::parse("openid  address email openid posts.read nonsense");
        assert_eq!(scopes.to_text(), "openid email posts.read");
        assert_eq!(Scopes::unknown("openid address"), Some("address"));
    }

    #[test]
    fn permissions_are_not_published_and_not_for_anybody() {
        assert!(Scopes::published().contains(&"trading.trade"));
        assert!(!Scopes::published().contains(&"users.manage"));
        for (text, anybody) in [
            ("openid email offline_access posts.write", true),
            ("openid trading.trade", false),
            ("users.read", false),
        ] {
            assert_eq!(Scopes::parse(text).are_for_anybody(), anybody, "{text}");
        }
        assert_eq!(
            Scopes::parse("posts.read users.read")
                .permissions()
                .collect::<Vec<_>>(),
            ["users.read"]
        );
    }

    #[test]
    fn openid_scopes_alone_reach_nothing_of_spindle() {
        assert!(!Scopes::parse("openid profile email offline_access").reaches_spindle());
        assert!(Scopes::parse("openid posts.read").reaches_spindle());
    }

    #[test]
    fn every_permission_of_the_kit_can_be_a_scope() {
        for name in ["bots.run", "keys.rotate", "clients.manage"] {
            assert!(is_permission(name), "{name}");
        }
    }
}
