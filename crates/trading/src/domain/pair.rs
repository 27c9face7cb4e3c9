//! Pairs: their names, and the rules that an order must keep before it is worth sending.

use std::collections::HashMap;
use std::str::FromStr;

use contracts::exchange::exchange as wire;
use kit::FieldError;
use rust_decimal::Decimal;
use strategies::Rules;

use super::OrderType;

/// A pair.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "named as in the contract spindle:exchange")]
pub struct Pair {
    pub key: String,
    pub name: String,
    pub wsname: Option<String>,
    pub base: String,
    pub quote: String,
    pub price_decimals: u32,
    pub volume_decimals: u32,
    pub cost_decimals: u32,
    pub order_min: Decimal,
    pub cost_min: Decimal,
    pub tick_size: Decimal,
    pub status: String,
    pub taker_fee: Decimal,
    pub maker_fee: Decimal,
}

impl TryFrom<wire::PairInfo> for Pair {
    type Error = rust_decimal::Error;

    fn try_from(info: wire::PairInfo) -> Result<Self, Self::Error> {
        Ok(Self {
            order_min: Decimal::from_str(&info.order_min)?,
            cost_min: Decimal::from_str(&info.cost_min)?,
            tick_size: Decimal::from_str(&info.tick_size)?,
            taker_fee: Decimal::from_str(&info.taker_fee)?,
            maker_fee: Decimal::from_str(&info.maker_fee)?,
            key: info.key,
            name: info.altname,
            wsname: info.wsname,
            base: info.base,
            quote: info.quote,
            price_decimals: info.price_decimals,
            volume_decimals: info.volume_decimals,
            cost_decimals: info.cost_decimals,
            status: info.status,
        })
    }
}

impl From<&Pair> for Rules {
    fn from(pair: &Pair) -> Self {
        Self {
            volume_decimals: pair.volume_decimals,
            tick_size: pair.tick_size,
            order_min: pair.order_min,
            cost_min: pair.cost_min,
            taker_fee: pair.taker_fee,
            maker_fee: pair.maker_fee,
        }
    }
}

impl Pair {
    /// What is wrong with an order on this pair at this price; empty if it is worth sending. Kraken would refuse it too, but
    /// later, and it counts refusals.
    #[must_use]
    pub fn faults(
        &self,
        kind: OrderType,
        volume: Decimal,
        limit_price: Option<Decimal>,
        price: Decimal,
    ) -> Vec<FieldError> {
        let mut faults = Vec::new();
        let mut fault = |field: &str, message: String| faults.push(FieldError::new(field, message));
        match self.status.as_str() {
            "online" | "post_only" => {}
            "limit_only" if kind == OrderType::Limit => {}
            status => fault("pair", format!("the market is {status}")),
        }
        if volume.normalize().scale() > self.volume_decimals {
            fault(
                "volume",
                format!("may have {} decimals at most", self.volume_decimals),
            );
        }
        if volume < self.order_min {
            fault("volume", format!("must be at least {}", self.order_min));
        }
        let off_tick = |limit: Decimal| {
            limit.normalize().scale() > self.price_decimals
                || (self.tick_size > Decimal::ZERO && !(limit % self.tick_size).is_zero())
        };
        if limit_price.is_some_and(off_tick) {
            fault(
                "limit_price",
                format!("must be a multiple of {}", self.tick_size),
            );
        }
        let cost = volume.saturating_mul(limit_price.unwrap_or(price));
        if cost < self.cost_min {
            fault(
                "volume",
                format!("the order must be worth {} at least", self.cost_min),
            );
        }
        faults
    }

    /// A cost or fee as the exchange writes it.
    #[must_use]
    pub fn rounded_cost(&self, cost: Decimal) -> Decimal {
        cost.round_dp(self.cost_decimals)
    }
}

/// All pairs, by each of their names.
#[derive(Debug, Default)]
pub struct Pairs {
    pairs: Vec<Pair>,
    by_name: HashMap<String, usize>,
}

impl Pairs {
    /// These pairs.
    #[must_use]
    pub fn new(pairs: Vec<Pair>) -> Self {
        let mut by_name = HashMap::new();
        for (index, pair) in pairs.iter().enumerate() {
            for name in [Some(&pair.key), Some(&pair.name), pair.wsname.as_ref()]
                .into_iter()
                .flatten()
            {
                by_name.insert(plain(name), index);
            }
        }
        Self { pairs, by_name }
    }

    /// The pair that somebody means: `XXBTZUSD`, `XBTUSD`, `XBT/USD`, `btc-usd`.
    #[must_use]
    pub fn find(&self, name: &str) -> Option<&Pair> {
        let name = plain(name);
        let by = |name: &str| {
            self.by_name
                .get(name)
                .and_then(|index| self.pairs.get(*index))
        };
        by(&name)
            .or_else(|| by(&name.replace("BTC", "XBT")))
            .or_else(|| by(&name.replace("DOGE", "XDG")))
    }

    /// The code of a currency that others are quoted in: `ZUSD` for `usd`, `XXBT` for `BTC`.
    #[must_use]
    pub fn currency(&self, name: &str) -> Option<&str> {
        let name = plain(name);
        let name = if name == "BTC" { "XBT" } else { name.as_str() };
        self.pairs
            .iter()
            .map(|pair| pair.quote.as_str())
            .find(|code| *code == name || code.strip_prefix(['X', 'Z']) == Some(name))
    }

    /// The pair in which one asset is sold for another, if there is one.
    #[must_use]
    pub fn between(&self, base: &str, quote: &str) -> Option<&Pair> {
        self.pairs
            .iter()
            .find(|pair| pair.base == base && pair.quote == quote)
    }

    /// All of them, in the exchange's order.
    #[must_use]
    pub fn all(&self) -> &[Pair] {
        &self.pairs
    }
}

fn plain(name: &str) -> String {
    name.chars()
        .filter(|c| !matches!(c, '/' | '-' | '_'))
        .map(|c| c.to_ascii_uppercase())
        .collect()
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    pub(crate) fn bitcoin() -> Pair {
        Pair {
            key: "XXBTZUSD".to_owned(),
            name: "XBTUSD".to_owned(),
            wsname: Some("XBT/USD".to_owned()),
            base: "XXBT".to_owned(),
            quote: "ZUSD".to_owned(),
            price_decimals: 1,
            volume_decimals: 8,
            cost_decimals: 5,
            order_min: Decimal::new(1, 4),
            cost_min: Decimal::new(5, 1),
            tick_size: Decimal::new(1, 1),
            status: "online".to_owned(),
            taker_fee: Decimal::new(40, 4),
            maker_fee: Decimal::new(25, 4),
        }
    }

    #[test]
    fn a_pair_answers_to_each_of_its_names() {
        let pairs = Pairs::new(vec![bitcoin()]);
        for name in [
            "XXBTZUSD", "XBTUSD", "XBT/USD", "xbtusd", "BTC/USD", "btc-usd",
        ] {
            assert!(pairs.find(name).is_some(), "{name}");
        }
        assert!(pairs.find("ETHUSD").is_none());
    }

    #[test]
    fn a_currency_answers_to_its_code_and_its_name_and_an_asset_that_nothing_is_quoted_in_does_not()
    {
        let pairs = Pairs::new(vec![bitcoin()]);
        for name in ["ZUSD", "USD", "usd"] {
            assert_eq!(pairs.currency(name), Some("ZUSD"), "{name}");
        }
        for name in ["XBT", "SD", "Z", ""] {
            assert_eq!(pairs.currency(name), None, "{name}");
        }
        assert!(pairs.between("XXBT", "ZUSD").is_some());
        assert!(pairs.between("ZUSD", "XXBT").is_none());
    }

    #[test]
    fn an_order_that_the_exchange_would_refuse_is_told_which_field_is_wrong() {
        let price = Decimal::from(30_000);
        let d = |text: &str| Decimal::from_str(text).unwrap();
        let cases = [
            ("0.001", None, vec![]),
            ("0.001", Some("30000.1"), vec![]),
            ("0.00001", None, vec!["volume", "volume"]),
            ("0.123456789", None, vec!["volume"]),
            ("0.001", Some("30000.15"), vec!["limit_price"]),
            ("0.0001", Some("100"), vec!["volume"]),
        ];
        for (volume, limit, fields) in cases {
            let kind = limit.map_or(OrderType::Market, |_| OrderType::Limit);
            let faults = bitcoin().faults(kind, d(volume), limit.map(d), price);
            let named: Vec<&str> = faults.iter().map(|fault| fault.field.as_str()).collect();
            assert_eq!(named, fields, "{volume} {limit:?}: {faults:?}");
        }
        let closed = Pair {
            status: "cancel_only".to_owned(),
            ..bitcoin()
        };
        assert_eq!(
            closed.faults(OrderType::Market, d("1"), None, price)[0].field,
            "pair"
        );
    }
}
