//! Where a webhook may go: to the public Internet, and never into our own network (server-side request forgery).

use std::net::{Ipv4Addr, Ipv6Addr};

use url::{Host, Url};

/// Longest address, bytes.
const MAX_URL: usize = 2048;
/// Names that never lead to the public Internet (RFC 6761, RFC 6762, RFC 8375, and what clusters and clouds use).
const PRIVATE_NAMES: &[&str] = &[
    "localhost",
    "local",
    "internal",
    "intranet",
    "private",
    "corp",
    "home",
    "lan",
    "home.arpa",
    "onion",
    "test",
    "invalid",
    "example",
];

/// An address that messages may be sent to.
///
/// # Errors
/// What would be allowed.
pub fn check(text: &str) -> Result<Url, String> {
    if text.len() > MAX_URL {
        return Err(format!("must be at most {MAX_URL} bytes"));
    }
    let plain = !text.chars().any(|c| c.is_control() || c.is_whitespace());
    let url = Url::parse(text)
        .ok()
        .filter(|url| plain && url.scheme() == "https")
        .ok_or_else(|| "must be an absolute https URL".to_owned())?;
    if !url.username().is_empty() || url.password().is_some() {
        return Err("must not hold a user name or password".into());
    }
    if url.port().is_some_and(|port| port < 1024) {
        return Err("must be on port 443 or above 1023".into());
    }
    let public = match url.host() {
        Some(Host::Domain(name)) => is_public_name(name),
        Some(Host::Ipv4(address)) => is_public_v4(address),
        Some(Host::Ipv6(address)) => is_public_v6(address),
        None => false,
    };
    if public {
        Ok(url)
    } else {
        Err("must be at a name or address of the public Internet".into())
    }
}

fn is_public_name(name: &str) -> bool {
    let name = name.strip_suffix('.').unwrap_or(name);
    // The parser writes names in lower case and turns every spelling of an IPv4 address into an address.
    name.contains('.')
        && !PRIVATE_NAMES.iter().any(|private| {
            name.strip_suffix(private)
                .is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
        })
}

/// What IANA's registry of special-purpose addresses calls globally reachable.
fn is_public_v4(address: Ipv4Addr) -> bool {
    let [a, b, c, _] = address.octets();
    !(address.is_private()
        || address.is_loopback()
        || address.is_link_local()
        || address.is_broadcast()
        || address.is_documentation()
        || address.is_multicast()
        || a == 0
        // Carrier-grade NAT, where clouds keep metadata too.
        || (a == 100 && (64..128).contains(&b))
        // Protocol assignments, 6to4 relays.
        || (a == 192 && b == 0 && c == 0)
        || (a == 192 && b == 88 && c == 99)
        // Benchmarks, reserved.
        || (a == 198 && (b == 18 || b == 19))
        || a >= 240)
}

fn is_public_v6(address: Ipv6Addr) -> bool {
    let segments = address.segments();
    let [first, second, ..] = segments;
    // Only global unicast is public. IPv4 in disguise is judged as what it is.
    let embedded = |high: u16, low: u16| {
        let [a, b] = high.to_be_bytes();
        let [c, d] = low.to_be_bytes();
        Ipv4Addr::new(a, b, c, d)
    };
    match segments {
        [0, 0, 0, 0, 0, 0xffff, high, low] | [0x64, 0xff9b, 0, 0, 0, 0, high, low] => {
            is_public_v4(embedded(high, low))
        }
        [0x2002, high, low, ..] => is_public_v4(embedded(high, low)),
        // Teredo, documentation, ORCHID, benchmarks.
        _ => {
            (first & 0xe000) == 0x2000
                && !(first == 0x2001 && (second < 0x200 || second == 0xdb8))
                && first != 0x3fff
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_go_to_the_public_internet_alone() {
        for good in [
            "https://hooks.spindle.dev/a?b=c",
            "https://hooks.spindle.dev:8443/",
            "https://1.1.1.1/",
            "https://[2606:4700:4700::1111]/",
            "https://münchen.de/",
        ] {
            assert!(check(good).is_ok(), "{good}");
        }
        for bad in [
            "",
            "/a",
            "http://hooks.spindle.dev/",
            "ftp://hooks.spindle.dev/",
            "https://",
            "https://user@hooks.spindle.dev/",
            "https://user:secret@hooks.spindle.dev/",
            "https://hooks.spindle.dev:22/",
            "https://hooks.spindle.dev/a b",
            "https://localhost/",
            "https://localhost./",
            "https://LOCALHOST:8443/",
            "https://a.localhost/",
            "https://kraken.spin.internal/",
            "https://postgres/",
            "https://postgres.default.svc.cluster.local/",
            "https://metadata.google.internal/",
            "https://router.home.arpa/",
            "https://127.0.0.1/",
            "https://127.1/",
            "https://2130706433/",
            "https://0x7f000001/",
            "https://0177.0.0.1/",
            "https://0/",
            "https://10.0.0.1/",
            "https://172.16.0.1/",
            "https://192.168.1.1/",
            "https://169.254.169.254/latest/meta-data/",
            "https://100.100.100.200/",
            "https://192.0.2.1/",
            "https://198.18.0.1/",
            "https://224.0.0.1/",
            "https://255.255.255.255/",
            "https://①②⑦.⓪.⓪.①/",
            "https://[::]/",
            "https://[::1]/",
            "https://[::ffff:127.0.0.1]/",
            "https://[::ffff:a9fe:a9fe]/",
            "https://[64:ff9b::7f00:1]/",
            "https://[2002:7f00:1::]/",
            "https://[fe80::1]/",
            "https://[fd00:ec2::254]/",
            "https://[ff02::1]/",
            "https://[2001:db8::1]/",
            "https://[2001::1]/",
        ] {
            assert!(check(bad).is_err(), "{bad}");
        }
        assert!(check(&format!("https://hooks.spindle.dev/{}", "x".repeat(2048))).is_err());
    }
}
