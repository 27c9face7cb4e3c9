//! Taking orders back.

use chrono::DateTime;
use serde_json::json;

use crate::account::Tier;
use crate::clock::{Micros, SECOND};
use crate::order::{Order, Status};
use crate::params::Params;
use crate::reply::{Answer, Refusal, invalid_argument, result};
use crate::state::State;

const REQUESTED: &str = "User requested";

/// By `txid`, which may also be a userref, or by `cl_ord_id`.
pub(crate) fn cancel_order(state: &mut State, account: &str, params: &Params) -> Answer {
    let named: Vec<String> = match (params.get("txid"), params.get("cl_ord_id")) {
        (Some(_), Some(_)) => return Err(invalid_argument("cl_ord_id")),
        (None, None) => return Err(invalid_argument("txid")),
        (Some(id), None) => {
            let userref = id.parse::<i32>().ok();
            open(state, account, |txid, order| {
                txid == id || (userref.is_some() && order.userref == userref)
            })
        }
        (None, Some(id)) => open(state, account, |_, order| {
            order.cl_ord_id.as_deref() == Some(id)
        }),
    };
    if named.is_empty() {
        return Err("EOrder:Unknown order".into());
    }
    cancel(state, account, &named);
    result(&json!({ "count": named.len() }))
}

pub(crate) fn cancel_all(state: &mut State, account: &str) -> Answer {
    let all = open(state, account, |_, _| true);
    cancel(state, account, &all);
    result(&json!({ "count": all.len() }))
}

/// The dead man's switch: 0 turns it off.
pub(crate) fn cancel_all_after(state: &mut State, account: &str, params: &Params) -> Answer {
    let timeout = params
        .parsed::<i64>("timeout")?
        .filter(|seconds| (0..86_400).contains(seconds));
    let timeout = timeout.ok_or_else(|| invalid_argument("timeout"))?;
    let now = state.now();
    let trigger = (timeout > 0).then(|| now + timeout * SECOND);
    let account = state
        .accounts
        .get_mut(account)
        .ok_or_else(|| Refusal::from("EGeneral:Internal error"))?;
    account.cancel_all_at = trigger;
    let written = |at: Micros| {
        DateTime::from_timestamp_micros(at)
            .unwrap_or_default()
            .format("%Y-%m-%dT%H:%M:%SZ")
            .to_string()
    };
    result(
        &json!({ "currentTime": written(now), "triggerTime": trigger.map_or_else(|| "0".to_owned(), written) }),
    )
}

fn open(state: &State, account: &str, wanted: impl Fn(&str, &Order) -> bool) -> Vec<String> {
    let mine = |(id, order): &(&String, &Order)| {
        order.is_open() && order.account == account && wanted(id, order)
    };
    state
        .orders
        .iter()
        .filter(mine)
        .map(|(id, _)| id.clone())
        .collect()
}

fn cancel(state: &mut State, account: &str, ids: &[String]) {
    let now = state.now();
    for id in ids {
        let Some(order) = state.orders.get_mut(id) else {
            continue;
        };
        order.end(Status::Canceled, Some(REQUESTED), now);
        if let Some(account) = state.accounts.get_mut(account) {
            let limit = Tier::engine(account.tier);
            account
                .engine(&order.pair)
                .penalise(penalty(now - order.opened), limit, now);
        }
    }
}

/// The engine counts a young order's end for more.
const fn penalty(age: Micros) -> u32 {
    match age / SECOND {
        ..5 => 8,
        5..10 => 6,
        10..15 => 5,
        15..45 => 4,
        45..90 => 2,
        90..300 => 1,
        _ => 0,
    }
}
