//! What orders and trades an account has and had.

use serde::ser::{Serialize, SerializeMap, Serializer};
use serde_json::Value;

use crate::clock::{Micros, SECOND};
use crate::order::{Order, Trade};
use crate::params::Params;
use crate::reply::{Answer, Ordered, Refusal, invalid_argument, result};
use crate::state::State;

const PAGE: usize = 50;

pub(crate) fn open_orders(state: &State, account: &str, params: &Params) -> Answer {
    let with_trades = params.is_true("trades");
    let named = named(params)?;
    let orders = mine(state, account).filter(|(_, order)| order.is_open() && named(order));
    let open =
        orders.filter_map(|(id, order)| Some((id.clone(), describe(state, order, with_trades)?)));
    result(&Listing {
        name: "open",
        rows: Ordered(open.collect()),
        count: None,
    })
}

pub(crate) fn closed_orders(
    state: &State,
    api_key: &str,
    account: &str,
    params: &Params,
) -> Answer {
    let with_trades = params.is_true("trades");
    let named = named(params)?;
    // An id stands for its order's opening.
    let period = Period::new(state, api_key, params, |id| {
        state.orders.get(id).map(|order| order.opened)
    })?;
    let by = params.get("closetime").unwrap_or("both");
    if !matches!(by, "open" | "close" | "both") {
        return Err(invalid_argument("closetime"));
    }
    let within = |order: &Order| {
        let closed = order.closed.unwrap_or(order.opened);
        match by {
            "open" => period.has(order.opened),
            "close" => period.has(closed),
            _ => period.has(order.opened) || period.has(closed),
        }
    };
    let mut found: Vec<(&String, &Order)> = mine(state, account)
        .filter(|(_, order)| !order.is_open() && named(order) && within(order))
        .collect();
    found.sort_by_key(|(id, order)| std::cmp::Reverse((order.closed, *id)));
    let count = found.len();
    let page = found.into_iter().skip(offset(params)?).take(PAGE);
    let closed =
        page.filter_map(|(id, order)| Some((id.clone(), describe(state, order, with_trades)?)));
    let count = count_unless_unwanted(params, count);
    result(&Listing {
        name: "closed",
        rows: Ordered(closed.collect()),
        count,
    })
}

pub(crate) fn query_orders(state: &State, api_key: &str, account: &str, params: &Params) -> Answer {
    let ids: Vec<&str> = params
        .get("txid")
        .ok_or_else(|| invalid_argument("txid"))?
        .split(',')
        .collect();
    if ids.len() > PAGE {
        return Err(invalid_argument("txid"));
    }
    let may = |permission: &str| {
        state
            .keys
            .get(api_key)
            .is_some_and(|key| key.spec.permissions.iter().any(|held| held == permission))
    };
    let (may_open, may_closed) = (may("query-open-trades"), may("query-closed-trades"));
    let find = |id: &str| {
        let order = state
            .orders
            .get(id)
            .filter(|order| order.account == account);
        let order = order.ok_or_else(|| Refusal::from("EOrder:Unknown order"))?;
        if if order.is_open() {
            !may_open
        } else {
            !may_closed
        } {
            return Err((&state.config.errors.permission_denied).into());
        }
        let value = describe(state, order, params.is_true("trades"));
        value
            .map(|value| (id.to_owned(), value))
            .ok_or_else(|| Refusal::from("EOrder:Unknown order"))
    };
    result(&Ordered(
        ids.into_iter().map(find).collect::<Result<Vec<_>, _>>()?,
    ))
}

pub(crate) fn trades(state: &State, api_key: &str, account: &str, params: &Params) -> Answer {
    let period = Period::new(state, api_key, params, |id| {
        state.trades.get(id).map(|trade| trade.at)
    })?;
    let pair = params
        .get("pair")
        .map(|name| state.market.pair(name))
        .transpose()?;
    // There are no positions here, so the types that ask for them find nothing.
    let spot = matches!(params.get("type").unwrap_or("all"), "all" | "no position");
    let wanted = |trade: &Trade| {
        spot && trade.account == account
            && period.has(trade.at)
            && pair.is_none_or(|pair| pair.key == trade.pair)
    };
    let limit = params
        .parsed::<usize>("limit")?
        .unwrap_or(PAGE)
        .clamp(1, 100);
    let found: Vec<(&String, &Trade)> = state
        .trades
        .iter()
        .rev()
        .filter(|(_, trade)| wanted(trade))
        .collect();
    let count = found.len();
    let page = found.into_iter().skip(offset(params)?).take(limit);
    let rows = Ordered(page.map(|(id, trade)| (id.clone(), trade.json())).collect());
    result(&Listing {
        name: "trades",
        rows,
        count: count_unless_unwanted(params, count),
    })
}

fn mine<'a>(state: &'a State, account: &str) -> impl Iterator<Item = (&'a String, &'a Order)> {
    state
        .orders
        .iter()
        .filter(move |(_, order)| order.account == account)
}

fn describe(state: &State, order: &Order, with_trades: bool) -> Option<Value> {
    Some(order.json(state.market.pairs.get(&order.pair)?, with_trades))
}

/// The filter by `userref` or `cl_ord_id`.
fn named(params: &Params) -> Result<impl Fn(&Order) -> bool, Refusal> {
    let userref = params.parsed::<i32>("userref")?;
    let id = params.get("cl_ord_id");
    Ok(move |order: &Order| {
        (userref.is_none() || order.userref == userref)
            && (id.is_none() || order.cl_ord_id.as_deref() == id)
    })
}

fn offset(params: &Params) -> Result<usize, Refusal> {
    Ok(params.parsed("ofs")?.unwrap_or(0))
}

/// `{"closed": {…}, "count": 2}`, the rows in their own order.
struct Listing<'a> {
    name: &'a str,
    rows: Ordered<Value>,
    count: Option<usize>,
}

impl Serialize for Listing<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry(self.name, &self.rows)?;
        if let Some(count) = self.count {
            map.serialize_entry("count", &count)?;
        }
        map.end()
    }
}

fn count_unless_unwanted(params: &Params, count: usize) -> Option<usize> {
    (!params.is_true("without_count")).then_some(count)
}

/// `start` excluded, `end` included, each a time or an id, and never beyond what the key may see.
struct Period {
    start: Micros,
    end: Micros,
}

impl Period {
    fn new(
        state: &State,
        api_key: &str,
        params: &Params,
        when: impl Fn(&str) -> Option<Micros>,
    ) -> Result<Self, Refusal> {
        let bound = |name: &str| match params.get(name) {
            None => Ok(None),
            Some(text) => seconds(text)
                .or_else(|| when(text))
                .map(Some)
                .ok_or_else(|| invalid_argument(name)),
        };
        let spec = state.keys.get(api_key).map(|key| &key.spec);
        let from = spec.map_or(0, |spec| spec.query_from) * SECOND;
        let to = spec
            .map(|spec| spec.query_to)
            .filter(|to| *to > 0)
            .map_or(Micros::MAX, |to| to * SECOND);
        Ok(Self {
            start: bound("start")?.unwrap_or(Micros::MIN).max(from - 1),
            end: bound("end")?.unwrap_or(Micros::MAX).min(to),
        })
    }

    const fn has(&self, at: Micros) -> bool {
        self.start < at && at <= self.end
    }
}

/// Unix seconds with or without decimals.
fn seconds(text: &str) -> Option<Micros> {
    let seconds: rust_decimal::Decimal = text.parse().ok()?;
    let micros = seconds.checked_mul(rust_decimal::Decimal::from(SECOND))?;
    i64::try_from(micros.round().mantissa())
        .ok()
        .filter(|_| micros.round().scale() == 0)
}
