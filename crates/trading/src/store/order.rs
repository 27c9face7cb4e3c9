//! Statements about orders.

use contracts::exchange::exchange as wire;
use kit::{Context, Db, DbError, Value, params};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use serde_json::json;
use uuid::Uuid;

use crate::domain::paper::Execution;
use crate::domain::{Order, OrderHistory, OrderMode, OrderState, Side, Ticker};

/// An order that somebody wants.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct NewOrder {
    pub(crate) id: Uuid,
    pub(crate) key_id: Option<Uuid>,
    pub(crate) mode: &'static str,
    pub(crate) pair: String,
    pub(crate) base: String,
    pub(crate) quote: String,
    pub(crate) side: &'static str,
    pub(crate) r#type: &'static str,
    pub(crate) volume: Decimal,
    pub(crate) limit_price: Option<Decimal>,
    pub(crate) post_only: bool,
    /// What it is worth about, in units of the quote asset.
    pub(crate) value: Decimal,
    pub(crate) tag: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub(crate) enum CreateOrder {
    Created { order: Box<Order> },
    NoKey,
    KeyUnfit,
    Replayed { order_id: Uuid },
    Mismatch,
}

/// What an Idempotency-Key was used for before.
#[derive(Debug, Deserialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub(crate) enum ClaimedOrder {
    Fresh,
    Replayed { order_id: Uuid },
    Mismatch,
}

pub(crate) async fn claimed(db: &Db, idempotency: [Value; 4]) -> Result<ClaimedOrder, DbError> {
    let claimed = db
        .read_json(
            include_str!("../../sql/claimed_order.sql"),
            idempotency.to_vec(),
        )
        .await?;
    Ok(claimed.unwrap_or(ClaimedOrder::Fresh))
}

pub(crate) async fn create(
    db: &Db,
    context: &Context,
    owner: Uuid,
    idempotency: [Value; 4],
    order: &NewOrder,
) -> Result<CreateOrder, DbError> {
    let [principal, route, key, hash] = idempotency;
    let params = vec![
        context.value(),
        owner.into(),
        principal,
        route,
        key,
        hash,
        Value::Jsonb(json!(order)),
    ];
    db.write_json(include_str!("../../sql/create_order.sql"), params)
        .await
}

/// Which orders of an account.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Filter {
    pub(crate) bot: Option<Uuid>,
    pub(crate) mode: Option<OrderMode>,
    pub(crate) open: Option<bool>,
}

pub(crate) async fn list(
    db: &Db,
    owner: Uuid,
    before: Option<Uuid>,
    size: i64,
    filter: Filter,
) -> Result<Vec<Order>, DbError> {
    let mode = filter.mode.map(|mode| mode.name().to_owned());
    let orders = db
        .read_json(
            include_str!("../../sql/list_orders.sql"),
            params![owner, before, size, filter.bot, mode, filter.open],
        )
        .await?;
    Ok(orders.unwrap_or_default())
}

pub(crate) async fn get(db: &Db, owner: Uuid, id: Uuid) -> Result<Option<OrderHistory>, DbError> {
    db.read_json(include_str!("../../sql/get_order.sql"), params![owner, id])
        .await
}

#[derive(Debug, Deserialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub(crate) enum CancelOrder {
    Canceled { order: Box<Order> },
    Requested { order: Box<Order> },
    Over { state: String },
    Stale,
    NotFound,
}

/// `owner` none: anybody's order, for tasks.
pub(crate) async fn cancel(
    db: &Db,
    context: &Context,
    owner: Option<Uuid>,
    id: Uuid,
    expected: Option<i64>,
) -> Result<CancelOrder, DbError> {
    db.write_json(
        include_str!("../../sql/cancel_order.sql"),
        params![context.value(), owner, id, expected],
    )
    .await
}

/// What a task knows of an order.
#[derive(Debug, Deserialize)]
pub(crate) struct Work {
    pub(crate) id: Uuid,
    pub(crate) mode: OrderMode,
    pub(crate) pair: String,
    pub(crate) side: Side,
    pub(crate) volume: Decimal,
    pub(crate) limit_price: Option<Decimal>,
    pub(crate) post_only: bool,
    pub(crate) state: OrderState,
}

pub(crate) async fn for_work(db: &Db, id: Uuid) -> Result<Option<Work>, DbError> {
    db.read_json(include_str!("../../sql/order_for_work.sql"), params![id])
        .await
}

/// What has become of an order.
#[derive(Debug, Deserialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub(crate) enum Progress {
    Settled { order: Box<Order> },
    Recorded { order: Box<Order> },
    Waiting,
    Over,
}

/// Carries a paper order out as far as `execution` says.
pub(crate) async fn settle_paper(
    db: &Db,
    context: &Context,
    id: Uuid,
    ticker: &Ticker,
    execution: Option<&Execution>,
    hold: Decimal,
) -> Result<Progress, DbError> {
    let execution = execution.map(|execution| json!(execution));
    db.write_json(
        include_str!("../../sql/settle_paper_order.sql"),
        params![context.value(), id, json!(ticker), execution, hold],
    )
    .await
}

/// What a call for an order needs.
#[derive(Debug, Deserialize)]
pub(crate) struct Begun {
    pub(crate) nonce: u64,
    pub(crate) owner: Uuid,
    pub(crate) key_id: Uuid,
    pub(crate) sealed_key: String,
    pub(crate) sealed_secret: String,
}

impl Begun {
    pub(crate) fn authority(self) -> wire::Authority {
        wire::Authority {
            binding: wire::KeyBinding {
                owner: self.owner.to_string(),
                key_id: self.key_id.to_string(),
            },
            sealed_key: self.sealed_key,
            sealed_secret: self.sealed_secret,
            nonce: self.nonce,
        }
    }
}

#[derive(Debug, Deserialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub(crate) enum BeginSubmission {
    Begun {
        deadline: String,
        #[serde(flatten)]
        begun: Begun,
    },
    Busy,
    Limited {
        retry_ms: i64,
    },
    Settled {
        order: Box<Order>,
    },
    Sent,
    Over,
}

pub(crate) async fn begin_submission(
    db: &Db,
    context: &Context,
    id: Uuid,
    holder: Uuid,
    ticker: &Ticker,
) -> Result<BeginSubmission, DbError> {
    db.write_json(
        include_str!("../../sql/begin_submission.sql"),
        params![context.value(), id, holder, json!(ticker)],
    )
    .await
}

/// What the exchange said to an order.
#[derive(Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Submission {
    /// It is there.
    Placed { txid: String, description: String },
    /// It is certain that it is not.
    Refused(String),
    /// It is certain that it is not, and it may be sent again.
    Deferred(String),
    /// Nobody knows.
    Unknown(String),
}

pub(crate) async fn record_submission(
    db: &Db,
    context: &Context,
    id: Uuid,
    holder: Uuid,
    submission: &Submission,
) -> Result<Progress, DbError> {
    db.write_json(
        include_str!("../../sql/record_submission.sql"),
        params![context.value(), id, holder, json!(submission)],
    )
    .await
}

#[derive(Debug, Deserialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub(crate) enum BeginSync {
    Begun {
        volume_executed: Decimal,
        since: i64,
        /// Pages of executions that were read before.
        pages: u32,
        #[serde(flatten)]
        begun: Begun,
    },
    Early {
        retry_ms: i64,
    },
    Busy,
    Limited {
        retry_ms: i64,
    },
    NoKey,
    Over,
}

pub(crate) async fn begin_sync(db: &Db, id: Uuid, holder: Uuid) -> Result<BeginSync, DbError> {
    db.write_json(
        include_str!("../../sql/begin_sync.sql"),
        params![id, holder],
    )
    .await
}

/// What a lookup has found: nothing learnt, no such order, or the order with its executions.
#[derive(Debug)]
pub(crate) enum Lookup {
    Failed,
    Absent,
    Found {
        order: Box<wire::ExchangeOrder>,
        trades: Vec<wire::ExchangeTrade>,
        /// Where the next lookup goes on among the executions of an order that has ended.
        next_page: u32,
    },
}

pub(crate) async fn record_sync(
    db: &Db,
    context: &Context,
    id: Uuid,
    holder: Uuid,
    lookup: Lookup,
    used: i32,
) -> Result<Progress, DbError> {
    let (failed, order, trades, next_page) = match lookup {
        Lookup::Failed => (true, None, Vec::new(), 0),
        Lookup::Absent => (false, None, Vec::new(), 0),
        Lookup::Found {
            order,
            trades,
            next_page,
        } => (false, Some(json!(order)), trades, next_page),
    };
    let next_page = i64::from(next_page);
    let trades: Vec<serde_json::Value> = trades
        .iter()
        .map(|trade| {
            json!({
                "id": trade.txid, "price": trade.price, "volume": trade.volume, "cost": trade.cost, "fee": trade.fee,
                "maker": trade.maker.unwrap_or(false), "at": trade.at,
            })
        })
        .collect();
    db.write_json(
        include_str!("../../sql/record_sync.sql"),
        params![
            context.value(),
            id,
            holder,
            failed,
            order,
            json!(trades),
            used,
            next_page
        ],
    )
    .await
}

pub(crate) async fn record_cancel(
    db: &Db,
    context: &Context,
    id: Uuid,
    holder: Uuid,
    result: serde_json::Value,
) -> Result<(), DbError> {
    db.write(
        include_str!("../../sql/record_cancel.sql"),
        params![context.value(), id, holder, result],
    )
    .await
    .map(|_| ())
}

/// Asks for a look at the orders that nobody looks after.
pub(crate) async fn sweep(db: &Db, context: &Context) -> Result<serde_json::Value, DbError> {
    db.write_json(
        include_str!("../../sql/sweep_orders.sql"),
        params![context.value()],
    )
    .await
}
