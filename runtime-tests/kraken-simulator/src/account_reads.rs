//! Balances and the key's own description.

use std::collections::BTreeMap;

use rust_decimal::Decimal;
use serde_json::json;

use crate::account::Account;
use crate::market::fixed;
use crate::params::Params;
use crate::reply::{Answer, Refusal, result};
use crate::state::State;

fn account<'a>(state: &'a State, id: &str) -> Result<&'a Account, Refusal> {
    state
        .accounts
        .get(id)
        .ok_or_else(|| "EAccount:Invalid permissions:no such account".into())
}

pub(crate) fn api_key_info(state: &State, api_key: &str, id: &str) -> Answer {
    let key = state
        .keys
        .get(api_key)
        .ok_or_else(|| Refusal::from("EAPI:Invalid key"))?;
    result(&key.info(&account(state, id)?.iban))
}

pub(crate) fn balance(state: &State, id: &str) -> Answer {
    let balances = &account(state, id)?.balances;
    let written = balances
        .iter()
        .map(|(asset, amount)| (asset, state.market.amount(asset, *amount)));
    result(&written.collect::<BTreeMap<_, _>>())
}

pub(crate) fn balance_ex(state: &State, id: &str) -> Answer {
    let entry = |(asset, amount): (&String, &Decimal)| {
        let held = state.held(id, asset);
        let entry = json!({
            "balance": state.market.amount(asset, *amount),
            "hold_trade": state.market.amount(asset, held),
        });
        (asset.clone(), entry)
    };
    result(
        &account(state, id)?
            .balances
            .iter()
            .map(entry)
            .collect::<BTreeMap<_, _>>(),
    )
}

/// Spot only: no margin, so equity is what everything would sell for.
pub(crate) fn trade_balance(state: &State, id: &str, params: &Params) -> Answer {
    let wanted = params.get("asset").unwrap_or("ZUSD");
    let (unit, _) = state
        .market
        .asset(wanted)
        .ok_or_else(|| Refusal::from("EQuery:Unknown asset"))?;
    let worth = |(asset, amount): (&String, &Decimal)| {
        if asset == unit {
            return *amount;
        }
        let pair = state
            .market
            .pairs
            .values()
            .find(|pair| pair.base == *asset && pair.quote == *unit);
        pair.map_or(Decimal::ZERO, |pair| pair.book.last * amount)
    };
    let total: Decimal = account(state, id)?.balances.iter().map(worth).sum();
    let (total, zero) = (fixed(total, 4), "0.0000");
    result(&json!({
        "eb": total, "tb": total, "m": zero, "uv": zero, "n": zero, "c": zero, "v": zero,
        "e": total, "mf": total, "mfo": total,
    }))
}
