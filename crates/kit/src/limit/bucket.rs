//! A bucket: the row that all instances take tokens from.

use std::net::{IpAddr, Ipv6Addr};

use serde::Deserialize;
use sha2::{Digest, Sha256};

use super::{Class, Rate};
use crate::{Db, DbError, params};

/// Whose bucket of a class.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Key(String);

impl Key {
    /// Of an address. A subscriber has an IPv6 network of 2⁶⁴ addresses (RFC 6177), so these count as one.
    pub(crate) fn of_address(class: Class, address: Option<&str>) -> Self {
        let network = match address.and_then(|text| text.parse().ok()) {
            Some(IpAddr::V4(address)) => address.to_string(),
            Some(IpAddr::V6(address)) => match address.to_ipv4_mapped() {
                Some(address) => address.to_string(),
                None => {
                    let prefix = address.to_bits() & (u128::from(u64::MAX) << 64);
                    format!("{}/64", Ipv6Addr::from_bits(prefix))
                }
            },
            // Every host says who its peer is. Whoever hides from that shares one bucket.
            None => "unknown".to_owned(),
        };
        Self(format!("{}:address:{network}", class.name()))
    }

    /// Of an authenticated party.
    pub(crate) fn of_principal(class: Class, subject: &str) -> Self {
        Self(format!("{}:principal:{subject}", class.name()))
    }

    /// Of a name that somebody entered: only its hash is kept.
    pub(crate) fn of_name(class: Class, name: &str) -> Self {
        let hash: String = Sha256::digest(name.as_bytes())
            .iter()
            .take(16)
            .map(|byte| format!("{byte:02x}"))
            .collect();
        Self(format!("{}:name:{hash}", class.name()))
    }
}

/// What a bucket held when a token was asked of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub(crate) struct Standing {
    pub(crate) allowed: bool,
    /// Whole tokens left.
    pub(crate) remaining: i64,
    /// Until it is full again.
    pub(crate) reset_ms: i64,
    /// Until the next token; 0 if this one was given.
    pub(crate) retry_ms: i64,
}

/// Takes a token, if there is one.
pub(crate) async fn take(db: &Db, key: &Key, rate: Rate) -> Result<Standing, DbError> {
    db.write_json(
        include_str!("../../sql/take_token.sql"),
        params![
            key.0.as_str(),
            rate.burst,
            rate.period_s.saturating_mul(1_000)
        ],
    )
    .await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_subscriber_is_one_bucket() {
        let cases = [
            ("192.0.2.7", "login:address:192.0.2.7"),
            ("::ffff:192.0.2.7", "login:address:192.0.2.7"),
            ("2001:db8:1:2:3:4:5:6", "login:address:2001:db8:1:2::/64"),
            ("2001:db8:1:2:ffff::1", "login:address:2001:db8:1:2::/64"),
            ("2001:db8:1:3::1", "login:address:2001:db8:1:3::/64"),
            ("no address", "login:address:unknown"),
        ];
        for (address, key) in cases {
            assert_eq!(
                Key::of_address(Class::Login, Some(address)),
                Key(key.to_owned()),
                "{address}"
            );
        }
    }

    #[test]
    fn a_name_that_was_entered_is_not_kept() {
        let Key(key) = Key::of_name(Class::Account, "ada@example.com");
        assert!(
            key.starts_with("account:name:") && !key.contains("ada"),
            "{key}"
        );
        assert_ne!(Key(key), Key::of_name(Class::Account, "bob@example.com"));
    }
}
