//! The latest prices.

use std::collections::BTreeMap;

use rust_decimal::Decimal;
use serde::Deserialize;

use crate::amount::Amount;

/// The latest prices of a pair, in units of its quote currency.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ticker {
    /// Kraken's name, for example `XXBTZUSD`.
    pub pair: String,
    /// Best bid.
    pub bid: Decimal,
    /// Best ask.
    pub ask: Decimal,
    /// Last trade.
    pub last: Decimal,
    /// Volume of the last 24 hours, in units of the base asset.
    pub volume_24h: Decimal,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Entry {
    a: (Amount, Amount, Amount),
    b: (Amount, Amount, Amount),
    c: (Amount, Amount),
    v: (Amount, Amount),
}

pub(crate) fn listed(entries: BTreeMap<String, Entry>) -> Vec<Ticker> {
    entries
        .into_iter()
        .map(|(pair, Entry { a, b, c, v })| Ticker {
            pair,
            bid: b.0.0,
            ask: a.0.0,
            last: c.0.0,
            volume_24h: v.1.0,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn krakens_own_example_is_read() {
        let json = r#"{"XXBTZUSD":{"a":["3537.50000","1","1.000"],"b":["3537.40000","16","16.000"],
            "c":["3537.50000","0.25000000"],"v":["2945.40515179","4009.69918350"],"p":["3537.46886","3535.79747"],
            "t":[5773,6815],"l":["3504.2","3504.2"],"h":["3565.0","3565.0"],"o":"3530.60000"}}"#;
        let tickers = listed(serde_json::from_str(json).unwrap());
        let expected = Ticker {
            pair: "XXBTZUSD".to_owned(),
            bid: Decimal::new(35_374, 1),
            ask: Decimal::new(35_375, 1),
            last: Decimal::new(35_375, 1),
            volume_24h: Decimal::new(400_969_918_350, 8),
        };
        assert_eq!(tickers, [expected]);
    }
}
