//! Two cookies: one tells browsers apart, the other says who is signed in. Both are random, and rows know the rest.

use http::{HeaderMap, HeaderValue, header};
use kit::{App, Environment};

use super::failure::Failure;
use crate::domain::{Hash, OpaqueToken, TokenKind};
use crate::random;

/// A browser, by the cookies that it sent.
pub(crate) struct Browser {
    id: OpaqueToken,
    /// Whether it has to be told its name.
    new: bool,
    session: Option<OpaqueToken>,
}

impl Browser {
    /// The browser of this request; one that has no name yet gets one.
    pub(crate) fn of(app: &App, headers: &HeaderMap) -> Result<Self, Failure> {
        let known = cookie(headers, &name(app, "browser"))
            .and_then(|text| OpaqueToken::parse(TokenKind::Browser, text));
        let new = known.is_none();
        let id = match known {
            Some(id) => id,
            None => random::token(TokenKind::Browser)?,
        };
        Ok(Self {
            id,
            new,
            session: cookie(headers, &name(app, "session"))
                .and_then(|text| OpaqueToken::parse(TokenKind::Session, text)),
        })
    }

    /// What requests are kept for.
    pub(crate) fn hash(&self) -> Hash {
        self.id.hash()
    }

    /// What the session is found by.
    pub(crate) fn session(&self) -> Option<Hash> {
        self.session.as_ref().map(OpaqueToken::hash)
    }

    /// A token for the forms of a page: good for this browser and what the page is about.
    pub(crate) fn form_token(&self, about: &str) -> String {
        Hash::of(&["form", self.id.as_str(), about]).base64url()
    }

    /// Tells a new browser its name.
    pub(crate) fn mark(&self, app: &App, headers: &mut HeaderMap) {
        if self.new {
            set(app, headers, "browser", self.id.as_str(), None);
        }
    }
}

/// Signs the browser in.
pub(crate) fn sign_in(app: &App, headers: &mut HeaderMap, session: &OpaqueToken) {
    set(app, headers, "session", session.as_str(), None);
}

/// Signs the browser out.
pub(crate) fn sign_out(app: &App, headers: &mut HeaderMap) {
    set(app, headers, "session", "", Some(0));
}

/// `__Host-` keeps other hosts, subdomains and plain HTTP from setting it. Browsers take no such cookie from http://localhost.
fn name(app: &App, of: &str) -> String {
    match app.config().environment {
        Environment::Production => format!("__Host-spindle_{of}"),
        Environment::Development => format!("spindle_{of}"),
    }
}

fn set(app: &App, headers: &mut HeaderMap, of: &str, value: &str, max_age: Option<u32>) {
    let name = name(app, of);
    let secure = match app.config().environment {
        Environment::Production => "; Secure",
        Environment::Development => "",
    };
    let age = max_age.map_or(String::new(), |age| format!("; Max-Age={age}"));
    // Lax: sent when a client's page leads here, not with a form that it posts.
    let text = format!("{name}={value}; Path=/; HttpOnly; SameSite=Lax{secure}{age}");
    if let Ok(value) = HeaderValue::from_str(&text) {
        headers.append(header::SET_COOKIE, value);
    }
}

fn cookie<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find(|(key, _)| *key == name)
        .map(|(_, value)| value)
}
