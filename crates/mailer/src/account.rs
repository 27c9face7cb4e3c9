//! An account at a provider, from the operator's variables.

use http::{HeaderMap, HeaderValue, Request, StatusCode};
use secrecy::{ExposeSecret, SecretString};
use serde::Serialize;

use crate::{Failure, Message, Receipt, postmark, resend};

/// The variables of an account, in the order in which [`Account::new`] takes them.
pub const VARIABLES: [&str; 4] = [
    "mail_provider",
    "mail_api_origin",
    "mail_api_token",
    "mail_from",
];

/// Whose API is spoken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names are the providers")]
pub enum Provider {
    Postmark,
    Resend,
}

impl Provider {
    const ALL: [Self; 2] = [Self::Postmark, Self::Resend];

    /// As in `mail_provider`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Postmark => "postmark",
            Self::Resend => "resend",
        }
    }

    /// The provider's own address.
    const fn origin(self) -> &'static str {
        match self {
            Self::Postmark => "https://api.postmarkapp.com",
            Self::Resend => "https://api.resend.com",
        }
    }
}

/// An account at a provider.
pub struct Account {
    provider: Provider,
    origin: String,
    token: SecretString,
    from: String,
}

impl Account {
    /// The account of these variables.
    ///
    /// # Errors
    /// [`Failure::Misconfigured`] naming the variable that is missing or wrong.
    pub fn new(
        provider: &str,
        origin: &str,
        token: SecretString,
        from: &str,
    ) -> Result<Self, Failure> {
        let wrong = |what: &str| Failure::Misconfigured(what.to_owned());
        let provider = Provider::ALL
            .into_iter()
            .find(|known| known.name() == provider.trim())
            .ok_or_else(|| wrong("mail_provider must be `postmark` or `resend`"))?;
        let origin = origin.trim().trim_end_matches('/');
        if !is_origin(origin) {
            return Err(wrong(
                "mail_api_origin must be an https origin without a path",
            ));
        }
        // The token would go to the wrong company.
        if Provider::ALL
            .iter()
            .any(|other| *other != provider && other.origin() == origin)
        {
            return Err(Failure::Misconfigured(format!(
                "mail_api_origin is another provider's; for {} it is {}",
                provider.name(),
                provider.origin()
            )));
        }
        if HeaderValue::from_str(token.expose_secret()).is_err() || token.expose_secret().is_empty()
        {
            return Err(wrong("mail_api_token is missing"));
        }
        if !from.contains('@') || from.chars().any(char::is_control) {
            return Err(wrong(
                "mail_from must be an address, such as Spindle <no-reply@example.com>",
            ));
        }
        Ok(Self {
            provider,
            origin: origin.to_owned(),
            token,
            from: from.trim().to_owned(),
        })
    }

    /// The provider.
    #[must_use]
    pub const fn provider(&self) -> Provider {
        self.provider
    }

    /// The request that hands a mail over.
    ///
    /// # Errors
    /// [`Failure::Refused`] for a mail that cannot be put into a request, which its own types make impossible.
    pub fn request(&self, message: &Message) -> Result<Request<Vec<u8>>, Failure> {
        match self.provider {
            Provider::Postmark => postmark::request(self, message),
            Provider::Resend => resend::request(self, message),
        }
    }

    /// What the provider's answer means.
    ///
    /// # Errors
    /// [`Failure`].
    pub fn read(
        &self,
        status: StatusCode,
        headers: &HeaderMap,
        body: &[u8],
    ) -> Result<Receipt, Failure> {
        match self.provider {
            Provider::Postmark => postmark::read(status, headers, body),
            Provider::Resend => resend::read(status, headers, body),
        }
    }

    pub(crate) fn from(&self) -> &str {
        &self.from
    }

    pub(crate) fn token(&self) -> &str {
        self.token.expose_secret()
    }

    pub(crate) fn post(
        &self,
        path: &str,
        headers: &[(&'static str, &str)],
        body: &impl Serialize,
    ) -> Result<Request<Vec<u8>>, Failure> {
        let failed = |cause: &dyn std::fmt::Display| {
            Failure::Refused(format!("the mail cannot be sent: {cause}"))
        };
        let body = serde_json::to_vec(body).map_err(|error| failed(&error))?;
        let mut request = Request::post(format!("{}{path}", self.origin))
            .header("accept", "application/json")
            .header("content-type", "application/json")
            .header("user-agent", concat!("spindle/", env!("CARGO_PKG_VERSION")));
        for (name, value) in headers {
            let mut value = HeaderValue::from_str(value).map_err(|error| failed(&error))?;
            value.set_sensitive(true);
            request = request.header(*name, value);
        }
        request.body(body).map_err(|error| failed(&error))
    }
}

/// https, or this machine for tests: `https://host[:port]`.
fn is_origin(text: &str) -> bool {
    let (rest, here) = match text.strip_prefix("https://") {
        Some(rest) => (rest, true),
        None => match text.strip_prefix("http://") {
            Some(rest) => {
                let host = rest.split(':').next().unwrap_or("");
                (rest, matches!(host, "localhost" | "127.0.0.1"))
            }
            None => return false,
        },
    };
    here && !rest.is_empty()
        && rest
            .chars()
            .all(|letter| letter.is_ascii_alphanumeric() || "-.:[]".contains(letter))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn misconfigured(provider: &str, origin: &str, token: &str, from: &str) -> Option<String> {
        match Account::new(provider, origin, SecretString::from(token), from) {
            Ok(_) => None,
            Err(Failure::Misconfigured(what)) => Some(what),
            Err(other) => Some(format!("{other:?}")),
        }
    }

    #[test]
    fn the_variable_that_is_wrong_is_named_and_its_value_is_not() {
        let good = (
            "postmark",
            "https://api.postmarkapp.com/",
            "hush",
            "S <s@a.example>",
        );
        assert_eq!(misconfigured(good.0, good.1, good.2, good.3), None);
        assert_eq!(
            misconfigured("resend", "http://127.0.0.1:4000", good.2, good.3),
            None
        );
        for (provider, origin, token, from, names) in [
            ("", good.1, good.2, good.3, "mail_provider"),
            ("smtp", good.1, good.2, good.3, "mail_provider"),
            (good.0, "", good.2, good.3, "mail_api_origin"),
            (
                good.0,
                "https://a.example/v1",
                good.2,
                good.3,
                "mail_api_origin",
            ),
            (
                good.0,
                "http://a.example",
                good.2,
                good.3,
                "mail_api_origin",
            ),
            (
                good.0,
                "https://u:p@a.example",
                good.2,
                good.3,
                "mail_api_origin",
            ),
            (good.0, good.1, "", good.3, "mail_api_token"),
            (good.0, good.1, "hush\nhush", good.3, "mail_api_token"),
            (good.0, good.1, good.2, "", "mail_from"),
            (good.0, good.1, good.2, "a@b\r\nBcc: c@d", "mail_from"),
        ] {
            let what = misconfigured(provider, origin, token, from).unwrap_or_default();
            assert!(
                what.contains(names) && !what.contains("hush"),
                "{names}: {what}"
            );
        }
    }

    #[test]
    fn a_token_goes_to_its_own_provider() {
        for (provider, origin) in [
            ("resend", "https://api.postmarkapp.com"),
            ("postmark", "https://api.resend.com/"),
        ] {
            let what = misconfigured(provider, origin, "hush", "a@b").unwrap_or_default();
            assert!(what.contains("another provider's"), "{what}");
        }
    }
}
