//! Resend's API (resend.com/docs/api-reference/emails/send-email, and its list of errors).

use http::{HeaderMap, Request, StatusCode};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::{Account, Failure, Message, Receipt};

const NAME: &str = "resend";

#[derive(Serialize)]
struct Email<'a> {
    from: &'a str,
    to: [&'a str; 1],
    subject: &'a str,
    html: &'a str,
    text: &'a str,
    tags: [Tag<'a>; 1],
}

#[derive(Serialize)]
struct Tag<'a> {
    name: &'a str,
    value: &'a str,
}

#[derive(Deserialize)]
struct Accepted {
    id: String,
}

#[derive(Deserialize)]
struct Refusal {
    name: String,
}

pub(crate) fn request(account: &Account, message: &Message) -> Result<Request<Vec<u8>>, Failure> {
    let email = Email {
        from: account.from(),
        to: [&message.to],
        subject: &message.subject,
        html: &message.html,
        text: &message.text,
        tags: [Tag {
            name: "template",
            value: &message.tag,
        }],
    };
    // Of any length and any letters; Resend takes 256 characters.
    let key: String = Sha256::digest(message.key.as_bytes())
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    account.post(
        "/emails",
        &[
            ("authorization", &format!("Bearer {}", account.token())),
            ("idempotency-key", &format!("spindle-{key}")),
        ],
        &email,
    )
}

pub(crate) fn read(
    status: StatusCode,
    headers: &HeaderMap,
    body: &[u8],
) -> Result<Receipt, Failure> {
    if status.is_success() {
        return match serde_json::from_slice::<Accepted>(body) {
            Ok(accepted) => Ok(Receipt {
                id: Some(accepted.id),
            }),
            Err(_) => Err(Failure::Unavailable(
                format!("{NAME} answered {status} with something else than its JSON"),
                None,
            )),
        };
    }
    let name = serde_json::from_slice::<Refusal>(body)
        .map_or_else(|_| "unknown".to_owned(), |refusal| refusal.name);
    match (status.as_u16(), name.as_str()) {
        // The key was used with another text, as a new version words it: the mail was taken then.
        (409, "invalid_idempotent_request") => Ok(Receipt { id: None }),
        (409, "concurrent_idempotent_requests") => Err(Failure::Unavailable(
            format!("{NAME} is still busy with this mail"),
            Some(5),
        )),
        (429, _) | (500.., _) => Err(Failure::later(NAME, status, headers)),
        // The domain is not verified, or the key may send from another one only.
        (403, "validation_error") | (422, "invalid_from_address") => {
            Err(Failure::sender(NAME, word(&name)))
        }
        (401 | 403, _) => Err(Failure::token(NAME, status)),
        _ => Err(Failure::Refused(format!(
            "{NAME} answered {status}, {}",
            word(&name)
        ))),
    }
}

/// The name of an error, if it is one: it goes to a log.
fn word(name: &str) -> &str {
    let fits = name.len() <= 64
        && name
            .bytes()
            .all(|byte| byte.is_ascii_lowercase() || byte == b'_');
    if fits { name } else { "unknown" }
}
