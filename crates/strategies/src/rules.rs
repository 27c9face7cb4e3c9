//! Rules of a pair's orders.

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

/// What an order must keep to, and what it costs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rules {
    /// Decimals of a volume.
    pub volume_decimals: u32,
    /// Prices are multiples of it.
    pub tick_size: Decimal,
    /// Least volume.
    pub order_min: Decimal,
    /// Least cost.
    pub cost_min: Decimal,
    /// Fraction of the cost.
    pub taker_fee: Decimal,
    /// The same for orders that rested in the book.
    pub maker_fee: Decimal,
}

impl Default for Rules {
    /// Kraken's for bitcoin in dollars.
    fn default() -> Self {
        Self {
            volume_decimals: 8,
            tick_size: Decimal::new(1, 1),
            order_min: Decimal::new(1, 4),
            cost_min: Decimal::new(5, 1),
            taker_fee: Decimal::new(40, 4),
            maker_fee: Decimal::new(25, 4),
        }
    }
}

impl Rules {
    /// How much an amount of the quote asset buys at this price, its fee included, rounded down.
    #[must_use]
    pub fn volume_for(&self, amount: Decimal, price: Decimal, fee: Decimal) -> Decimal {
        if price <= Decimal::ZERO {
            return Decimal::ZERO;
        }
        amount
            .checked_div(Decimal::ONE + fee)
            .and_then(|net| net.checked_div(price))
            .map_or(Decimal::ZERO, |volume| self.floor_volume(volume))
    }

    /// A volume that the exchange takes, rounded down.
    #[must_use]
    pub fn floor_volume(&self, volume: Decimal) -> Decimal {
        volume.trunc_with_scale(self.volume_decimals)
    }

    /// A price that the exchange takes, rounded down.
    #[must_use]
    pub fn floor_price(&self, price: Decimal) -> Decimal {
        if self.tick_size <= Decimal::ZERO {
            return price;
        }
        price - price % self.tick_size
    }

    /// Whether an order is large enough.
    #[must_use]
    pub fn is_enough(&self, volume: Decimal, price: Decimal) -> bool {
        volume >= self.order_min
            && volume > Decimal::ZERO
            && volume
                .checked_mul(price)
                .is_some_and(|cost| cost >= self.cost_min)
    }
}
