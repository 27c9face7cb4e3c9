//! What users decide: per type and channel.

use std::collections::BTreeMap;

use kit::FieldError;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{Channel, Channels};

/// A type of notifications, for a page of preferences.
#[derive(Clone, Copy, Debug)]
pub struct TypeInfo {
    /// As in `platform.notify`.
    pub name: &'static str,
    /// When it comes.
    pub description: &'static str,
    /// Where it comes.
    pub channels: Channels,
}

/// A user's choice of one type; what is absent or null is as the type has it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Choice {
    /// Whether it is listed under `/notifications`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub in_app: Option<bool>,
    /// Whether it is mailed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<bool>,
}

/// Choices by type.
pub type Choices = BTreeMap<String, Choice>;

const fn of(
    name: &'static str,
    description: &'static str,
    in_app: Channel,
    email: Channel,
) -> TypeInfo {
    TypeInfo {
        name,
        description,
        channels: Channels { in_app, email },
    }
}

/// The table of types, in the order in which they are shown.
#[must_use]
pub const fn types() -> &'static [TypeInfo] {
    TYPES
}

const TYPES: &[TypeInfo] = &[
    of(
        "new_sign_in",
        "Your account was signed in to from a new device",
        Channel::ALWAYS,
        Channel::ALWAYS,
    ),
    of(
        "password_changed",
        "Your password was changed",
        Channel::ALWAYS,
        Channel::ALWAYS,
    ),
    // The mail goes to the old address, by itself.
    of(
        "email_changed",
        "The address of your account was changed",
        Channel::ALWAYS,
        Channel::NEVER,
    ),
    of(
        "factor_changed",
        "An authenticator app or a passkey came or went",
        Channel::ALWAYS,
        Channel::ALWAYS,
    ),
    of(
        "key_drift",
        "An exchange key's permissions were changed at the exchange",
        Channel::ALWAYS,
        Channel::ALWAYS,
    ),
    of(
        "key_expiring",
        "An exchange key ends within 14, 3 or 1 days",
        Channel::ON,
        Channel::NEVER,
    ),
    of(
        "bot_stopped",
        "A bot stopped by itself",
        Channel::ON,
        Channel::ON,
    ),
    of(
        "order_completed",
        "An order was filled",
        Channel::ON,
        Channel::ON,
    ),
    of(
        "orders_left",
        "A key was disconnected while orders were open at the exchange",
        Channel::ALWAYS,
        Channel::NEVER,
    ),
    of(
        "ticket_answer",
        "Support has answered your ticket",
        Channel::ON,
        Channel::ON,
    ),
    of(
        "ticket_closed",
        "Your ticket was closed after it was solved",
        Channel::ON,
        Channel::NEVER,
    ),
    of(
        "comment_created",
        "Somebody commented on your post",
        Channel::ON,
        Channel::NEVER,
    ),
    of(
        "new_follower",
        "Somebody follows you",
        Channel::ON,
        Channel::NEVER,
    ),
];

/// What is in force: every type with both channels decided.
pub(crate) fn in_force(choices: &Choices) -> Choices {
    TYPES
        .iter()
        .map(|info| {
            let choice = choices.get(info.name).copied().unwrap_or_default();
            let decided = |channel: Channel, choice: Option<bool>| {
                Some(if channel.locked {
                    channel.default
                } else {
                    choice.unwrap_or(channel.default)
                })
            };
            let decided = Choice {
                in_app: decided(info.channels.in_app, choice.in_app),
                email: decided(info.channels.email, choice.email),
            };
            (info.name.to_owned(), decided)
        })
        .collect()
}

/// What of the choices is worth keeping: those that differ from their type, so that a type whose default changes takes those
/// with it who never decided.
///
/// # Errors
/// The fields that choose what there is not, or what is not to be chosen.
pub(crate) fn worth_keeping(chosen: &Choices) -> Result<Choices, Vec<FieldError>> {
    let (mut kept, mut errors) = (Choices::new(), Vec::new());
    for (name, choice) in chosen {
        let field = |channel: &str| format!("preferences.{name}{channel}");
        let Some(info) = TYPES.iter().find(|info| info.name == name) else {
            errors.push(FieldError::new(field(""), "is no type of notifications"));
            continue;
        };
        let mut keep = |channel: Channel, choice: Option<bool>, path: &str| {
            let choice = choice.filter(|choice| *choice != channel.default);
            if choice.is_some() && channel.locked {
                let why = if channel.default {
                    "cannot be turned off: it concerns the safety of the account"
                } else {
                    "cannot be turned on: this type has nothing for this channel"
                };
                errors.push(FieldError::new(field(path), why));
            }
            choice
        };
        let choice = Choice {
            in_app: keep(info.channels.in_app, choice.in_app, ".in_app"),
            email: keep(info.channels.email, choice.email, ".email"),
        };
        if choice != Choice::default() {
            kept.insert(name.clone(), choice);
        }
    }
    if errors.is_empty() {
        Ok(kept)
    } else {
        Err(errors)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chosen(name: &str, in_app: Option<bool>, email: Option<bool>) -> Choices {
        Choices::from([(name.to_owned(), Choice { in_app, email })])
    }

    #[test]
    fn what_is_in_force_is_the_choice_else_the_default_and_never_against_a_lock() {
        let force = in_force(&Choices::new());
        assert_eq!(force.len(), TYPES.len());
        assert_eq!(force["order_completed"].email, Some(true));
        assert_eq!(force["new_follower"].email, Some(false));
        let force = in_force(&chosen("order_completed", None, Some(false)));
        assert_eq!(
            force["order_completed"],
            Choice {
                in_app: Some(true),
                email: Some(false)
            }
        );
        // Kept from a time when the type was not locked.
        let force = in_force(&chosen("new_sign_in", Some(false), Some(false)));
        assert_eq!(force["new_sign_in"].email, Some(true));
    }

    #[test]
    fn only_what_differs_is_kept() {
        for (name, in_app, email, kept) in [
            ("order_completed", Some(true), Some(true), None),
            ("order_completed", None, None, None),
            (
                "order_completed",
                Some(true),
                Some(false),
                Some((None, Some(false))),
            ),
            ("new_sign_in", Some(true), Some(true), None),
            (
                "new_follower",
                Some(false),
                Some(false),
                Some((Some(false), None)),
            ),
        ] {
            let result = worth_keeping(&chosen(name, in_app, email)).unwrap();
            let result = result.get(name).map(|choice| (choice.in_app, choice.email));
            assert_eq!(result, kept, "{name} {in_app:?} {email:?}");
        }
    }

    #[test]
    fn a_lock_and_an_unknown_type_are_refused_by_name() {
        for (choices, field, part) in [
            (
                chosen("new_sign_in", None, Some(false)),
                "preferences.new_sign_in.email",
                "turned off",
            ),
            (
                chosen("key_drift", Some(false), None),
                "preferences.key_drift.in_app",
                "turned off",
            ),
            (
                chosen("new_follower", None, Some(true)),
                "preferences.new_follower.email",
                "turned on",
            ),
            (
                chosen("weather", None, None),
                "preferences.weather",
                "no type",
            ),
        ] {
            let errors = worth_keeping(&choices).unwrap_err();
            assert_eq!(errors.len(), 1);
            assert_eq!(errors[0].field, field);
            assert!(errors[0].message.contains(part), "{}", errors[0].message);
        }
    }

    #[test]
    fn what_was_answered_can_be_sent_back() {
        let choices = chosen("order_completed", Some(false), Some(false));
        let kept = worth_keeping(&in_force(&choices)).unwrap();
        assert_eq!(kept, choices);
    }
}
