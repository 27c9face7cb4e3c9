//! Candles as a pure function of their start: a triangle wave, so that averages cross at candles known beforehand.

use rust_decimal::Decimal;
use serde_json::{Value, json};

use crate::market::{LOT_DECIMALS, Pair, fixed};

/// Candles of one wave: 60 up from −5 % to +5 %, 60 down.
const PERIOD: i64 = 120;
/// As many as Kraken gives, the last of them uncommitted.
const ROWS: i64 = 720;

/// Minutes.
pub(crate) const INTERVALS: [i64; 9] = [1, 5, 15, 30, 60, 240, 1440, 10080, 21600];

/// The rows up to the running candle, those after `since` only, and the start of the last committed one.
pub(crate) fn rows(pair: &Pair, interval: i64, since: i64, now_seconds: i64) -> (Vec<Value>, i64) {
    let length = interval * 60;
    let running = now_seconds / length;
    let rows = (running - ROWS + 1..=running)
        .filter(|index| index * length > since)
        .map(|index| row(pair, index, length))
        .collect();
    (rows, (running - 1) * length)
}

fn row(pair: &Pair, index: i64, length: i64) -> Value {
    let (open, close) = (level(pair, index), level(pair, index + 1));
    let phase = index.rem_euclid(PERIOD);
    let middle = (open + close) / Decimal::TWO;
    json!([
        index * length,
        pair.price(open),
        pair.price(open.max(close)),
        pair.price(open.min(close)),
        pair.price(close),
        pair.price(middle),
        fixed(Decimal::from(10 + phase % 7), LOT_DECIMALS),
        20 + phase,
    ])
}

/// The price at a candle's opening.
fn level(pair: &Pair, index: i64) -> Decimal {
    let phase = index.rem_euclid(PERIOD);
    // −30 at the trough, +30 at the crest.
    let height = (phase.min(PERIOD - phase)) - PERIOD / 4;
    let price = pair.reference
        * (Decimal::ONE + Decimal::new(5, 2) * Decimal::from(height) / Decimal::from(PERIOD / 4));
    price.round_dp(pair.price_decimals)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::market::{Market, SystemStatus};

    #[test]
    fn candles_are_a_function_of_their_start_alone() {
        let market = Market::new(SystemStatus::Online, &[]);
        let pair = market.pair("XBTUSD").unwrap();
        let (early, _) = rows(pair, 60, 0, 1_700_000_000);
        let (late, last) = rows(pair, 60, 0, 1_700_003_600);
        assert_eq!((early.len(), late.len()), (720, 720));
        assert_eq!(early[1..], late[..719]);
        assert_eq!(last, late[718][0].as_i64().unwrap());
    }

    #[test]
    fn a_wave_runs_from_five_percent_below_to_five_above() {
        let market = Market::new(SystemStatus::Online, &[]);
        let pair = market.pair("XBTUSD").unwrap();
        assert_eq!(level(pair, 0), Decimal::from(28_500));
        assert_eq!(level(pair, 30), Decimal::from(30_000));
        assert_eq!(level(pair, 60), Decimal::from(31_500));
        assert_eq!(level(pair, 120), Decimal::from(28_500));
        assert_eq!(level(pair, -1), level(pair, 119));
    }
}
