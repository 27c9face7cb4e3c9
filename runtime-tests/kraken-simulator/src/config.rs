//! What a simulator is started, or reset, with.

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::account::AccountSpec;
use crate::clock::ClockConfig;
use crate::key::KeySpec;
use crate::market::{PairSpec, SystemStatus};

/// The whole configuration: the JSON of `--config` and of `POST /__sim/reset`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// What generated API keys, secrets and IBANs derive from. Same seed and same script: same bytes.
    pub seed: String,
    /// The number of the first order, and of the first trade. An exchange gives no id twice: one that takes another's place, with clients
    /// that remember the other, begins higher.
    pub first_number: u64,
    /// How time runs.
    pub clock: ClockConfig,
    /// When callers are locked out.
    pub lockout: LockoutConfig,
    /// The strings that Kraken doesn't publish, or that a test wants otherwise.
    pub errors: ErrorTexts,
    /// Fees of every fill, charged in the quote currency.
    pub fees: Fees,
    /// The answer of `SystemStatus` at the start.
    pub status: SystemStatus,
    /// Accounts with their keys.
    pub accounts: Vec<AccountSpec>,
    /// Pairs beside the built-in ones.
    pub pairs: Vec<PairSpec>,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            seed: "spindle".to_owned(),
            first_number: 1,
            clock: ClockConfig::default(),
            lockout: LockoutConfig::default(),
            errors: ErrorTexts::default(),
            fees: Fees::default(),
            status: SystemStatus::Online,
            accounts: Vec::new(),
            pairs: Vec::new(),
        }
    }
}

impl Config {
    /// Adds the two demonstration accounts: one whose key reads and trades, one whose key may also withdraw.
    #[must_use]
    pub fn with_demo_keys(mut self) -> Self {
        for (name, extra) in [("good", None), ("withdraw", Some("withdraw-funds"))] {
            let mut key = KeySpec {
                name: name.to_owned(),
                seed: Some(format!("demo-{name}")),
                ..KeySpec::default()
            };
            key.permissions.extend(extra.map(str::to_owned));
            self.accounts.push(AccountSpec {
                id: Some(format!("demo-{name}")),
                keys: Some(vec![key]),
                ..AccountSpec::default()
            });
        }
        self
    }
}

/// When a source that presents bad keys is locked out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct LockoutConfig {
    /// Bad keys in a row until the lockout.
    pub failures: u32,
    /// Its length in seconds.
    pub seconds: u32,
    /// What counts as one source.
    pub scope: LockoutScope,
}

impl Default for LockoutConfig {
    fn default() -> Self {
        Self {
            failures: 5,
            seconds: 900,
            scope: LockoutScope::Key,
        }
    }
}

/// What a lockout applies to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LockoutScope {
    /// The client's address, as Kraken does.
    Address,
    /// The client's address and the key it presents: tests that share one simulator share an address too, and must
    /// not lock each other out.
    Key,
}

/// The error string of each step. The defaults are Kraken's where those are known.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[expect(missing_docs, reason = "each field is named after its step")]
pub struct ErrorTexts {
    pub lockout: String,
    pub unknown_key: String,
    pub revoked_key: String,
    pub expired_key: String,
    pub address_not_allowed: String,
    pub invalid_nonce: String,
    pub invalid_signature: String,
    pub otp: String,
    pub unknown_method: String,
    pub rate_limit: String,
    pub permission_denied: String,
    pub duplicate_cl_ord_id: String,
    pub post_only_would_cross: String,
}

impl Default for ErrorTexts {
    fn default() -> Self {
        let text = str::to_owned;
        Self {
            lockout: text("EGeneral:Temporary lockout"),
            unknown_key: text("EAPI:Invalid key"),
            revoked_key: text("EAPI:Invalid key"),
            expired_key: text("EAPI:Invalid key"),
            address_not_allowed: text("EAPI:Invalid key"),
            invalid_nonce: text("EAPI:Invalid nonce"),
            invalid_signature: text("EAPI:Invalid signature"),
            otp: text("EAPI:Invalid signature"),
            unknown_method: text("EGeneral:Unknown method"),
            rate_limit: text("EAPI:Rate limit exceeded"),
            permission_denied: text("EGeneral:Permission denied"),
            duplicate_cl_ord_id: text("EOrder:Invalid order:Client order id already in use"),
            post_only_would_cross: text("EOrder:Post only order"),
        }
    }
}

/// Fees as fractions of the cost.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Fees {
    /// For an order that takes from the book.
    pub taker: Decimal,
    /// For an order that rested in it.
    pub maker: Decimal,
}

impl Default for Fees {
    fn default() -> Self {
        Self {
            taker: Decimal::new(40, 4),
            maker: Decimal::new(25, 4),
        }
    }
}
