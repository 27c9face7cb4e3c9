//! Where a request comes from, as far as guesses are counted by it.

use std::net::IpAddr;

/// An IPv4 address, or the /64 of an IPv6 address: whoever has one address of it has all. Empty where nobody knows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClientNetwork(String);

impl ClientNetwork {
    /// The network of a client's address.
    #[must_use]
    pub fn of(address: Option<&str>) -> Self {
        let parsed = address.and_then(|text| text.parse::<IpAddr>().ok());
        Self(match parsed.map(|address| address.to_canonical()) {
            None => String::new(),
            Some(IpAddr::V4(address)) => address.to_string(),
            Some(IpAddr::V6(address)) => {
                let [a, b, c, d, ..] = address.segments();
                format!("{a:x}:{b:x}:{c:x}:{d:x}::/64")
            }
        })
    }

    /// The network, as rows have it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_has_one_address_of_a_network_has_all_of_it() {
        for (address, network) in [
            (Some("192.0.2.7"), "192.0.2.7"),
            (Some("::ffff:192.0.2.7"), "192.0.2.7"),
            (Some("2001:db8:1:2:3:4:5:6"), "2001:db8:1:2::/64"),
            (Some("2001:db8:1:2::1"), "2001:db8:1:2::/64"),
            (Some("2001:db8:1:3::1"), "2001:db8:1:3::/64"),
            (Some("somewhere"), ""),
            (None, ""),
        ] {
            assert_eq!(ClientNetwork::of(address).as_str(), network, "{address:?}");
        }
    }
}
