//! Orders and trades as Kraken describes them.

use rust_decimal::Decimal;
use serde_json::{Value, json};

use crate::clock::{Micros, float_seconds};
use crate::market::{COST_DECIMALS, LOT_DECIMALS, Pair, fixed};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Side {
    Buy,
    Sell,
}

impl Side {
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Buy => "buy",
            Self::Sell => "sell",
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Status {
    Open,
    Closed,
    Canceled,
    Expired,
}

impl Status {
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Closed => "closed",
            Self::Canceled => "canceled",
            Self::Expired => "expired",
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TimeInForce {
    GoodTillCanceled,
    ImmediateOrCancel,
    GoodTillDate,
    FillOrKill,
}

impl TimeInForce {
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::GoodTillCanceled => "gtc",
            Self::ImmediateOrCancel => "ioc",
            Self::GoodTillDate => "gtd",
            Self::FillOrKill => "fok",
        }
    }
}

#[derive(Debug, Clone)]
pub(crate) struct Order {
    pub(crate) account: String,
    /// The pair's key.
    pub(crate) pair: String,
    pub(crate) side: Side,
    /// None: a market order.
    pub(crate) limit: Option<Decimal>,
    pub(crate) volume: Decimal,
    pub(crate) executed: Decimal,
    pub(crate) cost: Decimal,
    pub(crate) fee: Decimal,
    pub(crate) status: Status,
    pub(crate) reason: Option<String>,
    pub(crate) userref: Option<i32>,
    pub(crate) cl_ord_id: Option<String>,
    pub(crate) flags: String,
    pub(crate) time_in_force: TimeInForce,
    pub(crate) opened: Micros,
    pub(crate) closed: Option<Micros>,
    pub(crate) expires: Option<Micros>,
    pub(crate) trades: Vec<String>,
}

impl Order {
    pub(crate) fn remaining(&self) -> Decimal {
        self.volume - self.executed
    }

    pub(crate) fn is_open(&self) -> bool {
        self.status == Status::Open
    }

    pub(crate) fn end(&mut self, status: Status, reason: Option<&str>, now: Micros) {
        self.status = status;
        self.reason = reason.map(str::to_owned);
        self.closed = Some(now);
    }

    /// `buy 1.25000000 XBTUSD @ limit 30010.0`
    pub(crate) fn description(&self, pair: &Pair) -> String {
        let volume = fixed(self.volume, LOT_DECIMALS);
        let how = self.limit.map_or_else(
            || "market".to_owned(),
            |limit| format!("limit {}", pair.price(limit)),
        );
        format!("{} {volume} {} @ {how}", self.side.name(), pair.altname)
    }

    pub(crate) fn json(&self, pair: &Pair, with_trades: bool) -> Value {
        let average = if self.executed.is_zero() {
            Decimal::ZERO
        } else {
            self.cost / self.executed
        };
        let mut value = json!({
            "refid": null, "userref": self.userref, "status": self.status.name(),
            "opentm": float_seconds(self.opened), "starttm": 0,
            "expiretm": self.expires.map_or_else(|| json!(0), |at| json!(float_seconds(at))),
            "descr": {
                "pair": pair.altname, "type": self.side.name(),
                "ordertype": if self.limit.is_some() { "limit" } else { "market" },
                "price": self.limit.map_or_else(|| "0".to_owned(), |limit| pair.price(limit)),
                "price2": "0", "leverage": "none", "order": self.description(pair), "close": "",
            },
            "vol": fixed(self.volume, LOT_DECIMALS), "vol_exec": fixed(self.executed, LOT_DECIMALS),
            "cost": fixed(self.cost, COST_DECIMALS), "fee": fixed(self.fee, COST_DECIMALS), "price": pair.price(average),
            "stopprice": "0.00000", "limitprice": "0.00000", "misc": "", "oflags": self.flags,
            "time_in_force": self.time_in_force.name(),
        });
        if let Value::Object(members) = &mut value {
            if let Some(id) = &self.cl_ord_id {
                members.insert("cl_ord_id".to_owned(), json!(id));
            }
            if let Some(at) = self.closed {
                members.insert("closetm".to_owned(), json!(float_seconds(at)));
            }
            // Absent, not null, where an order ended by itself: strict clients insist on it.
            if let Some(reason) = &self.reason {
                members.insert("reason".to_owned(), json!(reason));
            }
            if with_trades {
                members.insert("trades".to_owned(), json!(self.trades));
            }
        }
        value
    }
}

/// An order as a test sees it, past the interface whose answers may be lost.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrderRecord {
    /// The exchange's id of it.
    pub txid: String,
    /// Whose it is.
    pub account: String,
    /// `cl_ord_id`, if it has one.
    pub client_id: Option<String>,
    /// Whether it rests.
    pub is_open: bool,
    /// In units of the base asset.
    pub executed: Decimal,
    /// In units of the quote asset.
    pub cost: Decimal,
    /// In units of the quote asset.
    pub fee: Decimal,
    /// Ids of its executions, oldest first.
    pub trades: Vec<String>,
}

impl OrderRecord {
    pub(crate) fn of(txid: &str, order: &Order) -> Self {
        Self {
            txid: txid.to_owned(),
            account: order.account.clone(),
            client_id: order.cl_ord_id.clone(),
            is_open: order.is_open(),
            executed: order.executed,
            cost: order.cost,
            fee: order.fee,
            trades: order.trades.clone(),
        }
    }
}

#[derive(Debug, Clone)]
pub(crate) struct Trade {
    pub(crate) number: u64,
    pub(crate) account: String,
    pub(crate) order: String,
    pub(crate) pair: String,
    pub(crate) side: Side,
    pub(crate) limit_order: bool,
    pub(crate) price: Decimal,
    pub(crate) volume: Decimal,
    pub(crate) cost: Decimal,
    pub(crate) fee: Decimal,
    pub(crate) maker: bool,
    pub(crate) at: Micros,
}

impl Trade {
    pub(crate) fn json(&self) -> Value {
        json!({
            "ordertxid": self.order, "postxid": transaction_id('P', self.number), "pair": self.pair,
            "time": float_seconds(self.at), "type": self.side.name(),
            "ordertype": if self.limit_order { "limit" } else { "market" },
            "price": fixed(self.price, COST_DECIMALS), "cost": fixed(self.cost, COST_DECIMALS),
            "fee": fixed(self.fee, COST_DECIMALS), "vol": fixed(self.volume, LOT_DECIMALS),
            "margin": "0.00000", "leverage": "0", "misc": "", "trade_id": self.number, "maker": self.maker,
        })
    }
}

/// `OSIM00-00000-000001`: Kraken's shape, counted.
pub(crate) fn transaction_id(kind: char, number: u64) -> String {
    format!(
        "{kind}SIM00-{:05}-{:06}",
        number / 1_000_000,
        number % 1_000_000
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_have_krakens_shape() {
        assert_eq!(transaction_id('O', 1), "OSIM00-00000-000001");
        assert_eq!(transaction_id('T', 12_345_678), "TSIM00-00012-345678");
    }
}
