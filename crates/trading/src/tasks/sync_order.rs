//! `sync_order`: looks what became of an order that is at the exchange, or may be; a paper order that rests is matched.

use std::time::Duration;

use axum::extract::State;
use contracts::exchange::exchange as wire;
use kit::task::{Task, give_up, put_off};
use kit::{App, Context, Json, Problem, id};
use rust_decimal::Decimal;
use serde_json::Value;
use uuid::Uuid;

use super::Nothing;
use super::process_order::{Done, OfOrder, later, pair_of, settle_on_paper};
use crate::domain::{OrderMode, OrderState};
use crate::exchange::{self, ExchangeError};
use crate::market;
use crate::store::order::{self as store, BeginSync, Lookup, Work};

/// The lease of the lane is 20 s and one call may take 13: a second call is begun only within this.
const SECOND_CALL_WITHIN_MS: i64 = 6_000;
/// Points that a lookup may take, and counts as taking where it fails: open orders, closed ones, two pages of executions.
const MOST: i32 = 6;
/// Executions of one answer.
const PAGE: usize = 50;

pub(crate) async fn run(
    State(app): State<App>,
    task: Task<OfOrder>,
) -> Result<Json<Done>, Problem> {
    let order = store::for_work(app.db(), task.payload.order_id)
        .await?
        .ok_or_else(|| give_up("There is no such order."))?;
    if order.state.is_over() || order.state == OrderState::Intent {
        return Ok(Json(Done::NOTHING));
    }
    match order.mode {
        OrderMode::Paper => {
            let Some(pair) = pair_of(&app, &task.context, &order).await? else {
                return Ok(Json(Done::NOTHING));
            };
            let quote = market::quote(&app, &task.context, &pair).await?;
            let progress =
                settle_on_paper(&app, &task.context, &order, &pair, &quote.ticker).await?;
            Ok(Json(progress.into()))
        }
        OrderMode::Live => look_up(&app, &task.context, &order, 0).await,
    }
}

/// What is known of an order before it is looked up.
struct Known {
    executed: Decimal,
    /// Seconds since the Unix epoch.
    since: i64,
    /// Pages of executions that were read since its end.
    pages: u32,
}

/// `sweep_orders`: finds orders that nobody looks after.
pub(crate) async fn sweep(
    State(app): State<App>,
    task: Task<Nothing>,
) -> Result<Json<Value>, Problem> {
    Ok(Json(store::sweep(app.db(), &task.context).await?))
}

/// Looks an order up now, if it may be at the exchange, waiting for the key's lane so long.
///
/// # Errors
/// 503 where it is too early, or the key stays in use.
pub(crate) async fn look_again(
    app: &App,
    context: &Context,
    order: Uuid,
    patience_ms: i64,
) -> Result<(), Problem> {
    match store::for_work(app.db(), order).await? {
        Some(order)
            if order.mode == OrderMode::Live
                && !order.state.is_over()
                && order.state != OrderState::Intent =>
        {
            look_up(app, context, &order, patience_ms).await.map(|_| ())
        }
        _ => Ok(()),
    }
}

async fn look_up(
    app: &App,
    context: &Context,
    order: &Work,
    patience_ms: i64,
) -> Result<Json<Done>, Problem> {
    let holder = id::new();
    let begun_at = app.now_ms();
    let (known, begun) = loop {
        match store::begin_sync(app.db(), order.id, holder).await? {
            BeginSync::Begun {
                volume_executed,
                since,
                pages,
                begun,
            } => {
                let known = Known {
                    executed: volume_executed,
                    since,
                    pages,
                };
                break (known, begun);
            }
            BeginSync::Early { retry_ms } | BeginSync::Limited { retry_ms } => {
                return Err(later(retry_ms));
            }
            BeginSync::Busy if app.now_ms().saturating_sub(begun_at) < patience_ms => {
                exchange::pause(holder).await;
            }
            BeginSync::Busy => return Err(put_off(Duration::from_secs(1), "The key is in use.")),
            BeginSync::NoKey | BeginSync::Over => return Ok(Json(Done::NOTHING)),
        }
    };
    let key = begun.key_id;
    let authority = begun.authority();
    let (lookup, used) = match find(app, context, order, authority, known).await {
        Ok(found) => found,
        Err(error) => {
            if let ExchangeError::Failed(failure) = &error {
                exchange::note_failure(app, context, key, failure).await;
            }
            (Lookup::Failed, MOST)
        }
    };
    let progress = store::record_sync(app.db(), context, order.id, holder, lookup, used).await?;
    Ok(Json(progress.into()))
}

/// The order, its executions where there are more than we know of, and the points that it took: one for open orders, one more for
/// closed ones, two for each page of executions.
async fn find(
    app: &App,
    context: &Context,
    order: &Work,
    authority: wire::Authority,
    known: Known,
) -> Result<(Lookup, i32), ExchangeError> {
    let begun_at = app.now_ms();
    let query = wire::Request::FindOrder(wire::OrderQuery {
        authority: authority.clone(),
        client_id: order.id.to_string(),
        since: known.since,
    });
    let found = match exchange::call(app, context, &query).await? {
        wire::Response::Order(Some(found)) => found,
        wire::Response::Order(None) => return Ok((Lookup::Absent, 2)),
        _ => return Ok((Lookup::Failed, MOST)),
    };
    let mut used = match found.status {
        wire::OrderStatus::Pending | wire::OrderStatus::Open => 1,
        wire::OrderStatus::Closed | wire::OrderStatus::Canceled | wire::OrderStatus::Expired => 2,
    };
    // Whatever was executed after its end is of others, and would push its own executions from page to page.
    let end = found
        .closed_at
        .map(|millis| millis.div_euclid(1000).saturating_add(1));
    let mut page = if end.is_some() { known.pages } else { 0 };
    let mut next_page = page;
    let executed: Decimal = found.executed.parse().unwrap_or(Decimal::ZERO);
    let mut trades = Vec::new();
    // The lookup has used two nonces; two are left.
    for nonce in 2..4_u64 {
        if executed <= known.executed
            || app.now_ms().saturating_sub(begun_at) > SECOND_CALL_WITHIN_MS
        {
            break;
        }
        let history = wire::Request::Trades(wire::History {
            authority: wire::Authority {
                nonce: authority.nonce.saturating_add(nonce),
                ..authority.clone()
            },
            start: Some(known.since),
            end,
            offset: page.saturating_mul(50),
        });
        used += 2;
        let wire::Response::Trades(listed) = exchange::call(app, context, &history).await? else {
            break;
        };
        page = page.saturating_add(1);
        let last_page = listed.len() < PAGE;
        // Executions may be listed a little after their order: after the last page comes the first.
        next_page = if last_page || end.is_none() { 0 } else { page };
        trades.extend(
            listed
                .into_iter()
                .filter(|trade| trade.order_txid == found.txid),
        );
        if last_page || volume(&trades) >= executed {
            break;
        }
    }
    let lookup = Lookup::Found {
        order: Box::new(found),
        trades,
        next_page,
    };
    Ok((lookup, used))
}

fn volume(trades: &[wire::ExchangeTrade]) -> Decimal {
    trades
        .iter()
        .filter_map(|trade| trade.volume.parse::<Decimal>().ok())
        .sum()
}
