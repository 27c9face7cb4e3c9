//! Why a provider did not take a mail, and what to do about it.

use http::{HeaderMap, StatusCode, header};

/// A mail that was not taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Failure {
    /// Try again, after as many seconds as the provider said.
    Unavailable(String, Option<u32>),
    /// Never try again.
    Refused(String),
    /// The operator has to act; names the variable.
    Misconfigured(String),
}

impl Failure {
    /// No answer: the connection failed, or nothing came in time.
    pub fn no_answer(cause: impl std::fmt::Display) -> Self {
        Self::Unavailable(format!("the mail provider does not answer: {cause}"), None)
    }

    pub(crate) fn token(provider: &str, status: StatusCode) -> Self {
        Self::Misconfigured(format!(
            "mail_api_token is not accepted by {provider} ({status})"
        ))
    }

    pub(crate) fn sender(provider: &str, code: impl std::fmt::Display) -> Self {
        Self::Misconfigured(format!(
            "{provider} does not let this account send from mail_from ({code})"
        ))
    }

    pub(crate) fn later(provider: &str, status: StatusCode, headers: &HeaderMap) -> Self {
        Self::Unavailable(
            format!("{provider} answered {status}"),
            retry_after(headers),
        )
    }
}

/// Seconds; the header's other form, a date, would need a clock and is not what these providers send.
fn retry_after(headers: &HeaderMap) -> Option<u32> {
    headers
        .get(header::RETRY_AFTER)?
        .to_str()
        .ok()?
        .trim()
        .parse()
        .ok()
}
