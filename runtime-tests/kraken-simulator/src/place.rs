//! `AddOrder`: the checks in their order, then the book.

use chrono::DateTime;
use rust_decimal::Decimal;
use serde_json::json;

use crate::clock::{Micros, SECOND};
use crate::market::{LOT_DECIMALS, Pair};
use crate::order::{Order, Side, Status, TimeInForce, transaction_id};
use crate::params::{Params, amount};
use crate::reply::{Answer, Refusal, invalid_argument, result};
use crate::state::State;

pub(crate) fn add_order(state: &mut State, account: &str, params: &Params) -> Answer {
    let now = state.now();
    if let Some(text) = state.market.status.forbids(
        has_flag(params, "post"),
        params.get("ordertype") == Some("market"),
    ) {
        return Err(text.into());
    }
    let pair = state
        .market
        .pair(params.get("pair").ok_or_else(|| invalid_argument("pair"))?)?
        .clone();
    let order = describe(&pair, account, params, now)?;
    if let Some(text) = pair
        .status
        .forbids(has_flag(params, "post"), order.limit.is_none())
    {
        return Err(text.into());
    }
    check_limits(state, &pair, &order, now)?;

    let description = json!({ "order": order.description(&pair) });
    // Any value validates, "false" too: that is how Kraken's old interface reads it, and why a live order omits it.
    if params.get("validate").is_some() {
        return result(&json!({ "descr": description }));
    }
    check_funds(state, &pair, &order)?;
    let id = place(state, order, now)?;
    result(&json!({ "descr": description, "txid": [id] }))
}

/// The order that the parameters describe.
fn describe(pair: &Pair, account: &str, params: &Params, now: Micros) -> Result<Order, Refusal> {
    let (userref, cl_ord_id) = (params.parsed::<i32>("userref")?, params.get("cl_ord_id"));
    if cl_ord_id.is_some_and(|id| userref.is_some() || !is_client_order_id(id)) {
        return Err(invalid_argument("cl_ord_id"));
    }
    let side = match params.get("type") {
        Some("buy") => Side::Buy,
        Some("sell") => Side::Sell,
        _ => return Err(invalid_argument("type")),
    };
    let market = match params.get("ordertype") {
        Some("market") => true,
        Some("limit") => false,
        _ => return Err(invalid_argument("ordertype")),
    };
    for unsupported in ["leverage", "starttm", "displayvol", "trigger"] {
        if params
            .get(unsupported)
            .is_some_and(|value| value != "0" && value != "none")
        {
            return Err(invalid_argument(unsupported));
        }
    }
    if params.any_starts_with("close[") {
        return Err(invalid_argument("close"));
    }
    if params.is_true("reduce_only") {
        return Err("EOrder:Reduce only:No position exists".into());
    }

    let mut volume = params
        .amount("volume")?
        .ok_or_else(|| invalid_argument("volume"))?;
    if has_flag(params, "viqc") {
        if side == Side::Sell || !market {
            return Err(invalid_argument("oflags"));
        }
        volume = (volume / pair.book.ask).trunc_with_scale(LOT_DECIMALS);
    }
    if volume.normalize().scale() > LOT_DECIMALS {
        return Err(invalid_argument("volume"));
    }
    let limit = if market {
        None
    } else {
        Some(limit_price(pair, side, params.get("price"))?)
    };
    if volume < pair.ordermin {
        return Err("EOrder:Order minimum not met".into());
    }
    if volume * limit.unwrap_or(pair.book.last) < pair.costmin {
        return Err("EOrder:Cost minimum not met".into());
    }

    let (time_in_force, expires) = lifetime(params, now)?;
    check_deadline(params, now)?;
    Ok(Order {
        account: account.to_owned(),
        pair: pair.key.clone(),
        side,
        limit,
        volume,
        executed: Decimal::ZERO,
        cost: Decimal::ZERO,
        fee: Decimal::ZERO,
        status: Status::Open,
        reason: None,
        userref,
        cl_ord_id: cl_ord_id.map(str::to_owned),
        flags: params.get("oflags").unwrap_or("fciq").to_owned(),
        time_in_force,
        opened: now,
        closed: None,
        expires,
        trades: Vec::new(),
    })
}

fn has_flag(params: &Params, flag: &str) -> bool {
    params
        .get("oflags")
        .is_some_and(|flags| flags.split(',').any(|one| one.trim() == flag))
}

/// A UUID with or without hyphens, or up to 18 ASCII characters.
fn is_client_order_id(id: &str) -> bool {
    let hex = |text: &str| text.bytes().all(|byte| byte.is_ascii_hexdigit());
    match id.len() {
        1..=18 => id.bytes().all(|byte| byte.is_ascii_graphic()),
        32 => hex(id),
        36 => id.split('-').map(str::len).eq([8, 4, 4, 4, 12]) && hex(&id.replace('-', "")),
        _ => false,
    }
}

/// An absolute price, or one relative to the last: `+5`, `-5`, `#5` (away from the market), each also in `%`.
fn limit_price(pair: &Pair, side: Side, text: Option<&str>) -> Result<Decimal, Refusal> {
    let invalid = || invalid_argument("price");
    let text = text.ok_or_else(invalid)?;
    let Some(prefix @ ('+' | '-' | '#')) = text.chars().next() else {
        let price = amount(text).ok_or_else(invalid)?;
        if price.normalize().scale() > pair.price_decimals {
            let (key, decimals) = (&pair.key, pair.price_decimals);
            return Err(Refusal(format!(
                "EOrder:Invalid price:{key} price can only be specified up to {decimals} decimals."
            )));
        }
        return if (price % pair.tick()).is_zero() {
            Ok(price)
        } else {
            Err("EOrder:Tick size check failed".into())
        };
    };
    let offset = text.get(1..).unwrap_or_default();
    let distance = match offset.strip_suffix('%') {
        Some(percent) => {
            amount(percent).ok_or_else(invalid)? / Decimal::ONE_HUNDRED * pair.book.last
        }
        None => amount(offset).ok_or_else(invalid)?,
    };
    let up = prefix == '+' || (prefix == '#' && side == Side::Sell);
    let price = if up {
        pair.book.last + distance
    } else {
        pair.book.last - distance
    };
    let price = price.round_dp(pair.price_decimals);
    if price > Decimal::ZERO {
        Ok(price)
    } else {
        Err(invalid())
    }
}

fn lifetime(params: &Params, now: Micros) -> Result<(TimeInForce, Option<Micros>), Refusal> {
    let invalid = || invalid_argument("expiretm");
    let expires = match params.get("expiretm").filter(|text| *text != "0") {
        None => None,
        Some(text) => {
            let seconds: i64 = text
                .trim_start_matches('+')
                .parse()
                .map_err(|_| invalid())?;
            let at = if text.starts_with('+') {
                now / SECOND + seconds
            } else {
                seconds
            };
            let soonest = now / SECOND + if text.starts_with('+') { 5 } else { 1 };
            let in_a_month = now / SECOND + 31 * 86_400;
            Some(
                (soonest..=in_a_month)
                    .contains(&at)
                    .then_some(at * SECOND)
                    .ok_or_else(invalid)?,
            )
        }
    };
    let time_in_force = match params.get("timeinforce") {
        None if expires.is_some() => TimeInForce::GoodTillDate,
        None | Some("GTC") => TimeInForce::GoodTillCanceled,
        Some("IOC") => TimeInForce::ImmediateOrCancel,
        Some("FOK") => TimeInForce::FillOrKill,
        Some("GTD") if expires.is_some() => TimeInForce::GoodTillDate,
        Some("GTD") => return Err(invalid()),
        Some(_) => return Err(invalid_argument("timeinforce")),
    };
    Ok((time_in_force, expires))
}

/// What arrives after its deadline is refused, which bounds how long a lost order may still appear.
fn check_deadline(params: &Params, now: Micros) -> Result<(), Refusal> {
    let Some(text) = params.get("deadline") else {
        return Ok(());
    };
    let deadline = DateTime::parse_from_rfc3339(text)
        .map_err(|_| invalid_argument("deadline"))?
        .timestamp_micros();
    if deadline > now + 60 * SECOND {
        return Err(invalid_argument("deadline"));
    }
    if deadline < now {
        Err("EService:Deadline elapsed".into())
    } else {
        Ok(())
    }
}

fn check_limits(state: &mut State, pair: &Pair, order: &Order, now: Micros) -> Result<(), Refusal> {
    let account = state
        .accounts
        .get_mut(&order.account)
        .ok_or_else(|| Refusal::from("EGeneral:Internal error"))?;
    let tier = account.tier;
    if !account.engine(&pair.key).charge(1, tier.engine(), now) {
        return Err("EOrder:Rate limit exceeded".into());
    }
    let open: Vec<&Order> = state
        .orders
        .values()
        .filter(|open| open.is_open() && open.account == order.account)
        .collect();
    if order.cl_ord_id.is_some() && open.iter().any(|open| open.cl_ord_id == order.cl_ord_id) {
        return Err((&state.config.errors.duplicate_cl_ord_id).into());
    }
    if open.iter().filter(|open| open.pair == pair.key).count() >= tier.open_orders() {
        return Err("EOrder:Orders limit exceeded".into());
    }
    Ok(())
}

fn check_funds(state: &State, pair: &Pair, order: &Order) -> Result<(), Refusal> {
    let enough = match order.side {
        Side::Sell => state.available(&order.account, &pair.base) >= order.volume,
        Side::Buy => {
            let needed = state.with_fee(order.volume * order.limit.unwrap_or(pair.book.ask));
            state.available(&order.account, &pair.quote) >= needed
        }
    };
    if enough {
        Ok(())
    } else {
        Err("EOrder:Insufficient funds".into())
    }
}

/// Takes from the book what the order may take; the rest rests, or ends.
fn place(state: &mut State, order: Order, now: Micros) -> Result<String, Refusal> {
    let offered = state.offered(&order);
    if offered.is_some() && order.flags.split(',').any(|flag| flag == "post") {
        return Err((&state.config.errors.post_only_would_cross).into());
    }
    let number = state.config.first_number + state.orders.len() as u64;
    let id = transaction_id('O', number);
    let (may_rest, all_or_nothing) = match order.time_in_force {
        TimeInForce::GoodTillCanceled | TimeInForce::GoodTillDate => (order.limit.is_some(), false),
        TimeInForce::ImmediateOrCancel => (false, false),
        TimeInForce::FillOrKill => (false, true),
    };
    let volume = order.volume;
    state.orders.insert(id.clone(), order);
    if let Some((price, offered)) =
        offered.filter(|(_, offered)| !all_or_nothing || *offered == volume)
    {
        state.fill(&id, price, offered, false);
    }
    if let Some(order) = state
        .orders
        .get_mut(&id)
        .filter(|order| order.is_open() && !may_rest)
    {
        order.end(Status::Canceled, Some("Insufficient liquidity"), now);
    }
    Ok(id)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn client_order_ids_have_three_shapes() {
        let cases = [
            ("6d1b345e-2821-40e2-ad83-4ecb18a06876", true),
            ("6d1b345e282140e2ad834ecb18a06876", true),
            ("dca-1", true),
            ("exactly-18-chars-x", true),
            ("nineteen-characters", false),
            ("", false),
            ("sp ace", false),
            ("6d1b345e-2821-40e2-ad83-4ecb18a0687g", false),
        ];
        for (id, expected) in cases {
            assert_eq!(is_client_order_id(id), expected, "{id:?}");
        }
    }
}
