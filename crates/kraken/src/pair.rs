//! Pairs and the rules of their orders.

use std::collections::BTreeMap;

use rust_decimal::Decimal;
use serde::Deserialize;

use crate::amount::Amount;

/// A pair, as `AssetPairs` describes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pair {
    /// Kraken's own key, for example `XXBTZUSD`.
    pub key: String,
    /// What orders are placed with, for example `XBTUSD`.
    pub altname: String,
    /// With a slash, for example `XBT/USD`.
    pub wsname: Option<String>,
    /// Code of the base asset.
    pub base: String,
    /// Code of the quote asset.
    pub quote: String,
    /// Decimals of a price.
    pub price_decimals: u32,
    /// Decimals of a volume.
    pub volume_decimals: u32,
    /// Decimals of a cost.
    pub cost_decimals: u32,
    /// Least volume of an order.
    pub order_min: Decimal,
    /// Least cost of an order.
    pub cost_min: Decimal,
    /// Prices are multiples of it.
    pub tick_size: Decimal,
    /// `online` or why not.
    pub status: String,
    /// Fee of the lowest tier, as a fraction of the cost.
    pub taker_fee: Decimal,
    /// The same of orders that rested in the book.
    pub maker_fee: Decimal,
}

/// All but the names is optional: pairs that lack what an order needs are left out, not guessed.
#[derive(Debug, Deserialize)]
pub(crate) struct Entry {
    altname: String,
    wsname: Option<String>,
    base: String,
    quote: String,
    pair_decimals: Option<u32>,
    lot_decimals: Option<u32>,
    cost_decimals: Option<u32>,
    ordermin: Option<Amount>,
    costmin: Option<Amount>,
    tick_size: Option<Amount>,
    status: Option<String>,
    #[serde(default)]
    fees: Vec<(Amount, Amount)>,
    #[serde(default)]
    fees_maker: Vec<(Amount, Amount)>,
}

pub(crate) fn listed(entries: BTreeMap<String, Entry>) -> Vec<Pair> {
    entries
        .into_iter()
        .filter_map(|(key, entry)| described(key, entry))
        .collect()
}

fn described(key: String, entry: Entry) -> Option<Pair> {
    let price_decimals = entry.pair_decimals?;
    let taker = first_tier(&entry.fees)?;
    let tick_size = match entry.tick_size {
        Some(amount) => amount.0,
        // None where there is no such number: a decimal has 28 places.
        None => Decimal::try_new(1, price_decimals).ok()?,
    };
    Some(Pair {
        key,
        altname: entry.altname,
        wsname: entry.wsname,
        base: entry.base,
        quote: entry.quote,
        price_decimals,
        volume_decimals: entry.lot_decimals?,
        cost_decimals: entry.cost_decimals.unwrap_or(price_decimals),
        order_min: entry.ordermin?.0,
        cost_min: entry.costmin.map_or(Decimal::ZERO, |amount| amount.0),
        tick_size,
        status: entry.status.unwrap_or_else(|| "online".to_owned()),
        taker_fee: taker,
        maker_fee: first_tier(&entry.fees_maker).unwrap_or(taker),
    })
}

/// Percent to fraction.
fn first_tier(tiers: &[(Amount, Amount)]) -> Option<Decimal> {
    tiers
        .first()
        .map(|(_, percent)| percent.0 / Decimal::ONE_HUNDRED)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn krakens_own_example_is_read() {
        let json = r#"{"XXBTZUSD":{"altname":"XBTUSD","wsname":"XBT/USD","aclass_base":"currency","base":"XXBT",
            "aclass_quote":"currency","quote":"ZUSD","lot":"unit","cost_decimals":5,"pair_decimals":1,"lot_decimals":8,
            "lot_multiplier":1,"leverage_buy":[2,3],"leverage_sell":[2,3],"fees":[[0,0.26],[50000,0.24]],"fees_maker":[[0,0.16]],
            "fee_volume_currency":"ZUSD","margin_call":80,"margin_stop":40,"ordermin":"0.0001","costmin":"0.5","tick_size":"0.1",
            "status":"online"}, "ODD":{"altname":"ODD","base":"O","quote":"D"}}"#;
        let pairs = listed(serde_json::from_str(json).unwrap());
        assert_eq!(pairs.len(), 1, "a pair without rules is not offered");
        assert_eq!(
            (pairs[0].taker_fee, pairs[0].maker_fee),
            (Decimal::new(26, 4), Decimal::new(16, 4))
        );
        assert_eq!(pairs[0].tick_size, Decimal::new(1, 1));
        assert_eq!(pairs[0].order_min, Decimal::new(1, 4));
    }

    #[test]
    fn a_pair_with_more_decimals_than_a_price_can_have_is_not_offered() {
        let pair = |decimals: u32| {
            let json = format!(
                r#"{{"ODD":{{"altname":"ODD","base":"O","quote":"D","pair_decimals":{decimals},"lot_decimals":8,
                "fees":[[0,0.26]],"ordermin":"0.0001"}}}}"#
            );
            listed(serde_json::from_str(&json).unwrap())
        };
        assert_eq!(pair(28)[0].tick_size, Decimal::new(1, 28));
        assert!(pair(29).is_empty());
    }
}
