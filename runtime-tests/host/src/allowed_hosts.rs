//! `allowed_outbound_hosts`: whom a component may call. An entry is `scheme://host[:port]`, where the scheme may be `*`, the
//! host `*` or `*.domain`, and the port `*` or a range `8000..9000` (end exclusive). A path makes Spin refuse every call of
//! the component, so it is refused at the start here.

use std::ops::Range;

use anyhow::{Context, Result, bail};
use url::Host;

/// The domain under which components reach each other.
pub(crate) const CHAINING_SUFFIX: &str = ".spin.internal";

/// The allow-list of one component.
#[derive(Debug, Clone, Default)]
pub(crate) struct AllowedHosts(Vec<AllowedHost>);

/// One entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct AllowedHost {
    scheme: Option<String>,
    host: HostPattern,
    ports: Option<Range<u32>>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum HostPattern {
    Any,
    Below(String),
    Exactly(Host),
}

/// Whether nothing is left of an entry, because its variable is empty: then it grants nothing, as in Spin. Written so in the
/// manifest it is a mistake.
pub(crate) fn is_off(template: &str, filled: &str) -> bool {
    template != filled && matches!(filled, "" | "http://" | "https://")
}

impl AllowedHosts {
    /// Parses the entries, whose templates are already filled in.
    pub(crate) fn parse<'a>(entries: impl IntoIterator<Item = &'a str>) -> Result<Self> {
        entries
            .into_iter()
            .map(AllowedHost::parse)
            .collect::<Result<_>>()
            .map(Self)
    }

    /// Whether `scheme://host:port` may be called; `port` is the scheme's own if `None`.
    pub(crate) fn allows(&self, scheme: &str, host: &str, port: Option<u16>) -> bool {
        let Ok(host) = Host::parse(host) else {
            return false;
        };
        let Some(port) = port.or_else(|| default_port(scheme)) else {
            return false;
        };
        self.0.iter().any(|entry| entry.allows(scheme, &host, port))
    }

    /// Whether any entry is for one of these schemes.
    pub(crate) fn has_scheme(&self, schemes: &[&str]) -> bool {
        self.0.iter().any(|entry| {
            entry
                .scheme
                .as_deref()
                .is_none_or(|scheme| schemes.contains(&scheme))
        })
    }

    /// The ids of components that are named for chaining.
    pub(crate) fn chained_components(&self) -> impl Iterator<Item = &str> {
        self.0.iter().filter_map(|entry| match &entry.host {
            HostPattern::Exactly(Host::Domain(domain)) => domain.strip_suffix(CHAINING_SUFFIX),
            _ => None,
        })
    }
}

impl AllowedHost {
    fn parse(entry: &str) -> Result<Self> {
        Self::parse_parts(entry.trim())
            .with_context(|| format!("allowed_outbound_hosts: {entry:?}"))
    }

    fn parse_parts(entry: &str) -> Result<Self> {
        let Some((scheme, rest)) = entry.split_once("://") else {
            bail!("write scheme://host[:port], such as \"https://api.example.com\"");
        };
        if scheme != "*" && (scheme.is_empty() || !scheme.chars().all(|c| c.is_ascii_alphabetic()))
        {
            bail!("a scheme is letters only, or `*`");
        }
        let rest = rest.strip_suffix('/').unwrap_or(rest);
        if rest.contains(['/', '?', '#', '@']) {
            bail!("an entry is an origin, without user, path or query");
        }
        // The last colon begins the port unless it belongs to an IPv6 address in brackets.
        let (host, port) = match rest.rsplit_once(':') {
            Some((host, port)) if !port.ends_with(']') => (host, port),
            _ => (rest, ""),
        };
        let ports = match port {
            "*" => None,
            "" => {
                let port = default_port(scheme).with_context(|| {
                    format!("the scheme {scheme:?} has no port of its own, so write one")
                })?;
                Some(u32::from(port)..u32::from(port) + 1)
            }
            port => Some(port_range(port)?),
        };
        Ok(Self {
            scheme: (scheme != "*").then(|| scheme.to_owned()),
            host: HostPattern::parse(host)?,
            ports,
        })
    }

    fn allows(&self, scheme: &str, host: &Host, port: u16) -> bool {
        self.scheme
            .as_deref()
            .is_none_or(|allowed| allowed == scheme)
            && self.host.allows(host)
            && self
                .ports
                .as_ref()
                .is_none_or(|ports| ports.contains(&u32::from(port)))
    }
}

impl HostPattern {
    fn parse(host: &str) -> Result<Self> {
        match host {
            "*" => return Ok(Self::Any),
            "self" | "self.alt" => bail!(
                "requests to the application's own address are not supported by this host; name the component, \"http://<id>{CHAINING_SUFFIX}\""
            ),
            _ => {}
        }
        if let Some(domain) = host.strip_prefix("*.") {
            return match Host::parse(domain)? {
                Host::Domain(domain) if !domain.contains('*') => {
                    Ok(Self::Below(format!(".{domain}")))
                }
                _ => bail!("`*.` stands before a domain"),
            };
        }
        if host.contains('*') {
            bail!("`*` stands alone or as the first label");
        }
        Ok(Self::Exactly(Host::parse(host)?))
    }

    fn allows(&self, host: &Host) -> bool {
        match (self, host) {
            (Self::Any, _) => true,
            (Self::Below(suffix), Host::Domain(domain)) => domain.ends_with(suffix),
            (Self::Below(_), _) => false,
            (Self::Exactly(exact), host) => exact == host,
        }
    }
}

fn port_range(port: &str) -> Result<Range<u32>> {
    let number = |text: &str| {
        text.parse::<u16>()
            .map(u32::from)
            .with_context(|| format!("{text:?} is not a port"))
    };
    match port.split_once("..") {
        Some((start, end)) => Ok(number(start)?..number(end)?),
        None => {
            let port = number(port)?;
            Ok(port..port + 1)
        }
    }
}

fn default_port(scheme: &str) -> Option<u16> {
    match scheme {
        "http" => Some(80),
        "https" => Some(443),
        "postgres" | "postgresql" => Some(5432),
        "redis" => Some(6379),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn allows(entry: &str, scheme: &str, host: &str, port: Option<u16>) -> bool {
        AllowedHosts::parse([entry])
            .unwrap()
            .allows(scheme, host, port)
    }

    #[test]
    fn scheme_host_and_port_must_all_match() {
        for (entry, scheme, host, port, allowed) in [
            (
                "https://api.example.com",
                "https",
                "api.example.com",
                None,
                true,
            ),
            (
                "https://api.example.com",
                "https",
                "API.example.com",
                Some(443),
                true,
            ),
            (
                "https://api.example.com",
                "http",
                "api.example.com",
                Some(443),
                false,
            ),
            (
                "https://api.example.com",
                "https",
                "api.example.com",
                Some(8443),
                false,
            ),
            (
                "https://api.example.com",
                "https",
                "evil.api.example.com",
                None,
                false,
            ),
            (
                "https://*.example.com",
                "https",
                "api.example.com",
                None,
                true,
            ),
            ("https://*.example.com", "https", "example.com", None, false),
            (
                "https://*.example.com",
                "https",
                "evilexample.com",
                None,
                false,
            ),
            ("https://*:*", "https", "anything.example", Some(4444), true),
            ("https://*:*", "http", "anything.example", Some(4444), false),
            (
                "*://127.0.0.1:5000..5010",
                "http",
                "127.0.0.1",
                Some(5009),
                true,
            ),
            (
                "*://127.0.0.1:5000..5010",
                "http",
                "127.0.0.1",
                Some(5010),
                false,
            ),
            ("http://[::1]:8080", "http", "[::1]", Some(8080), true),
            ("postgres://db:5432", "postgres", "db", None, true),
            (
                "http://signer.spin.internal",
                "http",
                "signer.spin.internal",
                None,
                true,
            ),
            ("http://127.0.0.1:80", "http", "127.1", None, true),
        ] {
            assert_eq!(
                allows(entry, scheme, host, port),
                allowed,
                "{entry} for {scheme}://{host}:{port:?}"
            );
        }
    }

    #[test]
    fn an_empty_variable_turns_an_entry_off_and_an_empty_entry_is_a_mistake() {
        for (template, filled, off) in [
            ("{{ origin }}", "", true),
            ("https://{{ host }}", "https://", true),
            ("{{ origin }}", "https://a.example", false),
            ("postgres://{{ host }}", "postgres://", false),
            ("", "", false),
            ("https://", "https://", false),
        ] {
            assert_eq!(is_off(template, filled), off, "{template:?}");
        }
    }

    #[test]
    fn an_entry_that_spin_would_refuse_is_refused_at_the_start() {
        for entry in [
            "*",
            "example.com",
            "https://example.com/path",
            "https://user@example.com",
            "redix://x",
            "https://a.*.b",
            "https://x:port",
            "http://self",
        ] {
            let error = AllowedHosts::parse([entry]).unwrap_err();
            assert!(format!("{error:#}").contains(entry), "{error:#}");
        }
    }
}
