//! API keys: permissions, restrictions, nonces.

use std::collections::BTreeSet;
use std::net::IpAddr;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::clock::{Micros, SECOND};
use crate::counter::Counter;
use crate::signature::derive;

/// What a key is made of: an entry of `keys` and the JSON of `POST /__sim/key`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct KeySpec {
    /// The account that it belongs to; a new one is made if absent.
    pub account: Option<String>,
    /// `apiKeyName`.
    pub name: String,
    /// What the key and its secret derive from; counted if absent. Tests against a long-lived database name a fresh one.
    pub seed: Option<String>,
    /// The key itself, where a test must choose it.
    pub api_key: Option<String>,
    /// The secret, base64, where a test must choose it.
    pub api_secret: Option<String>,
    /// Kraken's permission strings; any text is allowed, as Kraken may grow new ones.
    pub permissions: Vec<String>,
    /// How far below the highest nonce one may be.
    pub nonce_window: u64,
    /// Unix seconds; 0 is for ever.
    pub valid_until: i64,
    /// Unix seconds; histories begin here. 0 is no limit.
    pub query_from: i64,
    /// Unix seconds; histories end here. 0 is no limit.
    pub query_to: i64,
    /// Addresses and CIDR ranges; empty allows all.
    pub ip_allowlist: Vec<String>,
    /// The one-time password that each call must carry.
    pub otp: Option<String>,
}

/// The permissions of a key that trades.
pub const TRADING: [&str; 5] = [
    "query-funds",
    "query-open-trades",
    "query-closed-trades",
    "modify-trades",
    "close-trades",
];

impl Default for KeySpec {
    fn default() -> Self {
        Self {
            account: None,
            name: "key".to_owned(),
            seed: None,
            api_key: None,
            api_secret: None,
            permissions: TRADING.map(str::to_owned).to_vec(),
            nonce_window: 0,
            valid_until: 0,
            query_from: 0,
            query_to: 0,
            ip_allowlist: Vec::new(),
            otp: None,
        }
    }
}

impl KeySpec {
    /// A key with exactly these permissions.
    #[must_use]
    pub fn with(permissions: &[&str]) -> Self {
        Self {
            permissions: permissions.iter().map(|name| (*name).to_owned()).collect(),
            ..Self::default()
        }
    }
}

/// What is changed of an existing key; `modifiedTime` moves.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[expect(missing_docs, reason = "as in KeySpec")]
pub struct KeyEdit {
    pub api_key: String,
    pub name: Option<String>,
    pub permissions: Option<Vec<String>>,
    pub revoked: Option<bool>,
    pub nonce_window: Option<u64>,
    pub valid_until: Option<i64>,
    pub ip_allowlist: Option<Vec<String>>,
    /// The empty text takes it away.
    pub otp: Option<String>,
}

/// A key that a caller may use.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct IssuedKey {
    /// `apiKeyName`.
    pub name: String,
    /// The account that it belongs to.
    pub account: String,
    /// The value of the header `API-Key`.
    pub api_key: String,
    /// Base64 of the signing secret.
    pub api_secret: String,
    /// What it may do.
    pub permissions: Vec<String>,
}

#[derive(Debug)]
pub(crate) struct Key {
    pub(crate) api_key: String,
    pub(crate) account: String,
    pub(crate) spec: KeySpec,
    pub(crate) secret: String,
    pub(crate) revoked: bool,
    pub(crate) rest: Counter,
    highest_nonce: Option<u64>,
    /// Those within the window.
    used_nonces: BTreeSet<u64>,
    created: Micros,
    modified: Micros,
    last_used: Option<Micros>,
}

impl Key {
    pub(crate) fn new(
        seed: &str,
        label: &str,
        account: String,
        spec: KeySpec,
        now: Micros,
    ) -> Self {
        let derived = |purpose, length| {
            let bytes = derive(seed, purpose, label);
            STANDARD.encode(bytes.get(..length).unwrap_or(&bytes))
        };
        Self {
            // Kraken's lengths: 56 and 88 characters.
            api_key: spec.api_key.clone().unwrap_or_else(|| derived("key", 42)),
            secret: spec
                .api_secret
                .clone()
                .unwrap_or_else(|| derived("secret", 64)),
            account,
            spec,
            revoked: false,
            rest: Counter::default(),
            highest_nonce: None,
            used_nonces: BTreeSet::new(),
            created: now,
            modified: now,
            last_used: None,
        }
    }

    pub(crate) fn issued(&self) -> IssuedKey {
        IssuedKey {
            name: self.spec.name.clone(),
            account: self.account.clone(),
            api_key: self.api_key.clone(),
            api_secret: self.secret.clone(),
            permissions: self.spec.permissions.clone(),
        }
    }

    pub(crate) fn edit(&mut self, edit: KeyEdit, now: Micros) {
        let KeyEdit {
            api_key: _,
            name,
            permissions,
            revoked,
            nonce_window,
            valid_until,
            ip_allowlist,
            otp,
        } = edit;
        let spec = &mut self.spec;
        spec.name = name.unwrap_or_else(|| spec.name.clone());
        spec.permissions = permissions.unwrap_or_else(|| std::mem::take(&mut spec.permissions));
        spec.nonce_window = nonce_window.unwrap_or(spec.nonce_window);
        spec.valid_until = valid_until.unwrap_or(spec.valid_until);
        spec.ip_allowlist = ip_allowlist.unwrap_or_else(|| std::mem::take(&mut spec.ip_allowlist));
        if let Some(otp) = otp {
            spec.otp = Some(otp).filter(|otp| !otp.is_empty());
        }
        self.revoked = revoked.unwrap_or(self.revoked);
        self.modified = now;
    }

    pub(crate) const fn expired(&self, now: Micros) -> bool {
        self.spec.valid_until > 0 && self.spec.valid_until.saturating_mul(SECOND) <= now
    }

    pub(crate) fn allows(&self, address: IpAddr) -> bool {
        let list = &self.spec.ip_allowlist;
        list.is_empty() || list.iter().any(|range| contains(range, address))
    }

    /// Takes the nonce, or refuses it: used before, or not above the highest by more than the window allows.
    pub(crate) fn accept_nonce(&mut self, nonce: u64) -> bool {
        let window = self.spec.nonce_window;
        let fits = self.highest_nonce.is_none_or(|highest| {
            nonce > highest
                || (window > 0
                    && nonce > highest.saturating_sub(window)
                    && !self.used_nonces.contains(&nonce))
        });
        if !fits {
            return false;
        }
        let highest = self
            .highest_nonce
            .map_or(nonce, |highest| highest.max(nonce));
        self.highest_nonce = Some(highest);
        self.used_nonces.insert(nonce);
        self.used_nonces = self.used_nonces.split_off(&highest.saturating_sub(window));
        true
    }

    pub(crate) const fn used(&mut self, now: Micros) {
        self.last_used = Some(now);
    }

    /// The result of `GetApiKeyInfo`: numbers are strings here, unlike elsewhere.
    pub(crate) fn info(&self, iban: &str) -> Value {
        let seconds = |at: Micros| (at / SECOND).to_string();
        json!({
            "apiKeyName": self.spec.name,
            "apiKey": self.api_key,
            "nonce": self.highest_nonce.unwrap_or_default().to_string(),
            "nonceWindow": self.spec.nonce_window,
            "permissions": self.spec.permissions,
            "iban": iban,
            "validUntil": self.spec.valid_until.to_string(),
            "queryFrom": self.spec.query_from.to_string(),
            "queryTo": self.spec.query_to.to_string(),
            "createdTime": seconds(self.created),
            "modifiedTime": seconds(self.modified),
            "ipAllowlist": self.spec.ip_allowlist,
            "lastUsed": self.last_used.map(seconds),
        })
    }
}

fn contains(range: &str, address: IpAddr) -> bool {
    let (network, bits) = match range.split_once('/') {
        Some((network, bits)) => (network, bits.parse::<u32>().ok()),
        None => (range, Some(u32::MAX)),
    };
    let (Ok(network), Some(bits)) = (network.parse::<IpAddr>(), bits) else {
        return false;
    };
    let same = |width: u32, network: u128, address: u128| {
        let ignored = width - bits.min(width);
        ignored == width || (network ^ address) >> ignored == 0
    };
    match (network, address) {
        (IpAddr::V4(network), IpAddr::V4(address)) => {
            same(32, u32::from(network).into(), u32::from(address).into())
        }
        (IpAddr::V6(network), IpAddr::V6(address)) => same(128, network.into(), address.into()),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(window: u64) -> Key {
        let spec = KeySpec {
            nonce_window: window,
            ..KeySpec::default()
        };
        Key::new("seed", "label", "account".to_owned(), spec, 0)
    }

    #[test]
    fn keys_have_krakens_lengths_and_derive_from_the_seed() {
        let issued = key(0).issued();
        assert_eq!((issued.api_key.len(), issued.api_secret.len()), (56, 88));
        assert_eq!(issued, key(0).issued());
    }

    #[test]
    fn without_a_window_nonces_only_rise() {
        let mut key = key(0);
        let taken: Vec<bool> = [5, 5, 4, 6, 6, u64::MAX, u64::MAX]
            .map(|nonce| key.accept_nonce(nonce))
            .to_vec();
        assert_eq!(taken, [true, false, false, true, false, true, false]);
    }

    #[test]
    fn a_window_lets_late_nonces_in_once() {
        let mut key = key(10);
        let taken: Vec<bool> = [100, 95, 95, 91, 90, 100, 89, 120, 101]
            .map(|nonce| key.accept_nonce(nonce))
            .to_vec();
        assert_eq!(
            taken,
            [true, true, false, true, false, false, false, true, false]
        );
    }

    #[test]
    fn allow_lists_take_addresses_and_ranges() {
        let cases = [
            ("127.0.0.1", "127.0.0.1", true),
            ("127.0.0.1", "127.0.0.2", false),
            ("10.1.0.0/16", "10.1.255.3", true),
            ("10.1.0.0/16", "10.2.0.1", false),
            ("0.0.0.0/0", "8.8.8.8", true),
            ("2001:db8::/32", "2001:db8:1::1", true),
            ("2001:db8::/32", "127.0.0.1", false),
            ("nonsense", "127.0.0.1", false),
        ];
        for (range, address, expected) in cases {
            assert_eq!(
                contains(range, address.parse().unwrap()),
                expected,
                "{address} in {range}"
            );
        }
    }
}
