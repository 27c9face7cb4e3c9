//! What each mail says.

use chrono::{DateTime, Utc};

use crate::Mail;
use crate::device::device as device_name;
use crate::letter::{Block, Letter, Reason};
use crate::untrusted::clean;

/// The letter of a mail.
pub(crate) fn letter(mail: &Mail) -> Letter {
    match mail {
        Mail::VerificationCode { code, minutes } => Letter {
            subject: format!("{code} is your Spindle code"),
            preview: format!("Valid for {}.", time(*minutes)),
            heading: "Your verification code".to_owned(),
            blocks: vec![
                paragraph("Enter this code at Spindle to prove that this address is yours:"),
                Block::Code(code.clone()),
                Block::Paragraph(format!(
                    "It is valid for {} and works once.",
                    time(*minutes)
                )),
                warning(
                    "Nobody at Spindle will ever ask you for this code. If you did not ask for it, ignore this mail: \
                     nothing happens without the code.",
                ),
            ],
            reason: Reason::Asked,
        },
        Mail::PasswordReset { url, minutes } => Letter {
            subject: "Choose a new password".to_owned(),
            preview: format!("The link is valid for {}.", time(*minutes)),
            heading: "Choose a new password".to_owned(),
            blocks: vec![
                paragraph(
                    "Somebody, most likely you, asked for a new password of your Spindle account.",
                ),
                Block::Button {
                    label: "Choose a new password",
                    url: url.clone(),
                },
                Block::Paragraph(format!(
                    "The link is valid for {} and works once. A new password ends all sessions.",
                    time(*minutes)
                )),
                warning("If it was not you, ignore this mail: your password stays as it is."),
            ],
            reason: Reason::Asked,
        },
        Mail::NewSignIn {
            device,
            address,
            at,
        } => Letter {
            subject: "New sign-in to your account".to_owned(),
            preview: format!("{}, {}", short(device), moment(at)),
            heading: "New sign-in to your account".to_owned(),
            blocks: vec![
                paragraph(
                    "Your Spindle account was just signed in to from a place that we had not seen before.",
                ),
                Block::Facts(vec![
                    ("Device", short(device)),
                    ("Address", address.clone()),
                    ("Time", moment(at)),
                ]),
                paragraph("If it was you, there is nothing to do."),
                warning(
                    "If it was not you, change your password now: that ends every other session. Then look through your \
                     sessions and API keys.",
                ),
            ],
            reason: Reason::Safety,
        },
        Mail::EmailChanged { new_email } => Letter {
            subject: "The address of your account was changed".to_owned(),
            preview: format!("It is now {new_email}."),
            heading: "The address of your account was changed".to_owned(),
            blocks: vec![
                paragraph(
                    "From now on we write to another address. This one is no longer used for your account.",
                ),
                Block::Facts(vec![("New address", new_email.clone())]),
                warning(
                    "If it was not you, contact support at once: somebody else can sign in to your account.",
                ),
            ],
            reason: Reason::Safety,
        },
        Mail::PasswordChanged {} => Letter {
            subject: "Your password was changed".to_owned(),
            preview: "Every other session has ended.".to_owned(),
            heading: "Your password was changed".to_owned(),
            blocks: vec![
                paragraph("The password of your Spindle account was changed just now."),
                paragraph("Every other session has ended, and all API keys were revoked."),
                warning("If it was not you, ask for a new password at once, by this address."),
            ],
            reason: Reason::Safety,
        },
        Mail::FactorChanged { change } => Letter {
            subject: "How you sign in was changed".to_owned(),
            preview: change.clone(),
            heading: "How you sign in was changed".to_owned(),
            blocks: vec![
                Block::Paragraph(change.clone()),
                paragraph("If it was you, there is nothing to do."),
                warning("If it was not you, change your password now: other sessions end."),
            ],
            reason: Reason::Safety,
        },
        Mail::RegistrationAttempt {} => Letter {
            subject: "You already have an account".to_owned(),
            preview: "Somebody tried to register with your address.".to_owned(),
            heading: "You already have an account".to_owned(),
            blocks: vec![
                paragraph(
                    "Somebody, perhaps you, tried to register at Spindle with this address. It has an account already, so \
                     no new one was made.",
                ),
                paragraph(
                    "If it was you, sign in, or ask for a new password if you do not remember yours.",
                ),
                warning(
                    "If it was not you, there is nothing to do. Whoever it was did not learn that you have an account.",
                ),
            ],
            reason: Reason::Asked,
        },
        Mail::KeyDrift { label, problems } => Letter {
            subject: format!("Your exchange key “{label}” needs attention"),
            preview: "Its permissions were changed at the exchange. Bots that use it were stopped."
                .to_owned(),
            heading: format!("Your exchange key “{label}” needs attention"),
            blocks: vec![
                paragraph(
                    "The permissions of this key were changed at the exchange. Until that is put right, Spindle does not use it, and bots that need it were stopped.",
                ),
                Block::List(problems.iter().map(|problem| problem.0.clone()).collect()),
                paragraph(
                    "Correct the permissions at the exchange and test the key again, or replace it.",
                ),
                warning(
                    "If you did not change them yourself, delete the key at the exchange now and change your password there.",
                ),
            ],
            reason: Reason::Safety,
        },
        Mail::BotStopped { name, reason } => Letter {
            subject: format!("Your bot “{name}” has stopped"),
            preview: reason.clone(),
            heading: format!("Your bot “{name}” has stopped"),
            blocks: vec![
                paragraph(
                    "It stopped by itself and places no more orders until you start it again.",
                ),
                Block::Facts(vec![("Reason", reason.clone())]),
                paragraph("Orders that it placed before may still be open at the exchange."),
            ],
            reason: Reason::Notification,
        },
        Mail::TicketAnswer { subject, url } => Letter {
            subject: format!("Answer to “{subject}”"),
            preview: "Support has answered your ticket.".to_owned(),
            heading: "Support has answered".to_owned(),
            blocks: vec![
                Block::Paragraph(format!("There is an answer to your ticket “{subject}”.")),
                Block::Button {
                    label: "Read the answer",
                    url: url.clone(),
                },
                paragraph("Please reply there. Answers to this mail are not read."),
            ],
            reason: Reason::Notification,
        },
        Mail::OrderCompleted {
            pair,
            side,
            volume,
            price,
            mode,
        } => {
            let paper = mode.as_deref() == Some("paper");
            let order = if paper { "Paper order" } else { "Order" };
            let mut blocks = vec![Block::Facts(vec![
                ("Pair", pair.clone()),
                ("Side", side.clone()),
                ("Volume", volume.clone()),
                ("Average price", price.clone()),
            ])];
            if paper {
                blocks.push(paragraph("It was filled on paper: no money moved."));
            }
            Letter {
                subject: format!("{order} filled: {side} {volume} {pair}"),
                preview: format!("At an average price of {price}."),
                heading: format!("Your {} was filled", order.to_lowercase()),
                blocks,
                reason: Reason::Notification,
            }
        }
        Mail::AccountDeleted {} => Letter {
            subject: "Your account was deleted".to_owned(),
            preview: "Your account and your personal data are gone.".to_owned(),
            heading: "Your account was deleted".to_owned(),
            blocks: vec![
                paragraph(
                    "Your Spindle account was deleted, as you asked. Your profile, posts, keys, bots and messages are gone; \
                     stored exchange secrets were destroyed.",
                ),
                paragraph(
                    "Keys that you made at an exchange for Spindle still exist there: delete them too.",
                ),
                paragraph("This is the last mail that we send to this address."),
            ],
            reason: Reason::Safety,
        },
    }
}

/// A browser's name, or the beginning of what calls itself otherwise.
fn short(device: &str) -> String {
    clean(&device_name(device), 100)
}

fn paragraph(text: &str) -> Block {
    Block::Paragraph(text.to_owned())
}

fn warning(text: &str) -> Block {
    Block::Warning(text.to_owned())
}

/// 1 minute, 10 minutes, 2 hours.
fn time(minutes: u32) -> String {
    let (count, unit) = if minutes >= 120 && minutes.is_multiple_of(60) {
        (minutes / 60, "hour")
    } else {
        (minutes, "minute")
    };
    format!("{count} {unit}{}", if count == 1 { "" } else { "s" })
}

/// RFC 3339 for people; as it came if it is not that.
fn moment(at: &str) -> String {
    DateTime::parse_from_rfc3339(at).map_or_else(
        |_| at.to_owned(),
        |at| {
            at.with_timezone(&Utc)
                .format("%-d %B %Y, %H:%M UTC")
                .to_string()
        },
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_told_as_people_tell_them() {
        for (minutes, told) in [
            (1, "1 minute"),
            (10, "10 minutes"),
            (60, "60 minutes"),
            (90, "90 minutes"),
            (120, "2 hours"),
        ] {
            assert_eq!(time(minutes), told);
        }
        assert_eq!(
            moment("2026-11-03T09:05:07.123+02:00"),
            "3 November 2026, 07:05 UTC"
        );
        assert_eq!(moment("yesterday"), "yesterday");
    }
}
