//! Market data: needs no key.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use rust_decimal::Decimal;
use serde_json::{Value, json};

use crate::candles;
use crate::clock::SECOND;
use crate::market::{LOT_DECIMALS, Market, Pair, SystemStatus, fixed, modern_asset};
use crate::params::Params;
use crate::reply::{Answer, Ordered, Refusal, invalid_argument, result};
use crate::state::State;

impl State {
    pub(crate) fn public(&self, method: &str, params: &Params) -> Answer {
        match method {
            "Time" => self.time(),
            "SystemStatus" => self.system_status(),
            "Assets" => assets(&self.market, params),
            "AssetPairs" => self.asset_pairs(params),
            "Ticker" => ticker(&self.market, params),
            "Depth" => self.depth(params),
            "OHLC" => self.ohlc(params),
            _ => Err((&self.config.errors.unknown_method).into()),
        }
    }

    fn utc(&self) -> DateTime<Utc> {
        DateTime::from_timestamp_micros(self.now()).unwrap_or_default()
    }

    fn time(&self) -> Answer {
        let now = self.utc();
        result(
            &json!({ "unixtime": now.timestamp(), "rfc1123": now.format("%a, %d %b %y %H:%M:%S +0000").to_string() }),
        )
    }

    fn system_status(&self) -> Answer {
        result(
            &json!({ "status": self.market.status, "timestamp": self.utc().format("%Y-%m-%dT%H:%M:%SZ").to_string() }),
        )
    }

    fn asset_pairs(&self, params: &Params) -> Answer {
        let percent = |fee: Decimal| -> Result<Value, Refusal> {
            let text = (fee * Decimal::ONE_HUNDRED).normalize().to_string();
            serde_json::from_str(&text).map_err(|_| "EGeneral:Internal error".into())
        };
        let (taker, maker) = (
            percent(self.config.fees.taker)?,
            percent(self.config.fees.maker)?,
        );
        let describe = |pair: &Pair| {
            json!({
                "altname": pair.altname, "wsname": pair.wsname,
                "aclass_base": "currency", "base": pair.base, "aclass_quote": "currency", "quote": pair.quote,
                "lot": "unit", "cost_decimals": crate::market::COST_DECIMALS, "pair_decimals": pair.price_decimals,
                "lot_decimals": LOT_DECIMALS, "lot_multiplier": 1, "leverage_buy": [], "leverage_sell": [],
                "fees": [[0, taker]], "fees_maker": [[0, maker]], "fee_volume_currency": "ZUSD",
                "margin_call": 80, "margin_stop": 40,
                "ordermin": pair.ordermin.normalize().to_string(), "costmin": pair.costmin.normalize().to_string(),
                "tick_size": pair.tick().to_string(), "status": pair.status,
            })
        };
        per_pair(&self.market, params, describe)
    }

    fn depth(&self, params: &Params) -> Answer {
        let pair = self
            .market
            .pair(params.get("pair").ok_or_else(|| invalid_argument("pair"))?)?;
        let count = params.parsed::<u32>("count")?.unwrap_or(100).clamp(1, 500);
        let now = self.now() / SECOND;
        let side = |best: Decimal, volume: Option<Decimal>, step: Decimal| {
            let level = |n: u32| {
                let volume = if n == 0 {
                    shown(volume)
                } else {
                    Decimal::from(n + 1)
                };
                json!([
                    pair.price(best + step * Decimal::from(n)),
                    fixed(volume, 3),
                    now
                ])
            };
            (0..count).map(level).collect::<Vec<_>>()
        };
        let asks = side(pair.book.ask, pair.book.ask_volume, pair.tick());
        let bids = side(pair.book.bid, pair.book.bid_volume, -pair.tick());
        result(&json!({ name(pair, params): { "asks": asks, "bids": bids } }))
    }

    fn ohlc(&self, params: &Params) -> Answer {
        let pair = self
            .market
            .pair(params.get("pair").ok_or_else(|| invalid_argument("pair"))?)?;
        let interval = params.parsed::<i64>("interval")?.unwrap_or(1);
        if !candles::INTERVALS.contains(&interval) {
            return Err(invalid_argument("interval"));
        }
        let since = params.parsed::<i64>("since")?.unwrap_or(0);
        let (rows, last) = candles::rows(pair, interval, since, self.now() / SECOND);
        result(&Ordered(vec![
            (name(pair, params), json!(rows)),
            ("last".to_owned(), json!(last)),
        ]))
    }
}

fn assets(market: &Market, params: &Params) -> Answer {
    let describe = |(key, asset): (&String, &crate::market::Asset)| {
        let name = if params.get("assetVersion") == Some("1") {
            modern_asset(&asset.altname)
        } else {
            key
        };
        let value = json!({
            "aclass": "currency", "altname": asset.altname, "decimals": asset.decimals,
            "display_decimals": asset.display_decimals, "collateral_value": 1, "status": "enabled",
        });
        (name.to_owned(), value)
    };
    let Some(wanted) = params.get("asset") else {
        return result(
            &market
                .assets
                .iter()
                .map(describe)
                .collect::<BTreeMap<_, _>>(),
        );
    };
    let find = |asset: &str| {
        market
            .asset(asset)
            .map(describe)
            .ok_or_else(|| Refusal::from("EQuery:Unknown asset"))
    };
    result(
        &wanted
            .split(',')
            .map(find)
            .collect::<Result<BTreeMap<_, _>, _>>()?,
    )
}

fn ticker(market: &Market, params: &Params) -> Answer {
    per_pair(market, params, |pair| {
        let book = &pair.book;
        let quote = |price: Decimal, volume: Option<Decimal>| {
            let volume = shown(volume);
            json!([pair.price(price), fixed(volume, 0), fixed(volume, 3)])
        };
        let low = pair.price(pair.reference * Decimal::new(95, 2));
        let high = pair.price(pair.reference * Decimal::new(105, 2));
        json!({
            "a": quote(book.ask, book.ask_volume), "b": quote(book.bid, book.bid_volume),
            "c": [pair.price(book.last), fixed(Decimal::new(25, 2), LOT_DECIMALS)],
            "v": ["500.00000000", "1000.00000000"], "p": [pair.price(pair.reference), pair.price(pair.reference)],
            "t": [5000, 10000], "l": [low, low], "h": [high, high], "o": pair.price(pair.reference),
        })
    })
}

/// One member per wanted pair; all without `pair`.
fn per_pair(market: &Market, params: &Params, describe: impl Fn(&Pair) -> Value) -> Answer {
    let pairs: Vec<&Pair> = match params.get("pair") {
        None => market.pairs.values().collect(),
        Some(names) => names
            .split(',')
            .map(|name| market.pair(name))
            .collect::<Result<_, _>>()?,
    };
    result(
        &pairs
            .into_iter()
            .map(|pair| (name(pair, params), describe(pair)))
            .collect::<BTreeMap<_, _>>(),
    )
}

fn name(pair: &Pair, params: &Params) -> String {
    if params.get("assetVersion") == Some("1") {
        pair.modern_name()
    } else {
        pair.key.clone()
    }
}

/// A volume without a limit is shown as a thousand.
fn shown(volume: Option<Decimal>) -> Decimal {
    volume.unwrap_or(Decimal::ONE_THOUSAND)
}

impl SystemStatus {
    /// What a new order is told, if the state forbids it.
    pub(crate) fn forbids(self, post_only: bool, market_order: bool) -> Option<&'static str> {
        match self {
            Self::Maintenance => Some("EService:Unavailable"),
            Self::CancelOnly => Some("EService:Market in cancel_only mode"),
            Self::PostOnly if !post_only => Some("EService:Market in post_only mode"),
            Self::LimitOnly if market_order => Some("EService:Market in limit_only mode"),
            Self::Online | Self::PostOnly | Self::LimitOnly => None,
        }
    }
}
