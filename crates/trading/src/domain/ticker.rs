//! The latest prices of a pair.

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

/// In units of the quote asset; the volume in units of the base asset.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ticker {
    /// Best bid.
    pub bid: Decimal,
    /// Best ask.
    pub ask: Decimal,
    /// Last trade.
    pub last: Decimal,
    /// Of the last 24 hours.
    pub volume_24h: Decimal,
}
