//! Assets, pairs and their books.

use std::collections::BTreeMap;

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::reply::Refusal;

/// Kraken's state, or a pair's.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "Kraken's own names")]
pub enum SystemStatus {
    #[default]
    Online,
    Maintenance,
    CancelOnly,
    PostOnly,
    /// Only a pair can be this.
    LimitOnly,
}

/// A pair: an entry of `pairs` and the JSON of `POST /__sim/pair`. Tests that share a simulator make one of their own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PairSpec {
    /// Base asset, for example `XXBT`; an unknown one is made.
    pub base: String,
    /// Quote asset.
    #[serde(default = "dollar")]
    pub quote: String,
    /// Best bid; candles wave around it.
    pub bid: Decimal,
    /// Best ask.
    pub ask: Decimal,
    /// Decimals of prices; the tick is the last of them.
    #[serde(default = "two")]
    pub price_decimals: u32,
    /// Smallest volume.
    #[serde(default = "smallest_volume")]
    pub ordermin: Decimal,
    /// Smallest cost.
    #[serde(default = "smallest_cost")]
    pub costmin: Decimal,
}

fn dollar() -> String {
    "ZUSD".to_owned()
}

const fn two() -> u32 {
    2
}

const fn smallest_volume() -> Decimal {
    Decimal::from_parts(1, 0, 0, false, 4)
}

const fn smallest_cost() -> Decimal {
    Decimal::from_parts(5, 0, 0, false, 1)
}

/// What moves a book: the JSON of `POST /__sim/price`. Absent members stay as they are.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct PriceMove {
    /// Any of the pair's names.
    pub pair: String,
    /// Best bid.
    pub bid: Option<Decimal>,
    /// Best ask.
    pub ask: Option<Decimal>,
    /// Last price.
    pub last: Option<Decimal>,
    /// Base volume that the bid takes; unlimited until first set.
    pub bidq: Option<Decimal>,
    /// Base volume that the ask gives; unlimited until first set.
    pub askq: Option<Decimal>,
}

#[derive(Debug, Clone)]
pub(crate) struct Asset {
    pub(crate) altname: String,
    pub(crate) decimals: u32,
    pub(crate) display_decimals: u32,
}

#[derive(Debug, Clone)]
pub(crate) struct Book {
    pub(crate) bid: Decimal,
    pub(crate) ask: Decimal,
    pub(crate) last: Decimal,
    pub(crate) bid_volume: Option<Decimal>,
    pub(crate) ask_volume: Option<Decimal>,
}

#[derive(Debug, Clone)]
pub(crate) struct Pair {
    pub(crate) key: String,
    pub(crate) altname: String,
    pub(crate) wsname: String,
    pub(crate) base: String,
    pub(crate) quote: String,
    pub(crate) price_decimals: u32,
    pub(crate) ordermin: Decimal,
    pub(crate) costmin: Decimal,
    pub(crate) status: SystemStatus,
    /// What the candles wave around.
    pub(crate) reference: Decimal,
    pub(crate) book: Book,
}

/// Decimals of volumes, costs and fees; the same for all pairs here.
pub(crate) const LOT_DECIMALS: u32 = 8;
pub(crate) const COST_DECIMALS: u32 = 5;

impl Pair {
    fn new(spec: PairSpec) -> Self {
        let PairSpec {
            base,
            quote,
            bid,
            ask,
            price_decimals,
            ordermin,
            costmin,
        } = spec;
        let (base_name, quote_name) = (altname(&base), altname(&quote));
        let altname = format!("{base_name}{quote_name}");
        // Only pairs of two old four-letter codes are called by the codes.
        let old = base_name != base && quote_name != quote;
        Self {
            key: if old {
                format!("{base}{quote}")
            } else {
                altname.clone()
            },
            wsname: format!("{base_name}/{quote_name}"),
            altname,
            base,
            quote,
            price_decimals,
            ordermin,
            costmin,
            status: SystemStatus::Online,
            reference: bid,
            book: Book {
                bid,
                ask,
                last: bid,
                bid_volume: None,
                ask_volume: None,
            },
        }
    }

    pub(crate) fn tick(&self) -> Decimal {
        Decimal::new(1, self.price_decimals)
    }

    pub(crate) fn price(&self, value: Decimal) -> String {
        fixed(value, self.price_decimals)
    }

    /// `BTC/USD`: the name of `assetVersion=1`, and one that requests may use.
    pub(crate) fn modern_name(&self) -> String {
        format!(
            "{}/{}",
            modern_asset(altname(&self.base)),
            modern_asset(altname(&self.quote))
        )
    }

    fn is_called(&self, name: &str) -> bool {
        let modern = self.modern_name();
        name == self.key
            || name == self.altname
            || name == self.wsname
            || name == modern
            || name == modern.replace('/', "")
    }
}

#[derive(Debug)]
pub(crate) struct Market {
    pub(crate) status: SystemStatus,
    pub(crate) assets: BTreeMap<String, Asset>,
    pub(crate) pairs: BTreeMap<String, Pair>,
}

impl Market {
    pub(crate) fn new(status: SystemStatus, pairs: &[PairSpec]) -> Self {
        let asset = |(key, decimals, display_decimals): (&str, u32, u32)| {
            (
                key.to_owned(),
                Asset {
                    altname: altname(key).to_owned(),
                    decimals,
                    display_decimals,
                },
            )
        };
        let assets = [
            ("ZUSD", 4, 2),
            ("ZEUR", 4, 2),
            ("XXBT", 10, 5),
            ("XETH", 10, 5),
            ("SOL", 10, 5),
            ("ADA", 8, 6),
        ];
        let mut market = Self {
            status,
            assets: assets.into_iter().map(asset).collect(),
            pairs: BTreeMap::new(),
        };
        let built_in = [
            ("XXBT", "ZUSD", 300_000, 300_001, 1, 1, 4),
            ("XXBT", "ZEUR", 270_000, 270_001, 1, 1, 4),
            ("XETH", "ZUSD", 200_000, 200_001, 2, 2, 3),
            ("XETH", "ZEUR", 180_000, 180_001, 2, 2, 3),
            ("SOL", "ZUSD", 10_000, 10_001, 2, 2, 2),
            ("ADA", "ZUSD", 450_000, 450_010, 6, 44, 1),
        ];
        for (base, quote, bid, ask, decimals, ordermin, ordermin_decimals) in built_in {
            market.add(PairSpec {
                base: base.to_owned(),
                quote: quote.to_owned(),
                bid: Decimal::new(bid, decimals),
                ask: Decimal::new(ask, decimals),
                price_decimals: decimals,
                ordermin: Decimal::new(ordermin, ordermin_decimals),
                costmin: smallest_cost(),
            });
        }
        for pair in pairs {
            market.add(pair.clone());
        }
        market
    }

    /// Adds the pair, or starts it anew; returns its key.
    pub(crate) fn add(&mut self, spec: PairSpec) -> String {
        for asset in [&spec.base, &spec.quote] {
            self.assets.entry(asset.clone()).or_insert_with(|| Asset {
                altname: altname(asset).to_owned(),
                decimals: 10,
                display_decimals: 5,
            });
        }
        let pair = Pair::new(spec);
        let key = pair.key.clone();
        self.pairs.insert(key.clone(), pair);
        key
    }

    pub(crate) fn pair(&self, name: &str) -> Result<&Pair, Refusal> {
        self.pairs
            .values()
            .find(|pair| pair.is_called(name))
            .ok_or_else(|| "EQuery:Unknown asset pair".into())
    }

    pub(crate) fn pair_mut(&mut self, name: &str) -> Result<&mut Pair, Refusal> {
        self.pairs
            .values_mut()
            .find(|pair| pair.is_called(name))
            .ok_or_else(|| "EQuery:Unknown asset pair".into())
    }

    /// The asset of this name, old, alternative or modern.
    pub(crate) fn asset(&self, name: &str) -> Option<(&String, &Asset)> {
        self.assets.iter().find(|(key, asset)| {
            *key == name || asset.altname == name || modern_asset(&asset.altname) == name
        })
    }

    /// An amount with the asset's decimals.
    pub(crate) fn amount(&self, asset: &str, value: Decimal) -> String {
        fixed(
            value,
            self.assets.get(asset).map_or(10, |asset| asset.decimals),
        )
    }
}

/// Kraken's old codes carry a leading X or Z.
fn altname(asset: &str) -> &str {
    match asset {
        "XXBT" | "XETH" | "ZUSD" | "ZEUR" => asset.get(1..).unwrap_or(asset),
        other => other,
    }
}

pub(crate) fn modern_asset(altname: &str) -> &str {
    match altname {
        "XBT" => "BTC",
        other => other,
    }
}

/// Exactly so many decimals, as Kraken writes amounts.
pub(crate) fn fixed(value: Decimal, decimals: u32) -> String {
    let mut value = value.round_dp(decimals);
    value.rescale(decimals);
    value.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pair_answers_to_all_its_names() {
        let market = Market::new(SystemStatus::Online, &[]);
        for name in ["XXBTZUSD", "XBTUSD", "XBT/USD", "BTC/USD", "BTCUSD"] {
            assert_eq!(market.pair(name).unwrap().key, "XXBTZUSD", "{name}");
        }
        assert_eq!(market.pair("SOL/USD").unwrap().key, "SOLUSD");
        assert!(market.pair("NOPE").is_err());
    }

    #[test]
    fn amounts_have_exactly_the_assets_decimals() {
        assert_eq!(fixed(Decimal::new(15, 1), 4), "1.5000");
        assert_eq!(fixed(Decimal::new(123_456, 5), 2), "1.23");
    }
}
