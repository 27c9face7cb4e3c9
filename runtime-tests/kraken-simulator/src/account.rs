//! Accounts: balances, tier and the engine's counters.

use std::collections::BTreeMap;

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::clock::Micros;
use crate::counter::{Counter, Limit};
use crate::key::{IssuedKey, KeySpec};
use crate::signature::derive;

/// What an account is made of: an entry of `accounts` and the JSON of `POST /__sim/account`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct AccountSpec {
    /// Its name here; made up if absent.
    pub id: Option<String>,
    /// Its rate limits.
    pub tier: Tier,
    /// Asset to amount.
    pub balances: BTreeMap<String, Decimal>,
    /// Its keys; absent means one with the default permissions.
    pub keys: Option<Vec<KeySpec>>,
}

impl Default for AccountSpec {
    fn default() -> Self {
        let balances = [
            ("ZUSD", 10_000),
            ("ZEUR", 5_000),
            ("XXBT", 1),
            ("XETH", 10),
            ("SOL", 100),
        ];
        Self {
            id: None,
            tier: Tier::default(),
            balances: balances
                .into_iter()
                .map(|(asset, amount)| (asset.to_owned(), Decimal::from(amount)))
                .collect(),
            keys: None,
        }
    }
}

/// The answer to a new account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct IssuedAccount {
    /// Its name here.
    pub account: String,
    /// Kraken's internal number of it.
    pub iban: String,
    /// Its first key.
    pub api_key: String,
    /// That key's secret.
    pub api_secret: String,
    /// All its keys.
    pub keys: Vec<IssuedKey>,
}

/// Verification tier: what the rate limits depend on.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[expect(missing_docs, reason = "Kraken's own names")]
pub enum Tier {
    Starter,
    #[default]
    Intermediate,
    Pro,
}

impl Tier {
    /// The REST counter, per key.
    pub(crate) const fn rest(self) -> Limit {
        match self {
            Self::Starter => Limit {
                max: 15,
                decay: 330_000,
            },
            Self::Intermediate => Limit {
                max: 20,
                decay: 500_000,
            },
            Self::Pro => Limit {
                max: 20,
                decay: 1_000_000,
            },
        }
    }

    /// The engine's counter, per account and pair.
    pub(crate) const fn engine(self) -> Limit {
        match self {
            Self::Starter => Limit {
                max: 60,
                decay: 1_000_000,
            },
            Self::Intermediate => Limit {
                max: 125,
                decay: 2_340_000,
            },
            Self::Pro => Limit {
                max: 180,
                decay: 3_750_000,
            },
        }
    }

    /// Open orders per pair.
    pub(crate) const fn open_orders(self) -> usize {
        match self {
            Self::Starter => 60,
            Self::Intermediate => 80,
            Self::Pro => 225,
        }
    }
}

#[derive(Debug)]
pub(crate) struct Account {
    pub(crate) tier: Tier,
    pub(crate) iban: String,
    pub(crate) balances: BTreeMap<String, Decimal>,
    pub(crate) engine: BTreeMap<String, Counter>,
    /// When `CancelAllOrdersAfter` strikes.
    pub(crate) cancel_all_at: Option<Micros>,
}

impl Account {
    pub(crate) fn new(
        seed: &str,
        id: &str,
        tier: Tier,
        balances: BTreeMap<String, Decimal>,
    ) -> Self {
        Self {
            tier,
            iban: iban(seed, id),
            balances,
            engine: BTreeMap::new(),
            cancel_all_at: None,
        }
    }

    pub(crate) fn balance(&self, asset: &str) -> Decimal {
        self.balances.get(asset).copied().unwrap_or_default()
    }

    pub(crate) fn credit(&mut self, asset: &str, amount: Decimal) {
        *self.balances.entry(asset.to_owned()).or_default() += amount;
    }

    pub(crate) fn engine(&mut self, pair: &str) -> &mut Counter {
        self.engine.entry(pair.to_owned()).or_default()
    }
}

/// `AA88 N84G WOAK NMOI`: the shape of Kraken's internal numbers.
fn iban(seed: &str, id: &str) -> String {
    const LETTERS: &[u8] = b"ABCDEFGHJKLMNPQRSTUVWXYZ23456789";
    let digest = derive(seed, "iban", id);
    let letters = digest
        .iter()
        .skip(1)
        .take(12)
        .enumerate()
        .filter_map(|(at, byte)| {
            let letter = char::from(*LETTERS.get(usize::from(*byte) % LETTERS.len())?);
            Some(if at % 4 == 0 {
                format!(" {letter}")
            } else {
                letter.to_string()
            })
        });
    let check = digest.first().map_or(0, |byte| byte % 100);
    format!("AA{check:02}{}", letters.collect::<String>())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_iban_has_krakens_shape_and_is_the_accounts_own() {
        let one = iban("seed", "one");
        assert_eq!(
            one.split(' ').map(str::len).collect::<Vec<_>>(),
            [4, 4, 4, 4]
        );
        assert_eq!(one, iban("seed", "one"));
        assert_ne!(one, iban("seed", "two"));
    }
}
