//! Candles. Kraken's last row is the one that still runs: it is told apart by whoever knows the time.

use std::collections::BTreeMap;

use rust_decimal::Decimal;
use serde::Deserialize;
use serde_json::value::RawValue;

use crate::amount::Amount;

/// One candle.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(from = "Row")]
pub struct Candle {
    /// Seconds since the Unix epoch.
    pub start: i64,
    /// First price.
    pub open: Decimal,
    /// Highest price.
    pub high: Decimal,
    /// Lowest price.
    pub low: Decimal,
    /// Last price.
    pub close: Decimal,
    /// Average price by volume.
    pub vwap: Decimal,
    /// In units of the base asset.
    pub volume: Decimal,
    /// Trades.
    pub count: u64,
}

type Row = (i64, Amount, Amount, Amount, Amount, Amount, Amount, u64);

impl From<Row> for Candle {
    fn from((start, open, high, low, close, vwap, volume, count): Row) -> Self {
        Self {
            start,
            open: open.0,
            high: high.0,
            low: low.0,
            close: close.0,
            vwap: vwap.0,
            volume: volume.0,
            count,
        }
    }
}

/// The answer has one member named after the pair, and `last`.
pub(crate) fn listed(answer: &BTreeMap<String, Box<RawValue>>) -> Option<Vec<Candle>> {
    let rows = answer.iter().find(|(name, _)| name.as_str() != "last")?.1;
    serde_json::from_str(rows.get()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn krakens_own_example_is_read() {
        let json = r#"{"XXBTZUSD":[[1688671200,"30306.1","30306.2","30305.7","30305.7","30306.1","3.39243896",23]],"last":1688672160}"#;
        let candles = listed(&serde_json::from_str(json).unwrap()).unwrap();
        assert_eq!(candles.len(), 1);
        assert_eq!(
            (candles[0].start, candles[0].close, candles[0].count),
            (1_688_671_200, Decimal::new(303_057, 1), 23)
        );
        assert!(listed(&serde_json::from_str(r#"{"last":1}"#).unwrap()).is_none());
    }
}
