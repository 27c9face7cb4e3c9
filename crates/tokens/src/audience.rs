//! Whom a token is for (RFC 7519 section 4.1.3).

use serde::{Deserialize, Serialize};

/// One recipient, as a text, or several, as a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Audience {
    /// One.
    One(String),
    /// Several.
    Many(Vec<String>),
}

impl Audience {
    /// All of them.
    #[must_use]
    pub fn recipients(&self) -> &[String] {
        match self {
            Self::One(one) => std::slice::from_ref(one),
            Self::Many(many) => many,
        }
    }

    /// Whether the token is for this recipient, among others or alone.
    #[must_use]
    pub fn names(&self, recipient: &str) -> bool {
        self.recipients().iter().any(|named| named == recipient)
    }
}

impl From<&str> for Audience {
    fn from(recipient: &str) -> Self {
        Self::One(recipient.to_owned())
    }
}

impl From<Vec<String>> for Audience {
    fn from(recipients: Vec<String>) -> Self {
        match <[String; 1]>::try_from(recipients) {
            Ok([one]) => Self::One(one),
            Err(many) => Self::Many(many),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn one_is_a_text_and_several_are_a_list() {
        for (recipients, written) in [
            (vec!["a"], json!("a")),
            (vec!["a", "b"], json!(["a", "b"])),
            (vec![], json!([])),
        ] {
            let owned: Vec<String> = recipients.iter().map(|&name| name.to_owned()).collect();
            let audience = Audience::from(owned);
            assert_eq!(json!(audience), written);
            assert_eq!(audience.recipients(), recipients);
            assert_eq!(audience.names("b"), recipients.contains(&"b"));
        }
        let list_of_one: Audience = serde_json::from_value(json!(["a"])).unwrap();
        assert!(list_of_one.names("a"));
    }
}
