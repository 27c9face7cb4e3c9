//! Statements about bots, backtests and the dashboard.

use kit::db::Versioned;
use kit::{Context, Db, DbError, Value, params};
use rust_decimal::Decimal;
use serde::Deserialize;
use serde_json::json;
use std::collections::HashMap;
use strategies::OrderView;
use uuid::Uuid;

use crate::domain::{Bot, BotDay, BotState, OrderMode};

#[derive(Debug, Deserialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub(crate) enum CreateBot {
    Created { bot: Box<Bot> },
    NoKey,
    KeyUnfit,
    TooMany,
    Replayed { bot_id: Uuid },
    Mismatch,
}

pub(crate) async fn create(
    db: &Db,
    context: &Context,
    owner: Uuid,
    idempotency: [Value; 4],
    wanted: serde_json::Value,
) -> Result<CreateBot, DbError> {
    let [principal, route, key, hash] = idempotency;
    let params = vec![
        context.value(),
        owner.into(),
        principal,
        route,
        key,
        hash,
        Value::Jsonb(wanted),
    ];
    db.write_json(include_str!("../../sql/create_bot.sql"), params)
        .await
}

pub(crate) async fn get(db: &Db, owner: Uuid, id: Uuid) -> Result<Option<Bot>, DbError> {
    db.read_json(include_str!("../../sql/get_bot.sql"), params![owner, id])
        .await
}

pub(crate) async fn list(
    db: &Db,
    owner: Uuid,
    before: Option<Uuid>,
    size: i64,
) -> Result<Vec<Bot>, DbError> {
    let bots = db
        .read_json(
            include_str!("../../sql/list_bots.sql"),
            params![owner, before, size],
        )
        .await?;
    Ok(bots.unwrap_or_default())
}

#[derive(Debug, Deserialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub(crate) enum UpdateBot {
    Updated { bot: Box<Bot> },
    Illegal { state: BotState },
    Stale,
    NotFound,
}

pub(crate) async fn update(
    db: &Db,
    context: &Context,
    owner: Uuid,
    id: Uuid,
    expected: Option<i64>,
    wanted: serde_json::Value,
) -> Result<UpdateBot, DbError> {
    db.write_json(
        include_str!("../../sql/update_bot.sql"),
        params![context.value(), owner, id, expected, wanted],
    )
    .await
}

#[derive(Debug, Deserialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub(crate) enum CommandBot {
    Done { bot: Box<Bot> },
    Triggered { bot: Box<Bot> },
    Replayed { bot: Box<Bot> },
    Stale,
    Illegal { state: BotState },
    KeyUnfit,
    KillSwitch,
    NotFound,
}

pub(crate) async fn command(
    db: &Db,
    context: &Context,
    owner: Uuid,
    id: Uuid,
    expected: Option<i64>,
    command: &'static str,
) -> Result<CommandBot, DbError> {
    db.write_json(
        include_str!("../../sql/command_bot.sql"),
        params![context.value(), owner, id, expected, command],
    )
    .await
}

pub(crate) async fn trigger(
    db: &Db,
    context: &Context,
    owner: Uuid,
    id: Uuid,
    expected: Option<i64>,
    key: &str,
) -> Result<CommandBot, DbError> {
    db.write_json(
        include_str!("../../sql/trigger_bot.sql"),
        params![context.value(), owner, id, expected, key],
    )
    .await
}

pub(crate) async fn tick(db: &Db, context: &Context) -> Result<serde_json::Value, DbError> {
    db.write_json(
        include_str!("../../sql/tick_bots.sql"),
        params![context.value()],
    )
    .await
}

/// Stops the bots of an account that may not run any.
pub(crate) async fn stop_unpermitted(
    db: &Db,
    context: &Context,
    owner: Uuid,
) -> Result<serde_json::Value, DbError> {
    db.write_json(
        include_str!("../../sql/stop_unpermitted_bots.sql"),
        params![context.value(), owner],
    )
    .await
}

/// What a decision needs to know of a bot.
#[derive(Debug, Deserialize)]
pub(crate) struct Work {
    pub(crate) id: Uuid,
    pub(crate) key_id: Option<Uuid>,
    pub(crate) strategy: String,
    pub(crate) params: serde_json::Value,
    pub(crate) pair: String,
    pub(crate) mode: OrderMode,
    pub(crate) state: BotState,
    pub(crate) generation: i64,
    pub(crate) every: u64,
    pub(crate) memory: serde_json::Value,
    pub(crate) version: i64,
    pub(crate) now: i64,
    pub(crate) started_at: Option<i64>,
    pub(crate) base_quantity: Decimal,
    pub(crate) cost_quote: Decimal,
    pub(crate) wallet: HashMap<String, Decimal>,
    pub(crate) pending: bool,
    pub(crate) orders: Vec<OrderView>,
}

pub(crate) async fn for_work(db: &Db, id: Uuid) -> Result<Option<Work>, DbError> {
    db.read_json(include_str!("../../sql/bot_for_work.sql"), params![id])
        .await
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Execution {
    Executed,
    Skipped,
    Error,
    Duplicate,
    Stale,
    Stopped,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Recorded {
    pub(crate) outcome: Execution,
}

pub(crate) async fn record_execution(
    db: &Db,
    context: &Context,
    bot: &Work,
    decided: serde_json::Value,
) -> Result<Execution, DbError> {
    let recorded: Recorded = db
        .write_json(
            include_str!("../../sql/record_execution.sql"),
            params![
                context.value(),
                bot.id,
                bot.generation,
                bot.version,
                decided
            ],
        )
        .await?;
    Ok(recorded.outcome)
}

pub(crate) async fn delay(
    db: &Db,
    context: &Context,
    bot: &Work,
    reason: &str,
) -> Result<(), DbError> {
    db.write(
        include_str!("../../sql/delay_bot.sql"),
        params![context.value(), bot.id, bot.generation, reason],
    )
    .await
    .map(|_| ())
}

/// Executions of a bot as JSON; none if there is no such bot.
pub(crate) async fn executions(
    db: &Db,
    owner: Uuid,
    id: Uuid,
    before: Option<Uuid>,
    size: i64,
) -> Result<Option<Vec<serde_json::Value>>, DbError> {
    db.read_json(
        include_str!("../../sql/list_executions.sql"),
        params![owner, id, before, size],
    )
    .await
}

/// Events of a bot as JSON; none if there is no such bot.
pub(crate) async fn events(
    db: &Db,
    owner: Uuid,
    id: Uuid,
    before: Option<i64>,
    size: i64,
) -> Result<Option<Vec<serde_json::Value>>, DbError> {
    db.read_json(
        include_str!("../../sql/list_bot_events.sql"),
        params![owner, id, before, size],
    )
    .await
}

/// The end of each of a bot's last days; none if there is no such bot.
pub(crate) async fn list_days(
    db: &Db,
    owner: Uuid,
    id: Uuid,
    days: i64,
) -> Result<Option<Vec<BotDay>>, DbError> {
    db.read_json(
        include_str!("../../sql/list_bot_days.sql"),
        params![owner, id, days],
    )
    .await
}

pub(crate) async fn status(
    db: &Db,
    owner: Uuid,
    id: Uuid,
) -> Result<Option<serde_json::Value>, DbError> {
    db.read_json(include_str!("../../sql/bot_status.sql"), params![owner, id])
        .await
}

pub(crate) async fn dashboard(db: &Db, owner: Uuid) -> Result<serde_json::Value, DbError> {
    let dashboard = db
        .read_json(include_str!("../../sql/dashboard.sql"), params![owner])
        .await?;
    Ok(dashboard.unwrap_or_else(|| json!({})))
}

#[derive(Debug, Deserialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub(crate) enum CreateBacktest {
    Created { id: Uuid },
    Replayed { id: Uuid },
    Mismatch,
}

pub(crate) async fn create_backtest(
    db: &Db,
    context: &Context,
    owner: Uuid,
    idempotency: [Value; 4],
    wanted: serde_json::Value,
) -> Result<CreateBacktest, DbError> {
    let [principal, route, key, hash] = idempotency;
    let params = vec![
        context.value(),
        owner.into(),
        principal,
        route,
        key,
        hash,
        Value::Jsonb(wanted),
    ];
    db.write_json(include_str!("../../sql/create_backtest.sql"), params)
        .await
}

/// A backtest, whosever it is, for the task that runs it.
pub(crate) async fn backtest(db: &Db, id: Uuid) -> Result<Option<serde_json::Value>, DbError> {
    db.read_json(
        include_str!("../../sql/get_backtest.sql"),
        params![None::<Uuid>, id],
    )
    .await
}

/// A backtest as its owner reads it, its version told from what it says; none if there is none, or it is somebody else's.
pub(crate) async fn read_backtest(
    db: &Db,
    owner: Uuid,
    id: Uuid,
) -> Result<Option<Versioned>, DbError> {
    db.read_versioned(
        include_str!("../../sql/read_backtest.sql"),
        params![owner, id],
    )
    .await
}

#[derive(Debug, Deserialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub(crate) enum StartBacktest {
    Started,
    Over,
}

pub(crate) async fn start_backtest(
    db: &Db,
    id: Uuid,
    candles: usize,
) -> Result<StartBacktest, DbError> {
    let candles = i64::try_from(candles).unwrap_or(i64::MAX);
    db.write_json(
        include_str!("../../sql/start_backtest.sql"),
        params![id, candles],
    )
    .await
}

#[derive(Debug, Deserialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub(crate) enum AdvanceBacktest {
    Noted,
    Over,
}

/// It is through with so many of its candles.
pub(crate) async fn advance_backtest(
    db: &Db,
    id: Uuid,
    done: usize,
) -> Result<AdvanceBacktest, DbError> {
    let done = i64::try_from(done).unwrap_or(i64::MAX);
    db.write_json(
        include_str!("../../sql/advance_backtest.sql"),
        params![id, done],
    )
    .await
}

pub(crate) async fn finish_backtest(
    db: &Db,
    id: Uuid,
    report: Option<serde_json::Value>,
    problem: Option<String>,
) -> Result<(), DbError> {
    db.write(
        include_str!("../../sql/finish_backtest.sql"),
        params![id, report, problem],
    )
    .await
    .map(|_| ())
}

/// Keeps candles that are over.
pub(crate) async fn keep_candles(
    db: &Db,
    pair: &str,
    minutes: i32,
    candles: serde_json::Value,
) -> Result<(), DbError> {
    db.write(
        include_str!("../../sql/keep_candles.sql"),
        params![pair, minutes, candles],
    )
    .await
    .map(|_| ())
}

/// The last `size` candles that are stored, oldest first. They come as text that the statement puts together in the order of its index,
/// arrays instead of objects: of a hundred thousand, `jsonb` and a sort would be the dearest part of a backtest.
pub(crate) async fn stored_candles(
    db: &Db,
    pair: &str,
    minutes: i32,
    size: i64,
) -> Result<Vec<strategies::Candle>, DbError> {
    let stored = db
        .read_json(
            include_str!("../../sql/stored_candles.sql"),
            params![pair, minutes, size],
        )
        .await?;
    let mut newest_first: Vec<strategies::Candle> = stored.unwrap_or_default();
    newest_first.reverse();
    Ok(newest_first)
}
