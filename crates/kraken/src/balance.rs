//! Balances.

use std::collections::BTreeMap;

use rust_decimal::Decimal;
use serde::Deserialize;

use crate::amount::Amount;

/// What an account has of one asset, in units of the asset.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Balance {
    /// Kraken's code, for example `XXBT`; a suffix such as `.F` marks what is earning or locked.
    pub asset: String,
    /// All of it.
    pub total: Decimal,
    /// Held by open orders.
    pub held: Decimal,
    /// Credit that may be used beside it.
    pub credit: Decimal,
    /// Credit that is used.
    pub credit_used: Decimal,
}

impl Balance {
    /// What a new order may use.
    #[must_use]
    pub fn available(&self) -> Decimal {
        self.total
            .saturating_add(self.credit)
            .saturating_sub(self.credit_used)
            .saturating_sub(self.held)
    }
}

#[derive(Debug, Deserialize)]
pub(crate) struct Entry {
    balance: Amount,
    #[serde(default)]
    hold_trade: Option<Amount>,
    #[serde(default)]
    credit: Option<Amount>,
    #[serde(default)]
    credit_used: Option<Amount>,
}

pub(crate) fn listed(entries: BTreeMap<String, Entry>) -> Vec<Balance> {
    let or_zero = |amount: Option<Amount>| amount.map_or(Decimal::ZERO, |amount| amount.0);
    entries
        .into_iter()
        .map(|(asset, entry)| Balance {
            asset,
            total: entry.balance.0,
            held: or_zero(entry.hold_trade),
            credit: or_zero(entry.credit),
            credit_used: or_zero(entry.credit_used),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strings_bare_numbers_and_missing_members_are_read() {
        let json = r#"{"ZUSD":{"balance":"25435.21","hold_trade":"8249.76"},"XXBT":{"balance":1.2435,"hold_trade":0.8423},
            "SOL":{"balance":"5","new":1},"ZEUR":{"balance":"10","credit":"7","credit_used":"2","hold_trade":"1"}}"#;
        let balances = listed(serde_json::from_str(json).unwrap());
        let available: Vec<String> = balances
            .iter()
            .map(|balance| format!("{} {}", balance.asset, balance.available()))
            .collect();
        assert_eq!(
            available,
            ["SOL 5", "XXBT 0.4012", "ZEUR 14", "ZUSD 17185.45"]
        );
    }
}
