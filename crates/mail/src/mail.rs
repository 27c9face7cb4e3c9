//! The mails that there are, and the data of each.

use serde::Deserialize;
use serde_json::{Value, json};

use crate::untrusted::{amount, line, link};

/// A mail to write. Text from people is cleaned and cut when it is read.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(tag = "template", content = "data", rename_all = "snake_case")]
#[expect(missing_docs, reason = "README.md tells each one's data")]
pub enum Mail {
    VerificationCode {
        #[serde(deserialize_with = "line::<_, 32>")]
        code: String,
        minutes: u32,
    },
    PasswordReset {
        #[serde(deserialize_with = "link")]
        url: String,
        minutes: u32,
    },
    NewSignIn {
        /// A `User-Agent`, or a name.
        #[serde(deserialize_with = "line::<_, 400>")]
        device: String,
        #[serde(deserialize_with = "line::<_, 64>")]
        address: String,
        #[serde(deserialize_with = "line::<_, 64>")]
        at: String,
    },
    EmailChanged {
        #[serde(deserialize_with = "line::<_, 254>")]
        new_email: String,
    },
    PasswordChanged {},
    FactorChanged {
        #[serde(deserialize_with = "line::<_, 100>")]
        change: String,
    },
    RegistrationAttempt {},
    KeyDrift {
        #[serde(deserialize_with = "line::<_, 100>")]
        label: String,
        problems: Vec<Problem>,
    },
    BotStopped {
        #[serde(deserialize_with = "line::<_, 100>")]
        name: String,
        #[serde(deserialize_with = "line::<_, 500>")]
        reason: String,
    },
    TicketAnswer {
        #[serde(deserialize_with = "line::<_, 200>")]
        subject: String,
        #[serde(deserialize_with = "link")]
        url: String,
    },
    OrderCompleted {
        #[serde(deserialize_with = "line::<_, 32>")]
        pair: String,
        #[serde(deserialize_with = "line::<_, 16>")]
        side: String,
        #[serde(deserialize_with = "amount")]
        volume: String,
        #[serde(deserialize_with = "amount")]
        price: String,
        /// `paper` says that no money moved.
        #[serde(default)]
        mode: Option<String>,
    },
    AccountDeleted {},
}

/// One thing that is wrong with an exchange key.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(transparent)]
pub struct Problem(#[serde(deserialize_with = "line::<_, 300>")] pub(crate) String);

/// Data that do not fit their template, or a template that there is not.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the mail cannot be written: {0}")]
pub struct Unfit(String);

impl Mail {
    /// Reads what a task carries. The error names the field and never a value: values are codes and links.
    ///
    /// # Errors
    /// [`Unfit`].
    pub fn read(template: &str, data: Value) -> Result<Self, Unfit> {
        // A template without data is asked for with an object or with nothing.
        let data = if data.is_null() { json!({}) } else { data };
        serde_json::from_value(json!({"template": template, "data": data}))
            .map_err(|error| Unfit(without_values(&error.to_string())))
    }

    /// For how long after it was asked for the mail is worth sending; none for ever.
    #[must_use]
    pub const fn minutes_of_use(&self) -> Option<u32> {
        match self {
            Self::VerificationCode { minutes, .. } | Self::PasswordReset { minutes, .. } => {
                Some(*minutes)
            }
            _ => None,
        }
    }
}

/// serde quotes the value of a wrong type: ``invalid type: string "secret", expected u32``, ``integer `493721` ``.
fn without_values(message: &str) -> String {
    match message.rsplit_once(", expected ") {
        Some((before, expected)) if before.starts_with("invalid ") => {
            format!("a value is not {expected}")
        }
        _ => message.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_template_without_data_needs_none() {
        for data in [Value::Null, json!({}), json!({"more": 1})] {
            assert_eq!(
                Mail::read("account_deleted", data.clone()),
                Ok(Mail::AccountDeleted {}),
                "{data}"
            );
        }
    }

    #[test]
    fn what_does_not_fit_is_refused_without_its_value() {
        for (template, data, part) in [
            ("verification_code", json!({"code": "123456"}), "minutes"),
            (
                "verification_code",
                json!({"code": "123456", "minutes": "se\"cret\", expected"}),
                "not u32",
            ),
            (
                "verification_code",
                json!({"code": 123456, "minutes": 5}),
                "not a string",
            ),
            (
                "password_reset",
                json!({"url": "javascript:secret", "minutes": 5}),
                "https",
            ),
            ("secret_template", json!({}), "unknown variant"),
        ] {
            let error = Mail::read(template, data).unwrap_err().to_string();
            assert!(error.contains(part), "{error}");
            assert!(
                !error.contains("cret\"") && !error.contains("123456"),
                "{error}"
            );
        }
    }

    #[test]
    fn only_codes_and_links_go_stale() {
        let code = Mail::read(
            "verification_code",
            json!({"code": "123456", "minutes": 10}),
        );
        assert_eq!(code.unwrap().minutes_of_use(), Some(10));
        let gone = Mail::read("account_deleted", json!({}));
        assert_eq!(gone.unwrap().minutes_of_use(), None);
    }
}
