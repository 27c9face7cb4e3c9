//! `evaluate_bot`: one look at the market for one bot, and what comes of it, once for each slot.

use axum::extract::State;
use contracts::exchange::exchange as wire;
use kit::task::{Task, put_off};
use kit::{App, Context, Json, Problem, id};
use serde::Deserialize;
use serde_json::{Value, json};
use std::time::Duration;
use strategies::{Action, Candle, Decision, Placement, Position, Rules, Situation};
use uuid::Uuid;

use super::Nothing;
use crate::domain::{BotState, OrderMode, Pair, Ticker};
use crate::market;
use crate::store::bot::{self as store, Execution, Work};
use crate::store::order::NewOrder;
use crate::strategist;

#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Look {
    bot_id: Uuid,
    generation: i64,
    /// The client's key, where somebody asked for a decision now.
    manual: Option<String>,
}

/// Candles as strategies know them, without the one that still runs.
fn committed(mut candles: Vec<wire::Candle>) -> Vec<Candle> {
    candles.pop();
    candles
        .into_iter()
        .filter_map(|candle| {
            Some(Candle {
                start: candle.start,
                open: candle.open.parse().ok()?,
                high: candle.high.parse().ok()?,
                low: candle.low.parse().ok()?,
                close: candle.close.parse().ok()?,
            })
        })
        .collect()
}

pub(crate) async fn run(State(app): State<App>, task: Task<Look>) -> Result<Json<Value>, Problem> {
    let said = |outcome: &str| Ok(Json(json!({"outcome": outcome})));
    let look = &task.payload;
    let Some(bot) = store::for_work(app.db(), look.bot_id).await? else {
        return said("gone");
    };
    let runs = matches!(bot.state, BotState::Running | BotState::Paused);
    if !runs || bot.generation != look.generation {
        return said("stopped");
    }
    // What became of the last decision is not known yet: the next one would be made blindly.
    if bot.pending {
        if look.manual.is_some() {
            return Err(put_off(Duration::from_secs(1), "An order is on its way."));
        }
        store::delay(app.db(), &task.context, &bot, "pending_order").await?;
        return said("pending_order");
    }
    let seen = match see(&app, &task.context, &bot, look).await {
        Ok(seen) => seen,
        // The market will be there at the next time; the slot is not used up.
        Err(problem) if look.manual.is_none() && problem.status().as_u16() != 422 => {
            store::delay(app.db(), &task.context, &bot, "market_unreachable").await?;
            return said("market_unreachable");
        }
        Err(problem) => return Err(problem),
    };
    let chosen = strategist::chosen(&app)?;
    let decided = match chosen.0.decide(&bot.strategy, &seen.situation) {
        Ok(decision) => decided(&bot, look, &seen, decision),
        Err(fault) => json!({
            "id": id::new(), "slot": format!("error:{}", task.id), "trigger": trigger(look), "outcome": "error",
            "reason": "strategy", "error": fault, "signal": {}, "bid": seen.ticker.bid,
        }),
    };
    match store::record_execution(app.db(), &task.context, &bot, decided).await? {
        Execution::Stale => Err(put_off(
            Duration::from_secs(1),
            "The bot has changed meanwhile.",
        )),
        outcome => said(&format!("{outcome:?}").to_lowercase()),
    }
}

/// What a decision is made by.
struct Seen {
    situation: Situation,
    pair: Pair,
    ticker: Ticker,
}

async fn see(app: &App, context: &Context, bot: &Work, look: &Look) -> Result<Seen, Problem> {
    let pair = market::pair(app, context, &bot.pair, "pair").await?;
    let ticker = market::quote(app, context, &pair).await?.ticker;
    let interval = strategist::chosen(app)?
        .0
        .interval(&bot.strategy, &bot.params);
    let candles = match interval {
        Some(interval) => committed(market::candles(app, context, &pair, interval).await?),
        None => Vec::new(),
    };
    // A wallet of play money is filled at the first order; until then it has what it begins with.
    let funds = match bot.mode {
        OrderMode::Paper => bot.wallet.get(&pair.quote).copied(),
        OrderMode::Live => None,
    };
    Ok(Seen {
        situation: Situation {
            params: bot.params.clone(),
            rules: Rules::from(&pair),
            bid: ticker.bid,
            ask: ticker.ask,
            candles,
            position: Position {
                base: bot.base_quantity,
                cost: bot.cost_quote,
            },
            funds,
            orders: bot.orders.clone(),
            memory: bot.memory.clone(),
            now: bot.now,
            started_at: bot.started_at.unwrap_or(bot.now),
            generation: u64::try_from(bot.generation).unwrap_or(0),
            every: bot.every,
            manual: look.manual.is_some(),
            paused: bot.state == BotState::Paused,
        },
        pair,
        ticker,
    })
}

const fn trigger(look: &Look) -> &'static str {
    if look.manual.is_some() {
        "manual"
    } else {
        "schedule"
    }
}

/// The decision, as `trading.record_execution` takes it.
fn decided(bot: &Work, look: &Look, seen: &Seen, decision: Decision) -> Value {
    let slot = look
        .manual
        .as_ref()
        .map_or(decision.slot, |key| format!("manual:{key}"));
    let (mut placements, mut cancels) = (Vec::new(), Vec::new());
    for action in decision.actions {
        match action {
            Action::Place(placement) => placements.push(placement),
            Action::Cancel(id) => cancels.push(id),
        }
    }
    if !placements
        .iter()
        .all(|placement| market_takes(&seen.pair.status, placement))
    {
        // The strategy would remember orders that it never had, and wait for them for ever.
        return json!({
            "id": id::new(), "slot": slot, "trigger": trigger(look), "outcome": "skipped", "reason": "market_not_online",
            "signal": decision.signal, "orders": [], "cancels": cancels, "memory": bot.memory, "stop": decision.stop,
            "bid": seen.ticker.bid,
        });
    }
    let orders: Vec<NewOrder> = placements
        .into_iter()
        .map(|placement| order(bot, seen, placement))
        .collect();
    json!({
        "id": id::new(), "slot": slot, "trigger": trigger(look),
        "outcome": if decision.skip.is_some() { "skipped" } else { "executed" },
        "reason": decision.skip, "signal": decision.signal, "orders": orders, "cancels": cancels,
        "memory": decision.memory, "stop": decision.stop, "bid": seen.ticker.bid,
    })
}

/// Whether a market of this status takes such an order. On paper nothing else would refuse it.
fn market_takes(status: &str, placement: &Placement) -> bool {
    match status {
        "online" => true,
        "post_only" => placement.post_only,
        "limit_only" => placement.price.is_some(),
        _ => false,
    }
}

fn order(bot: &Work, seen: &Seen, placement: Placement) -> NewOrder {
    let side = match placement.side {
        strategies::Side::Buy => crate::domain::Side::Buy,
        strategies::Side::Sell => crate::domain::Side::Sell,
    };
    let market = match side {
        crate::domain::Side::Buy => seen.ticker.ask,
        crate::domain::Side::Sell => seen.ticker.bid,
    };
    NewOrder {
        id: id::new(),
        key_id: bot.key_id,
        mode: bot.mode.name(),
        pair: seen.pair.name.clone(),
        base: seen.pair.base.clone(),
        quote: seen.pair.quote.clone(),
        side: side.name(),
        r#type: if placement.price.is_some() {
            "limit"
        } else {
            "market"
        },
        volume: placement.volume,
        limit_price: placement.price,
        post_only: placement.post_only,
        value: placement
            .volume
            .saturating_mul(placement.price.unwrap_or(market)),
        tag: placement.tag,
    }
}

/// `tick_bots`: asks for a look for each bot that is due.
pub(crate) async fn tick(
    State(app): State<App>,
    task: Task<Nothing>,
) -> Result<Json<Value>, Problem> {
    Ok(Json(store::tick(app.db(), &task.context).await?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_market_takes_what_its_status_says() {
        let placement = |price: Option<u32>, post_only| Placement {
            side: strategies::Side::Buy,
            volume: 1.into(),
            price: price.map(Into::into),
            post_only,
            tag: None,
        };
        let (market, limit, post) = (
            placement(None, false),
            placement(Some(1), false),
            placement(Some(1), true),
        );
        for (status, takes) in [
            ("online", [true, true, true]),
            ("limit_only", [false, true, true]),
            ("post_only", [false, false, true]),
            ("cancel_only", [false, false, false]),
            ("reduce_only", [false, false, false]),
            ("maintenance", [false, false, false]),
        ] {
            let told = [&market, &limit, &post].map(|order| market_takes(status, order));
            assert_eq!(told, takes, "{status}");
        }
    }
}
