//! Kraken's envelope: `{"error": […], "result": …}`, with status 200 whatever happened; other statuses and HTML come from
//! proxies in front of it.

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;

use crate::error::{ErrorClass, KrakenError};
use crate::transport::{HttpReply, TransportError};

/// Why a call has no result.
#[derive(Debug, thiserror::Error)]
pub enum CallError {
    /// No answer.
    #[error(transparent)]
    Transport(#[from] TransportError),
    /// Kraken's own answer.
    #[error("Kraken answered {0}")]
    Kraken(KrakenError),
    /// A proxy's answer.
    #[error("status {0} without Kraken's envelope")]
    Status(u16),
    /// Status 200, but not what was asked for. The answer itself is not kept: it may hold anything.
    #[error("an answer that cannot be read")]
    Unreadable,
}

impl CallError {
    /// What it means for the caller.
    #[must_use]
    pub fn class(&self) -> ErrorClass {
        match self {
            Self::Kraken(error) => error.class(),
            Self::Status(429) => ErrorClass::RateLimited,
            Self::Status(_) | Self::Transport(_) => ErrorClass::VenueDown,
            Self::Unreadable => ErrorClass::Unrecognised,
        }
    }

    /// Whether a write may have been carried out although it has no result: then it is reconciled, never repeated.
    #[must_use]
    pub fn outcome_is_unknown(&self) -> bool {
        match self {
            Self::Transport(TransportError::NotSent(_)) | Self::Status(429) => false,
            Self::Transport(_) | Self::Status(_) | Self::Unreadable => true,
            Self::Kraken(error) => matches!(
                error.class(),
                ErrorClass::VenueDown | ErrorClass::Unrecognised
            ),
        }
    }
}

#[derive(Deserialize)]
struct Envelope<'a> {
    #[serde(default)]
    error: Option<Vec<String>>,
    #[serde(default, borrow)]
    result: Option<&'a RawValue>,
}

/// Reads the result out of an answer.
///
/// # Errors
/// [`CallError`]. An error beside a result counts, unless it is a warning (`W…`).
pub(crate) fn read<T: DeserializeOwned>(reply: &HttpReply) -> Result<T, CallError> {
    let status = reply.status();
    let Ok(envelope) = serde_json::from_slice::<Envelope<'_>>(reply.body()) else {
        return Err(if status.is_success() {
            CallError::Unreadable
        } else {
            CallError::Status(status.as_u16())
        });
    };
    let mut errors = envelope
        .error
        .unwrap_or_default()
        .into_iter()
        .map(KrakenError::new);
    if let Some(error) = errors.find(|error| envelope.result.is_none() || !error.is_warning()) {
        return Err(CallError::Kraken(error));
    }
    if !status.is_success() {
        return Err(CallError::Status(status.as_u16()));
    }
    let result = envelope.result.ok_or(CallError::Unreadable)?;
    serde_json::from_str(result.get()).map_err(|_| CallError::Unreadable)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_from(status: u16, body: &str) -> Result<u32, CallError> {
        read(
            &http::Response::builder()
                .status(status)
                .body(body.as_bytes().to_vec())
                .unwrap(),
        )
    }

    #[test]
    fn an_answer_is_a_result_or_tells_what_is_wrong() {
        let cases = [
            (200, r#"{"error":[],"result":7}"#, "7"),
            (200, r#"{"result":7,"new":{"member":1}}"#, "7"),
            (200, r#"{"error":null,"result":7}"#, "7"),
            (200, r#"{"error":["WOrder:Beware"],"result":7}"#, "7"),
            (
                200,
                r#"{"error":["WOrder:Beware"]}"#,
                "Kraken answered WOrder:Beware",
            ),
            (
                200,
                r#"{"error":["EAPI:Invalid key"]}"#,
                "Kraken answered EAPI:Invalid key",
            ),
            (
                200,
                r#"{"error":["WOrder:Beware","EService:Busy"],"result":7}"#,
                "Kraken answered EService:Busy",
            ),
            (
                403,
                r#"{"error":["EAPI:Invalid key"]}"#,
                "Kraken answered EAPI:Invalid key",
            ),
            (200, r#"{"error":[]}"#, "an answer that cannot be read"),
            (
                200,
                r#"{"error":[],"result":"seven"}"#,
                "an answer that cannot be read",
            ),
            (200, "<html>", "an answer that cannot be read"),
            (200, "", "an answer that cannot be read"),
            (200, "[]", "an answer that cannot be read"),
            (502, "<html>", "status 502 without Kraken's envelope"),
            (
                500,
                r#"{"error":[],"result":7}"#,
                "status 500 without Kraken's envelope",
            ),
        ];
        for (status, body, expected) in cases {
            let told = read_from(status, body)
                .map_or_else(|error| error.to_string(), |value| value.to_string());
            assert_eq!(told, expected, "{status} {body}");
        }
    }

    #[test]
    fn a_proxys_answer_is_limited_or_down() {
        assert_eq!(
            read_from(429, "<html>").unwrap_err().class(),
            ErrorClass::RateLimited
        );
        for status in [500, 502, 503, 504, 520, 403] {
            assert_eq!(
                read_from(status, "<html>").unwrap_err().class(),
                ErrorClass::VenueDown,
                "{status}"
            );
        }
    }

    #[test]
    fn an_outcome_is_known_only_if_nothing_was_sent_or_kraken_decided() {
        let kraken = |text: &str| CallError::Kraken(KrakenError::new(text.to_owned()));
        let cases = [
            (
                CallError::Transport(TransportError::NotSent("refused".to_owned())),
                false,
            ),
            (CallError::Transport(TransportError::TimedOut), true),
            (
                CallError::Transport(TransportError::Interrupted("reset".to_owned())),
                true,
            ),
            (CallError::Status(429), false),
            (CallError::Status(502), true),
            (CallError::Unreadable, true),
            (kraken("EOrder:Insufficient funds"), false),
            (kraken("EService:Busy"), true),
            (kraken("EGeneral:Internal error"), true),
            (kraken("ENew:Thing"), true),
        ];
        for (error, unknown) in cases {
            assert_eq!(error.outcome_is_unknown(), unknown, "{error}");
        }
    }
}
