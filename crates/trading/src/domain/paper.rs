//! What becomes of an order with play money, at the market's prices. Nothing here knows a key.

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::{Pair, Side, Ticker};

/// An execution, as the writing functions take it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Execution {
    /// In units of the quote asset.
    pub price: Decimal,
    /// In units of the base asset.
    pub volume: Decimal,
    /// Price times volume.
    pub cost: Decimal,
    /// In units of the quote asset.
    pub fee: Decimal,
    /// Whether the order had rested in the book.
    pub maker: bool,
    /// Milliseconds since the Unix epoch.
    pub at: i64,
}

/// What an order wants.
#[derive(Clone, Copy, Debug)]
pub struct Wanted {
    /// Which way.
    pub side: Side,
    /// How much.
    pub volume: Decimal,
    /// The worst price; none is a market order.
    pub limit_price: Option<Decimal>,
    /// Whether it rests in the book already.
    pub resting: bool,
}

/// The execution, if the market's price allows one. A new order takes from the book, at the market's price; one that rests is
/// taken from, at its own.
#[must_use]
pub fn execution(pair: &Pair, ticker: &Ticker, wanted: Wanted, now_ms: i64) -> Option<Execution> {
    let market = match wanted.side {
        Side::Buy => ticker.ask,
        Side::Sell => ticker.bid,
    };
    let crossed = wanted.limit_price.is_none_or(|limit| match wanted.side {
        Side::Buy => market <= limit,
        Side::Sell => market >= limit,
    });
    if !crossed || market <= Decimal::ZERO {
        return None;
    }
    let price = match wanted.limit_price {
        Some(limit) if wanted.resting => limit,
        _ => market,
    };
    let rate = if wanted.resting {
        pair.maker_fee
    } else {
        pair.taker_fee
    };
    let cost = price.checked_mul(wanted.volume)?;
    Some(Execution {
        price,
        volume: wanted.volume,
        cost: pair.rounded_cost(cost),
        fee: pair.rounded_cost(cost.checked_mul(rate)?),
        maker: wanted.resting,
        at: now_ms,
    })
}

/// What a resting order holds: the volume it sells, or the most that it may cost with the higher fee.
#[must_use]
pub fn hold(pair: &Pair, wanted: Wanted, price: Decimal) -> Decimal {
    match wanted.side {
        Side::Sell => wanted.volume,
        Side::Buy => {
            let cost = wanted
                .volume
                .saturating_mul(wanted.limit_price.unwrap_or(price));
            pair.rounded_cost(cost)
                .saturating_add(pair.rounded_cost(cost.saturating_mul(pair.taker_fee)))
        }
    }
}

#[cfg(test)]
mod tests {
    use std::str::FromStr;

    use super::*;
    use crate::domain::pair::tests::bitcoin;

    fn d(text: &str) -> Decimal {
        Decimal::from_str(text).unwrap()
    }

    fn ticker() -> Ticker {
        Ticker {
            bid: d("30000"),
            ask: d("30010"),
            last: d("30005"),
            volume_24h: d("1000"),
        }
    }

    #[test]
    fn orders_fill_at_the_market_or_at_their_own_limit_and_never_worse() {
        let cases = [
            // side, limit, resting, price, maker
            (Side::Buy, None, false, Some("30010"), false),
            (Side::Sell, None, false, Some("30000"), false),
            (Side::Buy, Some("30020"), false, Some("30010"), false),
            (Side::Buy, Some("30020"), true, Some("30020"), true),
            (Side::Buy, Some("30000"), false, None, false),
            (Side::Buy, Some("30000"), true, None, true),
            (Side::Sell, Some("30000"), true, Some("30000"), true),
            (Side::Sell, Some("30001"), true, None, true),
        ];
        for (side, limit, resting, price, maker) in cases {
            let wanted = Wanted {
                side,
                volume: d("0.5"),
                limit_price: limit.map(d),
                resting,
            };
            let done = execution(&bitcoin(), &ticker(), wanted, 7);
            assert_eq!(
                done.as_ref().map(|done| done.price),
                price.map(d),
                "{wanted:?}"
            );
            if let Some(done) = done {
                let rate = if maker { "0.0025" } else { "0.004" };
                assert_eq!(done.cost, done.price * d("0.5"));
                assert_eq!(done.fee, done.cost * d(rate));
                assert_eq!(done.maker, maker);
            }
        }
    }

    #[test]
    fn what_rests_holds_enough_for_its_own_execution() {
        let wanted = Wanted {
            side: Side::Buy,
            volume: d("0.12345678"),
            limit_price: Some(d("29999.9")),
            resting: true,
        };
        let fallen = Ticker {
            ask: d("29000"),
            ..ticker()
        };
        let done = execution(&bitcoin(), &fallen, wanted, 7).unwrap();
        assert!(hold(&bitcoin(), wanted, d("30000")) >= done.cost + done.fee);
    }
}
