//! Orders and trades as Kraken has them, and what one is placed with.

use std::collections::BTreeMap;

use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;
use serde::Deserialize;

use crate::amount::Amount;

/// Which way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Side {
    /// Base for quote.
    Buy,
    /// Quote for base.
    Sell,
}

impl Side {
    /// As Kraken writes it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Buy => "buy",
            Self::Sell => "sell",
        }
    }
}

/// How far an order is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum OrderStatus {
    /// Taken, not in the book yet.
    Pending,
    /// In the book.
    Open,
    /// Carried out wholly.
    Closed,
    /// Taken back.
    Canceled,
    /// Past its end.
    Expired,
}

/// An order at the exchange. Times are milliseconds since the Unix epoch.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "named as in the contract spindle:exchange")]
pub struct Order {
    pub txid: String,
    pub client_id: Option<String>,
    pub status: OrderStatus,
    pub pair: String,
    pub side: Side,
    pub order_type: String,
    pub volume: Decimal,
    pub limit_price: Option<Decimal>,
    pub executed: Decimal,
    pub cost: Decimal,
    pub fee: Decimal,
    pub average_price: Option<Decimal>,
    pub reason: Option<String>,
    pub opened_at: i64,
    pub closed_at: Option<i64>,
}

/// One execution. `at` is in milliseconds since the Unix epoch.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "named as in the contract spindle:exchange")]
pub struct Trade {
    pub txid: String,
    pub order_txid: String,
    pub pair: String,
    pub side: Side,
    pub order_type: String,
    pub price: Decimal,
    pub volume: Decimal,
    pub cost: Decimal,
    pub fee: Decimal,
    pub maker: Option<bool>,
    pub at: i64,
}

/// What an order is placed with. It is a market order without a limit.
#[derive(Debug, Clone, Copy)]
pub struct NewOrder<'a> {
    /// A UUID of ours.
    pub client_id: &'a str,
    /// Any name of the pair.
    pub pair: &'a str,
    /// Which way.
    pub side: Side,
    /// In units of the base asset.
    pub volume: Decimal,
    /// The worst price that is accepted.
    pub limit_price: Option<Decimal>,
    /// Never takes from the book.
    pub post_only: bool,
    /// RFC 3339, between 2 and 60 seconds from now.
    pub deadline: &'a str,
}

impl NewOrder<'_> {
    /// The form. There is no `validate` in it, whose every value, "false" too, once made an order a mere check.
    pub(crate) fn parameters(&self) -> Vec<(&'static str, String)> {
        let mut form = vec![
            ("pair", self.pair.to_owned()),
            ("type", self.side.name().to_owned()),
            ("volume", self.volume.normalize().to_string()),
            ("cl_ord_id", self.client_id.to_owned()),
            ("deadline", self.deadline.to_owned()),
        ];
        match self.limit_price {
            None => form.push(("ordertype", "market".to_owned())),
            Some(price) => {
                form.push(("ordertype", "limit".to_owned()));
                form.push(("price", price.normalize().to_string()));
            }
        }
        if self.post_only {
            form.push(("oflags", "post".to_owned()));
        }
        form
    }
}

#[derive(Debug, Deserialize)]
pub(crate) struct Placed {
    pub(crate) descr: Description,
    #[serde(default)]
    pub(crate) txid: Vec<String>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Description {
    #[serde(default)]
    pub(crate) order: String,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Cancelled {
    #[serde(default)]
    pub(crate) count: u32,
}

#[derive(Debug, Deserialize)]
pub(crate) struct OpenOrders {
    #[serde(default)]
    open: BTreeMap<String, OrderEntry>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct ClosedOrders {
    #[serde(default)]
    closed: BTreeMap<String, OrderEntry>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct TradesHistory {
    #[serde(default)]
    trades: BTreeMap<String, TradeEntry>,
}

#[derive(Debug, Deserialize)]
struct OrderEntry {
    cl_ord_id: Option<String>,
    status: OrderStatus,
    descr: OrderDescription,
    vol: Amount,
    vol_exec: Amount,
    cost: Amount,
    fee: Amount,
    price: Option<Amount>,
    reason: Option<String>,
    opentm: Amount,
    closetm: Option<Amount>,
}

#[derive(Debug, Deserialize)]
struct OrderDescription {
    pair: String,
    #[serde(rename = "type")]
    side: Side,
    ordertype: String,
    price: Option<Amount>,
}

#[derive(Debug, Deserialize)]
struct TradeEntry {
    ordertxid: String,
    pair: String,
    time: Amount,
    #[serde(rename = "type")]
    side: Side,
    ordertype: String,
    price: Amount,
    cost: Amount,
    fee: Amount,
    vol: Amount,
    maker: Option<bool>,
}

impl From<OpenOrders> for Vec<Order> {
    fn from(answer: OpenOrders) -> Self {
        newest_first(answer.open)
    }
}

impl From<ClosedOrders> for Vec<Order> {
    fn from(answer: ClosedOrders) -> Self {
        newest_first(answer.closed)
    }
}

impl From<TradesHistory> for Vec<Trade> {
    fn from(answer: TradesHistory) -> Self {
        let mut trades: Self = answer.trades.into_iter().map(trade).collect();
        trades.sort_by(|one, two| (two.at, &two.txid).cmp(&(one.at, &one.txid)));
        trades
    }
}

fn newest_first(entries: BTreeMap<String, OrderEntry>) -> Vec<Order> {
    let mut orders: Vec<Order> = entries.into_iter().map(order).collect();
    orders.sort_by(|one, two| (two.opened_at, &two.txid).cmp(&(one.opened_at, &one.txid)));
    orders
}

fn order((txid, entry): (String, OrderEntry)) -> Order {
    let positive = |amount: Option<Amount>| {
        amount
            .map(|amount| amount.0)
            .filter(|amount| !amount.is_zero())
    };
    Order {
        txid,
        client_id: entry.cl_ord_id,
        status: entry.status,
        pair: entry.descr.pair,
        side: entry.descr.side,
        order_type: entry.descr.ordertype,
        volume: entry.vol.0,
        limit_price: positive(entry.descr.price),
        executed: entry.vol_exec.0,
        cost: entry.cost.0,
        fee: entry.fee.0,
        average_price: positive(entry.price),
        reason: entry.reason,
        opened_at: milliseconds(entry.opentm),
        closed_at: entry.closetm.map(milliseconds),
    }
}

fn trade((txid, entry): (String, TradeEntry)) -> Trade {
    Trade {
        txid,
        order_txid: entry.ordertxid,
        pair: entry.pair,
        side: entry.side,
        order_type: entry.ordertype,
        price: entry.price.0,
        volume: entry.vol.0,
        cost: entry.cost.0,
        fee: entry.fee.0,
        maker: entry.maker,
        at: milliseconds(entry.time),
    }
}

/// Kraken's times are seconds with decimals.
fn milliseconds(seconds: Amount) -> i64 {
    seconds
        .0
        .checked_mul(Decimal::ONE_THOUSAND)
        .and_then(|millis| millis.trunc().to_i64())
        .unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn krakens_own_examples_are_read() {
        let open = r#"{"open":{"OQCLML-BW3P3-BUCMWZ":{"refid":null,"userref":0,"status":"open","opentm":1688666559.8974,
            "starttm":0,"expiretm":0,"descr":{"pair":"XBTUSD","type":"buy","ordertype":"limit","price":"30010.0","price2":"0",
            "leverage":"none","order":"buy 1.25000000 XBTUSD @ limit 30010.0","close":""},"vol":"1.25000000",
            "vol_exec":"0.37500000","cost":"11253.7","fee":"0.00000","price":"30010.0","stopprice":"0.00000",
            "limitprice":"0.00000","misc":"","oflags":"fciq","trades":["TCCCTY-WE2O6-P3NB37"]}}}"#;
        let orders: Vec<Order> = serde_json::from_str::<OpenOrders>(open).unwrap().into();
        assert_eq!(orders.len(), 1);
        assert_eq!(
            (orders[0].opened_at, orders[0].executed, orders[0].status),
            (1_688_666_559_897, Decimal::new(375, 3), OrderStatus::Open)
        );
        let trades = r#"{"trades":{"THVRQM-33VKH-UCI7BS":{"ordertxid":"OQCLML-BW3P3-BUCMWZ","postxid":"TKH2SE-M7IF5-CFI7LT",
            "pair":"XXBTZUSD","time":1688667796.8802,"type":"buy","ordertype":"limit","price":"30010.00000","cost":"600.20000",
            "fee":"0.00000","vol":"0.02000000","margin":"0.00000","misc":"","trade_id":40274859,"maker":true}}}"#;
        let trades: Vec<Trade> = serde_json::from_str::<TradesHistory>(trades)
            .unwrap()
            .into();
        assert_eq!(
            (trades[0].cost, trades[0].maker, trades[0].at),
            (Decimal::new(60_020_000, 5), Some(true), 1_688_667_796_880)
        );
    }

    #[test]
    fn a_live_order_is_never_a_mere_check_and_never_borrows() {
        let order = NewOrder {
            client_id: "0192f0c1-2b3c-7d4e-8f90-123456789abc",
            pair: "XBTUSD",
            side: Side::Buy,
            volume: Decimal::new(10, 4),
            limit_price: Some(Decimal::new(300_100, 1)),
            post_only: true,
            deadline: "2026-11-21T08:00:15.000Z",
        };
        let form = order.parameters();
        let names: Vec<&str> = form.iter().map(|(name, _)| *name).collect();
        for never in ["validate", "leverage", "userref", "close[ordertype]"] {
            assert!(!names.contains(&never), "{never}");
        }
        assert!(form.contains(&("volume", "0.001".to_owned())));
        assert!(form.contains(&("price", "30010".to_owned())));
    }
}
