//! The client's address.
//!
//! Anybody may send `spin-client-addr` and `x-forwarded-for`. The host *appends* its own `spin-client-addr`, so the last
//! value is the peer's; `x-forwarded-for` counts from the right, past as many entries as there are proxies of ours.

use std::net::{IpAddr, SocketAddr};

use http::HeaderMap;

/// The address that the request came from, given how many proxies of ours it passed through.
#[must_use]
pub fn client_address(headers: &HeaderMap, trusted_proxies: usize) -> Option<IpAddr> {
    let peer = headers
        .get_all("spin-client-addr")
        .iter()
        .next_back()
        .and_then(|value| value.to_str().ok())
        .and_then(address);
    if trusted_proxies == 0 {
        return peer;
    }
    let forwarded: Vec<&str> = headers
        .get_all("x-forwarded-for")
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .map(str::trim)
        .collect();
    // Our outermost proxy wrote the entry `trusted_proxies` from the right; with fewer entries somebody bypassed it.
    forwarded
        .len()
        .checked_sub(trusted_proxies)
        .and_then(|index| forwarded.get(index))
        .and_then(|text| address(text))
        .or(peer)
}

/// An address, with or without a port: some proxies write the port into `x-forwarded-for` too.
fn address(text: &str) -> Option<IpAddr> {
    text.parse::<SocketAddr>()
        .map(|peer| peer.ip())
        .or_else(|_| text.trim_matches(['[', ']']).parse::<IpAddr>())
        .ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
        let mut map = HeaderMap::new();
        for (name, value) in pairs {
            map.append(*name, value.parse().unwrap());
        }
        map
    }

    #[test]
    fn the_clients_own_values_change_nothing() {
        type Headers<'a> = &'a [(&'static str, &'a str)];
        let cases: &[(Headers<'_>, usize, &str, &str)] = &[
            (
                &[("spin-client-addr", "192.0.2.7:4000")],
                0,
                "192.0.2.7",
                "the peer",
            ),
            (
                &[
                    ("spin-client-addr", "6.6.6.6:1"),
                    ("spin-client-addr", "192.0.2.7:4000"),
                ],
                0,
                "192.0.2.7",
                "the last spin-client-addr is the host's",
            ),
            (
                &[
                    ("x-forwarded-for", "6.6.6.6"),
                    ("spin-client-addr", "192.0.2.7:4000"),
                ],
                0,
                "192.0.2.7",
                "no proxy of ours: x-forwarded-for is ignored",
            ),
            (
                &[
                    ("x-forwarded-for", "6.6.6.6, 198.51.100.9"),
                    ("spin-client-addr", "10.0.0.1:1"),
                ],
                1,
                "198.51.100.9",
                "one proxy: its entry is the last one",
            ),
            (
                &[
                    ("x-forwarded-for", "6.6.6.6"),
                    ("x-forwarded-for", "198.51.100.9, 10.0.0.2"),
                    ("spin-client-addr", "10.0.0.1:1"),
                ],
                2,
                "198.51.100.9",
                "two proxies, two header lines",
            ),
            (
                &[
                    ("x-forwarded-for", "6.6.6.6, 198.51.100.9:4711"),
                    ("spin-client-addr", "10.0.0.1:1"),
                ],
                1,
                "198.51.100.9",
                "a proxy that writes the port too",
            ),
            (
                &[
                    ("x-forwarded-for", "[2001:db8::9]:4711"),
                    ("spin-client-addr", "10.0.0.1:1"),
                ],
                1,
                "2001:db8::9",
                "IPv6 with a port",
            ),
            (
                &[
                    ("x-forwarded-for", "6.6.6.6, unknown"),
                    ("spin-client-addr", "10.0.0.1:1"),
                ],
                1,
                "10.0.0.1",
                "no address: the peer",
            ),
            (
                &[("spin-client-addr", "10.0.0.1:1")],
                1,
                "10.0.0.1",
                "no entry: the peer",
            ),
            (
                &[("spin-client-addr", "[2001:db8::1]:443")],
                0,
                "2001:db8::1",
                "IPv6",
            ),
        ];
        for (pairs, proxies, expected, rule) in cases {
            let found = client_address(&headers(pairs), *proxies).map(|a| a.to_string());
            assert_eq!(found.as_deref(), Some(*expected), "{rule}");
        }
    }
}
