//! Redirect URIs: what may be registered, and when one that is presented is the one registered.

use std::net::Ipv4Addr;

use url::{Host, Url};

use super::ApplicationType;

const LIMIT: usize = 2_000;

/// A registered redirect URI. Compared as text, byte by byte (RFC 9700 section 2.1), but for one thing: native applications take
/// whatever port their machine gives them on the loopback address (RFC 8252 section 7.3).
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct RedirectUri {
    text: String,
    url: Url,
}

impl RedirectUri {
    /// Accepts what may be registered; the error says what would be allowed.
    pub(crate) fn register(text: &str, application: ApplicationType) -> Result<Self, &'static str> {
        if text.len() > LIMIT || !text.bytes().all(is_of_uris) || text.contains('*') {
            return Err(
                "must be an absolute URI without wildcards, up to 2000 characters of ASCII",
            );
        }
        let url = Url::parse(text).map_err(|_| "must be an absolute URI")?;
        if !names_its_host(text, url.scheme()) {
            return Err("must be an absolute URI");
        }
        if text.contains('#') {
            return Err("must have no fragment");
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err("must hold no name and no password");
        }
        let allowed = match url.scheme() {
            "https" => url.host().is_some(),
            // Nobody can be promised that another machine's answer stays unread.
            "http" => is_loopback(&url) || is_localhost(&url),
            // A private scheme is a domain name turned round (RFC 8252 section 7.1): others may take shorter ones.
            scheme => application == ApplicationType::Native && scheme.contains('.'),
        };
        if !allowed {
            return Err(match application {
                ApplicationType::Web => "must be https, or http on the own machine",
                ApplicationType::Native => {
                    "must be https, http on the loopback address, or a private scheme such as com.example.app"
                }
            });
        }
        Ok(Self {
            text: text.to_owned(),
            url,
        })
    }

    /// Whether the presented one is this one.
    pub(crate) fn matches(&self, presented: &str, application: ApplicationType) -> bool {
        if self.text == presented {
            return true;
        }
        if application != ApplicationType::Native
            || self.url.scheme() != "http"
            || !is_loopback(&self.url)
        {
            return false;
        }
        let Ok(url) = Url::parse(presented) else {
            return false;
        };
        // Everything but the port, and nothing that the parser would tidy away.
        let mut other = url.clone();
        let port = self.url.port();
        other.set_port(port).is_ok()
            && other == self.url
            && presented.len() <= LIMIT
            && url.as_str() == presented
    }

    /// What a page may send its form to for the sake of this redirect (CSP `form-action`).
    pub(crate) fn form_action(presented: &str) -> Option<String> {
        let url = Url::parse(presented).ok()?;
        // Of addresses, policies know 127.0.0.1 alone (Content Security Policy 3, "host-part matches").
        let nameable = match url.host() {
            Some(Host::Ipv4(address)) => address == Ipv4Addr::LOCALHOST,
            Some(Host::Ipv6(_)) => false,
            Some(Host::Domain(_)) | None => true,
        };
        match url.scheme() {
            "http" | "https" if nameable => Some(url.origin().ascii_serialization()),
            scheme => Some(format!("{scheme}:")),
        }
    }

    /// Where it leads: a host, or an application by its scheme.
    pub(crate) fn destination(presented: &str) -> Option<String> {
        let url = Url::parse(presented).ok()?;
        Some(url.host_str().unwrap_or_else(|| url.scheme()).to_owned())
    }

    /// The presented URI with these parameters added to its query.
    pub(crate) fn with(presented: &str, parameters: &[(&str, &str)]) -> String {
        let mut query = form_urlencoded::Serializer::new(String::new());
        for (name, value) in parameters {
            query.append_pair(name, value);
        }
        let query = query.finish();
        let separator = match presented.split_once('?') {
            None => "?",
            Some((_, "")) => "",
            Some(_) => "&",
        };
        format!("{presented}{separator}{query}")
    }
}

/// Letters of URIs (RFC 3986 section 2). Any other could not be written into a `Location`.
fn is_of_uris(letter: u8) -> bool {
    letter.is_ascii_alphanumeric() || b"-._~:/?#[]@!$&'()*+,;=%".contains(&letter)
}

/// Whether a web address has its host after two slashes. The parser finds one elsewhere too; a browser takes `https:host` for a path.
fn names_its_host(text: &str, scheme: &str) -> bool {
    if !matches!(scheme, "http" | "https") {
        return true;
    }
    let rest = text.get(scheme.len()..).unwrap_or_default();
    rest.strip_prefix("://")
        .is_some_and(|rest| !rest.starts_with('/'))
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        _ => false,
    }
}

fn is_localhost(url: &Url) -> bool {
    url.host_str() == Some("localhost")
}

#[cfg(test)]
mod tests {
    use super::*;
    use ApplicationType::{Native, Web};

    #[test]
    fn what_may_be_registered() {
        for (text, application, good) in [
            ("https://a.example/cb", Web, true),
            ("https://a.example", Web, true),
            ("http://127.0.0.1:8080/cb", Web, true),
            ("http://localhost:8080/cb", Web, true),
            ("http://[::1]/cb", Native, true),
            ("com.example.app:/cb", Native, true),
            ("http://a.example/cb", Web, false),
            ("http://localhost.evil.example/cb", Web, false),
            ("https://a.example/*", Web, false),
            ("https://*.example/cb", Web, false),
            ("https://a.example/cb#f", Web, false),
            ("https://a.example/cb#", Web, false),
            ("https://u:p@a.example/cb", Web, false),
            ("/cb", Web, false),
            ("com.example.app:/cb", Web, false),
            ("myapp:/cb", Native, false),
            ("javascript:alert(1)", Native, false),
            ("data:text/html,x", Native, false),
            ("https://a.example/c b", Web, false),
            ("https://a.example/c%20b", Web, true),
            ("HTTPS://a.example/cb", Web, true),
            ("https://\u{e4}.example/cb", Web, false),
            ("https://a.example/\u{fc}", Web, false),
            ("https://a.example/\"x", Web, false),
            ("https:\\\\a.example\\cb", Web, false),
            ("https:a.example/cb", Web, false),
            ("https:///a.example/cb", Web, false),
            ("", Web, false),
        ] {
            assert_eq!(
                RedirectUri::register(text, application).is_ok(),
                good,
                "{text}"
            );
        }
    }

    #[test]
    fn nothing_but_the_same_text_matches() {
        let web = RedirectUri::register("https://a.example/cb", Web).unwrap();
        for (presented, same) in [
            ("https://a.example/cb", true),
            ("https://a.example/cb/", false),
            ("https://a.example/cb?x=1", false),
            ("https://a.example/CB", false),
            ("https://A.example/cb", false),
            ("https://a.example:443/cb", false),
            ("https://a.example/x/../cb", false),
            ("https://a.example.evil/cb", false),
            ("http://a.example/cb", false),
        ] {
            assert_eq!(web.matches(presented, Web), same, "{presented}");
        }
    }

    #[test]
    fn native_applications_take_any_port_of_the_loopback_address() {
        let native = RedirectUri::register("http://127.0.0.1/cb", Native).unwrap();
        for (presented, same) in [
            ("http://127.0.0.1:51004/cb", true),
            ("http://127.0.0.1/cb", true),
            ("http://127.0.0.1:51004/cb/", false),
            ("http://127.0.0.1:51004/cb?x=1", false),
            ("http://localhost:51004/cb", false),
            ("http://127.0.0.2:51004/cb", false),
            ("http://127.0.0.1:51004@evil.example/cb", false),
            ("http://127.0.0.1:51004/x/../cb", false),
            ("http://127.0.0.1:99999/cb", false),
        ] {
            assert_eq!(native.matches(presented, Native), same, "{presented}");
        }
        assert!(!native.matches("http://127.0.0.1:51004/cb", Web));
        let six = RedirectUri::register("http://[::1]:1/cb", Native).unwrap();
        assert!(six.matches("http://[::1]:2/cb", Native));
    }

    #[test]
    fn a_policy_names_what_it_can_name() {
        for (uri, named) in [
            ("https://a.example:8443/cb", "https://a.example:8443"),
            ("http://localhost:5/cb", "http://localhost:5"),
            ("http://127.0.0.1:5/cb", "http://127.0.0.1:5"),
            ("http://127.0.0.2:5/cb", "http:"),
            ("http://[::1]:5/cb", "http:"),
            ("com.example.app:/cb", "com.example.app:"),
        ] {
            assert_eq!(
                RedirectUri::form_action(uri).as_deref(),
                Some(named),
                "{uri}"
            );
        }
    }

    #[test]
    fn answers_are_added_to_the_query() {
        for (uri, whole) in [
            ("https://a.example/cb", "https://a.example/cb?code=a%26b"),
            (
                "https://a.example/cb?x=1",
                "https://a.example/cb?x=1&code=a%26b",
            ),
            ("https://a.example/cb?", "https://a.example/cb?code=a%26b"),
            ("com.example.app:/cb", "com.example.app:/cb?code=a%26b"),
        ] {
            assert_eq!(RedirectUri::with(uri, &[("code", "a&b")]), whole);
        }
    }
}
