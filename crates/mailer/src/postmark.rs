//! Postmark's API (postmarkapp.com/developer/api/email-api, and its list of error codes).

use http::{HeaderMap, Request, StatusCode};
use serde::{Deserialize, Serialize};

use crate::{Account, Failure, Message, Receipt};

const NAME: &str = "postmark";

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Email<'a> {
    from: &'a str,
    to: &'a str,
    subject: &'a str,
    html_body: &'a str,
    text_body: &'a str,
    tag: &'a str,
    message_stream: &'a str,
    /// A mail with a code or a link is nobody's business.
    track_opens: bool,
    track_links: &'a str,
    metadata: Metadata<'a>,
}

#[derive(Serialize)]
struct Metadata<'a> {
    /// By which the mail is found in Postmark's log; it sends twice what it is given twice.
    spindle_key: &'a str,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Answer {
    error_code: i64,
    #[serde(rename = "MessageID")]
    message_id: Option<String>,
}

pub(crate) fn request(account: &Account, message: &Message) -> Result<Request<Vec<u8>>, Failure> {
    let email = Email {
        from: account.from(),
        to: &message.to,
        subject: &message.subject,
        html_body: &message.html,
        text_body: &message.text,
        tag: &message.tag,
        message_stream: "outbound",
        track_opens: false,
        track_links: "None",
        metadata: Metadata {
            // The longest value that Postmark takes.
            spindle_key: message.key.get(..80).unwrap_or(&message.key),
        },
    };
    account.post(
        "/email",
        &[("x-postmark-server-token", account.token())],
        &email,
    )
}

pub(crate) fn read(
    status: StatusCode,
    headers: &HeaderMap,
    body: &[u8],
) -> Result<Receipt, Failure> {
    if status == StatusCode::UNAUTHORIZED || status == StatusCode::FORBIDDEN {
        return Err(Failure::token(NAME, status));
    }
    if status == StatusCode::TOO_MANY_REQUESTS || status.is_server_error() {
        return Err(Failure::later(NAME, status, headers));
    }
    let Ok(answer) = serde_json::from_slice::<Answer>(body) else {
        // A proxy between, or a captive portal: nothing is known about the mail.
        return Err(Failure::Unavailable(
            format!("{NAME} answered {status} with something else than its JSON"),
            None,
        ));
    };
    match answer.error_code {
        0 if status.is_success() => Ok(Receipt {
            id: answer.message_id,
        }),
        // Sender signature not found, not confirmed, invalid; account pending, inactive, without credits.
        code @ (400..=402 | 405 | 412 | 413) => Err(Failure::sender(NAME, code)),
        10 => Err(Failure::token(NAME, status)),
        100 => Err(Failure::Unavailable(
            format!("{NAME} is in maintenance"),
            None,
        )),
        406 => Err(Failure::Refused(format!(
            "{NAME} has the recipient as inactive (406): a hard bounce or a complaint"
        ))),
        code => Err(Failure::Refused(format!(
            "{NAME} answered {status}, error code {code}"
        ))),
    }
}
