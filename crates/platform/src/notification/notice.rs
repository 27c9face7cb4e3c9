//! The table of notifications: `platform.notify(context, key, user_id, type, data)` takes one of these types with these data.
//! To add one: a variant here, its line in [`Notice::name`], [`Notice::channels`] and [`Notice::words`], and in `TYPES` of
//! `preferences.rs`; a mail for it is a template of `crates/mail`.

use kit::path_segment;
use serde::Deserialize;
use serde_json::{Value, json};
use uuid::Uuid;

use super::{Channel, Channels};

/// Something to tell a user.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(tag = "type", content = "data", rename_all = "snake_case")]
#[expect(missing_docs, reason = "the fields are the words")]
pub enum Notice {
    /// The account was signed in to from a device that was not seen before.
    NewSignIn {
        device: String,
        address: String,
        /// RFC 3339.
        at: String,
    },
    /// The account's password was changed or replaced.
    PasswordChanged {},
    /// The account's address was changed. The old one is told by a mail of its own, `email_changed`.
    EmailChanged { new_email: String },
    /// Something that the account is signed in to with came or went.
    FactorChanged { change: FactorChange },
    /// The exchange says that a key may do something else than it did.
    KeyDrift {
        label: String,
        problems: Vec<String>,
        #[serde(default)]
        key_id: Option<Uuid>,
    },
    /// An exchange key ends within so many days.
    KeyExpiring {
        label: String,
        days: u32,
        #[serde(default)]
        key_id: Option<Uuid>,
    },
    /// A bot stopped by itself.
    BotStopped {
        name: String,
        reason: String,
        #[serde(default)]
        bot_id: Option<Uuid>,
    },
    /// An order was filled. Amounts are decimal strings, or the numbers that a database makes of them.
    OrderCompleted {
        pair: String,
        side: String,
        volume: Value,
        price: Value,
        /// `paper` says that no money moved.
        #[serde(default)]
        mode: Option<String>,
        #[serde(default)]
        order_id: Option<Uuid>,
    },
    /// A key was disconnected while orders were open at the exchange that it did not take back.
    OrdersLeft {
        label: String,
        orders: u64,
        #[serde(default)]
        key_id: Option<Uuid>,
    },
    /// Support has answered.
    TicketAnswer { ticket_id: Uuid, subject: String },
    /// A ticket was solved and nobody has said more for a while.
    TicketClosed { ticket_id: Uuid, subject: String },
    /// Somebody commented on a post of the user.
    CommentCreated {
        author: String,
        post_title: String,
        slug: String,
    },
    /// Somebody follows the user.
    NewFollower { username: String },
}

/// What became of a second factor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the words say it")]
pub enum FactorChange {
    TotpEnabled,
    TotpDisabled,
    PasskeyAdded,
    PasskeyDeleted,
}

impl FactorChange {
    const fn words(self) -> &'static str {
        match self {
            Self::TotpEnabled => "An authenticator app was taken into use.",
            Self::TotpDisabled => "An authenticator app was taken out of use.",
            Self::PasskeyAdded => "A passkey was added.",
            Self::PasskeyDeleted => "A passkey was deleted.",
        }
    }
}

/// What a notification says.
#[derive(Clone, Debug, PartialEq)]
pub struct Words {
    /// One line.
    pub title: String,
    /// One or two sentences.
    pub body: String,
    /// Path on this server where the matter is.
    pub link: Option<String>,
    /// Template and data of the mail (`crates/mail`); none if there is no mail of this type.
    pub mail: Option<(&'static str, Value)>,
}

/// Data that do not fit their type, or a type that there is not.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the notification cannot be written: {0}")]
pub struct Unfit(String);

impl Notice {
    /// Reads what a task carries.
    ///
    /// # Errors
    /// [`Unfit`].
    pub fn read(kind: &str, data: Value) -> Result<Self, Unfit> {
        let data = if data.is_null() { json!({}) } else { data };
        serde_json::from_value(json!({"type": kind, "data": data}))
            .map_err(|error| Unfit(error.to_string()))
    }

    /// The type's name, as in `platform.notify` and in the preferences.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::NewSignIn { .. } => "new_sign_in",
            Self::PasswordChanged {} => "password_changed",
            Self::EmailChanged { .. } => "email_changed",
            Self::FactorChanged { .. } => "factor_changed",
            Self::KeyDrift { .. } => "key_drift",
            Self::KeyExpiring { .. } => "key_expiring",
            Self::BotStopped { .. } => "bot_stopped",
            Self::OrderCompleted { .. } => "order_completed",
            Self::OrdersLeft { .. } => "orders_left",
            Self::TicketAnswer { .. } => "ticket_answer",
            Self::TicketClosed { .. } => "ticket_closed",
            Self::CommentCreated { .. } => "comment_created",
            Self::NewFollower { .. } => "new_follower",
        }
    }

    /// Where it is told, and what of that the user decides.
    #[must_use]
    pub fn channels(&self) -> Channels {
        super::types()
            .iter()
            .find(|info| info.name == self.name())
            .map_or(
                Channels {
                    in_app: Channel::ON,
                    email: Channel::NEVER,
                },
                |info| info.channels,
            )
    }

    /// What it says.
    #[must_use]
    pub fn words(&self, public_url: &str) -> Words {
        match self {
            Self::NewSignIn {
                device,
                address,
                at,
            } => Words {
                title: "New sign-in to your account".to_owned(),
                body: format!(
                    "From {} at {}. If it was not you, change your password now.",
                    short(device),
                    short(address)
                ),
                link: Some("/api/v1/auth/sessions".to_owned()),
                mail: Some((
                    "new_sign_in",
                    json!({"device": device, "address": address, "at": at}),
                )),
            },
            Self::PasswordChanged {} => Words {
                title: "Your password was changed".to_owned(),
                body:
                    "Every other session has ended. If it was not you, ask for a new password now."
                        .to_owned(),
                link: Some("/api/v1/auth/sessions".to_owned()),
                mail: Some(("password_changed", json!({}))),
            },
            Self::EmailChanged { new_email } => Words {
                title: "The address of your account was changed".to_owned(),
                body: format!("We now write to {}.", short(new_email)),
                link: Some("/api/v1/auth/me".to_owned()),
                mail: None,
            },
            Self::FactorChanged { change } => Words {
                title: "How you sign in was changed".to_owned(),
                body: format!(
                    "{} If it was not you, change your password now.",
                    change.words()
                ),
                link: Some("/api/v1/auth/me".to_owned()),
                mail: Some(("factor_changed", json!({"change": change.words()}))),
            },
            Self::KeyDrift {
                label,
                problems,
                key_id,
            } => Words {
                title: format!("Your exchange key “{}” needs attention", short(label)),
                body: format!(
                    "Its permissions were changed at the exchange: {}. Bots that use it were stopped.",
                    short(&problems.join("; "))
                ),
                link: key_id.map(|id| format!("/api/v1/trading/keys/{id}")),
                mail: Some(("key_drift", json!({"label": label, "problems": problems}))),
            },
            Self::KeyExpiring {
                label,
                days,
                key_id,
            } => Words {
                title: format!("Your exchange key “{}” ends soon", short(label)),
                body: format!(
                    "It works for less than {days} {} more. Create another one at the exchange and put it in its place.",
                    if *days == 1 { "day" } else { "days" }
                ),
                link: key_id.map(|id| format!("/api/v1/trading/keys/{id}")),
                mail: None,
            },
            Self::BotStopped {
                name,
                reason,
                bot_id,
            } => Words {
                title: format!("Your bot “{}” has stopped", short(name)),
                body: short(reason),
                link: bot_id.map(|id| format!("/api/v1/trading/bots/{id}")),
                mail: Some(("bot_stopped", json!({"name": name, "reason": reason}))),
            },
            Self::OrderCompleted {
                pair,
                side,
                volume,
                price,
                mode,
                order_id,
            } => Words {
                title: format!(
                    "{} filled: {} {} {}",
                    if mode.as_deref() == Some("paper") {
                        "Paper order"
                    } else {
                        "Order"
                    },
                    short(side),
                    amount(volume),
                    short(pair)
                ),
                body: format!("At an average price of {}.", amount(price)),
                link: order_id.map(|id| format!("/api/v1/trading/orders/{id}")),
                mail: Some((
                    "order_completed",
                    json!({"pair": pair, "side": side, "volume": amount(volume), "price": amount(price), "mode": mode}),
                )),
            },
            // The key is gone, and with it the page about it.
            Self::OrdersLeft {
                label,
                orders,
                key_id: _,
            } => Words {
                title: format!("Orders of “{}” may still be open", short(label)),
                body: format!(
                    "The key was disconnected before the exchange had taken everything back. Look there: orders that may be open or filled without our knowing: {orders}.",
                ),
                link: Some("/api/v1/trading/orders".to_owned()),
                mail: None,
            },
            Self::TicketAnswer { ticket_id, subject } => {
                let path = format!("/api/v1/profile/support/tickets/{ticket_id}");
                Words {
                    title: "Support has answered".to_owned(),
                    body: format!("There is an answer to “{}”.", short(subject)),
                    mail: Some((
                        "ticket_answer",
                        json!({"subject": subject, "url": format!("{public_url}{path}")}),
                    )),
                    link: Some(path),
                }
            }
            Self::TicketClosed { ticket_id, subject } => Words {
                title: "Your ticket was closed".to_owned(),
                body: format!(
                    "“{}” was solved. Open another one if there is more to say.",
                    short(subject)
                ),
                link: Some(format!("/api/v1/profile/support/tickets/{ticket_id}")),
                mail: None,
            },
            Self::CommentCreated {
                author,
                post_title,
                slug,
            } => Words {
                title: format!("{} commented on your post", short(author)),
                body: format!("On “{}”.", short(post_title)),
                link: Some(format!("/blog/{}", path_segment(slug))),
                mail: None,
            },
            Self::NewFollower { username } => Words {
                title: format!("{} follows you", short(username)),
                body: "You have a new follower.".to_owned(),
                link: Some(format!("/blog/@{}", path_segment(username))),
                mail: None,
            },
        }
    }
}

/// A decimal string, or the number that a database made of one.
fn amount(value: &Value) -> String {
    match value {
        Value::String(text) => short(text),
        other => short(&other.to_string()),
    }
}

/// Text from elsewhere on one line, at most 200 characters.
fn short(text: &str) -> String {
    mail::clean(text, 200)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One of each type, as the services send them.
    pub(crate) fn samples() -> Vec<(&'static str, Value)> {
        vec![
            (
                "new_sign_in",
                json!({"device": "Firefox on Linux", "address": "192.0.2.7", "at": "2026-11-21T07:00:00.000Z"}),
            ),
            ("password_changed", json!({})),
            ("email_changed", json!({"new_email": "new@a.example"})),
            ("factor_changed", json!({"change": "totp_disabled"})),
            (
                "key_drift",
                json!({"label": "Main", "problems": ["It may withdraw."], "key_id": Uuid::nil()}),
            ),
            (
                "key_expiring",
                json!({"label": "Main", "days": 3, "key_id": Uuid::nil()}),
            ),
            (
                "bot_stopped",
                json!({"name": "Night", "reason": "Daily loss limit reached."}),
            ),
            (
                "order_completed",
                json!({"pair": "BTC/USD", "side": "buy", "volume": "0.10000000", "price": 64000.5, "order_id": Uuid::nil()}),
            ),
            (
                "orders_left",
                json!({"label": "Main", "orders": 2, "key_id": Uuid::nil()}),
            ),
            (
                "ticket_answer",
                json!({"ticket_id": Uuid::nil(), "subject": "Help"}),
            ),
            (
                "ticket_closed",
                json!({"ticket_id": Uuid::nil(), "subject": "Help"}),
            ),
            (
                "comment_created",
                json!({"author": "ada", "post_title": "Hello", "slug": "hello"}),
            ),
            ("new_follower", json!({"username": "ädá/.."})),
        ]
    }

    #[test]
    fn every_type_says_something_and_its_mail_can_be_written() {
        let mut seen = Vec::new();
        for (name, data) in samples() {
            let notice = Notice::read(name, data).unwrap();
            assert_eq!(notice.name(), name);
            let words = notice.words("https://spindle.example");
            assert!(!words.title.is_empty() && !words.body.is_empty(), "{name}");
            if let Some(link) = &words.link {
                assert!(link.starts_with('/') && link.is_ascii(), "{name}: {link}");
            }
            assert_eq!(
                words.mail.is_some(),
                notice.channels().email != Channel::NEVER,
                "{name}: a channel that can be chosen has something to send"
            );
            if let Some((template, data)) = words.mail {
                mail::Mail::read(template, data).unwrap();
            }
            seen.push(name);
        }
        let listed: Vec<&str> = super::super::types().iter().map(|info| info.name).collect();
        assert_eq!(seen, listed, "the table of types is this one");
    }

    #[test]
    fn what_others_wrote_is_one_short_line() {
        let data = json!({"name": "a\r\n\u{0}b\u{202e}", "reason": "x".repeat(1000)});
        let words = Notice::read("bot_stopped", data).unwrap().words("");
        assert_eq!(words.title, "Your bot “a b” has stopped");
        assert_eq!(words.body.chars().count(), 200);
    }

    #[test]
    fn an_unknown_type_and_missing_data_are_told() {
        for (name, data, part) in [
            ("no_such_type", json!({}), "unknown variant"),
            (
                "bot_stopped",
                json!({"name": "a"}),
                "missing field `reason`",
            ),
            ("bot_stopped", Value::Null, "missing field"),
        ] {
            let error = Notice::read(name, data).unwrap_err().to_string();
            assert!(error.contains(part), "{error}");
        }
    }
}
