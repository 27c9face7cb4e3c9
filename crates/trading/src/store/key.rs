//! Statements about keys.

use kit::{Context, Db, DbError, Value, params};
use serde::Deserialize;
use uuid::Uuid;

use crate::domain::{Key, KeyStatus, Label, Lane, Mode};

/// Before a key is shown to the exchange.
#[derive(Debug, Deserialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub(crate) enum BeginConnect {
    Begun { nonce: u64 },
    AlreadyConnected,
    Busy,
    Limited { retry_ms: i64 },
    Replayed { key_id: Uuid },
    Mismatch,
}

/// After the exchange has accepted it.
#[derive(Debug, Deserialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub(crate) enum ConnectKey {
    Connected { key: Box<Key> },
    AlreadyConnected,
    Replayed { key_id: Uuid },
    Mismatch,
}

#[derive(Debug, Deserialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub(crate) enum RecordCheck {
    Recorded { key: Box<Key> },
    NotFound,
}

#[derive(Debug, Deserialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub(crate) enum UpdateKey {
    Updated { key: Box<Key> },
    Stale,
    NotFound,
}

/// Before a key is shredded.
#[derive(Debug, Deserialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub(crate) enum BeginDisconnect {
    Begun { orders: Vec<Uuid> },
    Stale,
    NotFound,
}

#[derive(Debug, Deserialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub(crate) enum DisconnectKey {
    Disconnected,
    NotFound,
}

/// A key's lane for the time of one call: whose, and under which token.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Lease {
    pub(crate) lane: Lane,
    pub(crate) holder: Uuid,
}

/// `place`: the key in whose place this one is to be.
pub(crate) async fn begin_connect(
    db: &Db,
    idempotency: [Value; 4],
    lease: Lease,
    place: Option<Uuid>,
) -> Result<BeginConnect, DbError> {
    let [principal, route, key, hash] = idempotency;
    let params = vec![
        principal,
        route,
        key,
        hash,
        lease.lane.to_vec().into(),
        lease.holder.into(),
        place.into(),
    ];
    db.write_json(include_str!("../../sql/begin_connect.sql"), params)
        .await
}

/// What is stored of a key beside the exchange's report.
pub(crate) struct NewKey<'a> {
    pub(crate) id: Uuid,
    pub(crate) owner: Uuid,
    pub(crate) label: &'a Label,
    pub(crate) mode: Mode,
}

pub(crate) async fn connect_key(
    db: &Db,
    context: &Context,
    idempotency: [Value; 4],
    lease: Lease,
    new: NewKey<'_>,
    connected: serde_json::Value,
) -> Result<ConnectKey, DbError> {
    let [principal, route, key, hash] = idempotency;
    let params = vec![
        context.value(),
        new.owner.into(),
        principal,
        route,
        key,
        hash,
        new.id.into(),
        lease.lane.to_vec().into(),
        lease.holder.into(),
        new.label.as_str().into(),
        new.mode.name().into(),
        Value::Jsonb(connected),
    ];
    db.write_json(include_str!("../../sql/connect_key.sql"), params)
        .await
}

pub(crate) async fn leave_lane(db: &Db, lease: Lease) -> Result<(), DbError> {
    db.write(
        include_str!("../../sql/leave_lane.sql"),
        params![lease.lane.to_vec(), lease.holder],
    )
    .await
    .map(|_| ())
}

/// Gives the lane back, of a key that is to be left alone for so many seconds.
pub(crate) async fn pause_lane(db: &Db, lease: Lease, seconds: i64) -> Result<(), DbError> {
    db.write(
        include_str!("../../sql/pause_lane.sql"),
        params![lease.lane.to_vec(), lease.holder, seconds],
    )
    .await
    .map(|_| ())
}

pub(crate) async fn list_keys(
    db: &Db,
    owner: Uuid,
    before: Option<Uuid>,
    size: i64,
) -> Result<Vec<Key>, DbError> {
    let keys = db
        .read_json(
            include_str!("../../sql/list_keys.sql"),
            params![owner, before, size],
        )
        .await?;
    Ok(keys.unwrap_or_default())
}

pub(crate) async fn get_key(db: &Db, owner: Uuid, id: Uuid) -> Result<Option<Key>, DbError> {
    db.read_json(include_str!("../../sql/get_key.sql"), params![owner, id])
        .await
}

pub(crate) async fn update_key(
    db: &Db,
    context: &Context,
    owner: Uuid,
    id: Uuid,
    expected: Option<i64>,
    wanted: serde_json::Value,
) -> Result<UpdateKey, DbError> {
    db.write_json(
        include_str!("../../sql/update_key.sql"),
        params![context.value(), owner, id, expected, wanted],
    )
    .await
}

/// After another key of the same account was verified.
#[derive(Debug, Deserialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub(crate) enum ReplaceKey {
    Replaced { key: Box<Key> },
    AnotherAccount,
    AlreadyConnected,
    Stale,
    NotFound,
}

pub(crate) async fn replace_key(
    db: &Db,
    context: &Context,
    owner: Uuid,
    id: Uuid,
    expected: Option<i64>,
    lease: Lease,
    connected: serde_json::Value,
) -> Result<ReplaceKey, DbError> {
    db.write_json(
        include_str!("../../sql/replace_key.sql"),
        params![
            context.value(),
            owner,
            id,
            expected,
            lease.lane.to_vec(),
            lease.holder,
            connected
        ],
    )
    .await
}

/// Notes that a key turned out not to be fit outside of a check.
pub(crate) async fn mark_key(
    db: &Db,
    context: &Context,
    id: Uuid,
    status: KeyStatus,
    problem: &str,
) -> Result<(), DbError> {
    db.write(
        include_str!("../../sql/mark_key.sql"),
        params![context.value(), id, status.name(), problem],
    )
    .await
    .map(|_| ())
}

/// Asks for the checks that are due; answers how many.
pub(crate) async fn check_keys(db: &Db, context: &Context) -> Result<serde_json::Value, DbError> {
    db.write_json(
        include_str!("../../sql/check_keys.sql"),
        params![context.value()],
    )
    .await
}

/// A key's envelopes.
#[derive(Debug, Deserialize)]
pub(crate) struct Sealed {
    pub(crate) id: Uuid,
    pub(crate) owner: Uuid,
    pub(crate) sealed_key: String,
    pub(crate) sealed_secret: String,
}

pub(crate) async fn keys_to_rewrap(
    db: &Db,
    after: Option<Uuid>,
    size: i64,
) -> Result<Vec<Sealed>, DbError> {
    let sealed = db
        .read_json(
            include_str!("../../sql/keys_to_rewrap.sql"),
            params![after, size],
        )
        .await?;
    Ok(sealed.unwrap_or_default())
}

pub(crate) async fn keep_rewrapped(
    db: &Db,
    old: &Sealed,
    new_key: &str,
    new_secret: &str,
) -> Result<(), DbError> {
    db.write(
        include_str!("../../sql/keep_rewrapped.sql"),
        params![
            old.id,
            &old.sealed_key,
            &old.sealed_secret,
            new_key,
            new_secret
        ],
    )
    .await
    .map(|_| ())
}

/// Forgets lanes that no key ever took.
pub(crate) async fn sweep_lanes(db: &Db) -> Result<serde_json::Value, DbError> {
    db.write_json(include_str!("../../sql/sweep_lanes.sql"), params![])
        .await
}

/// Live orders of an account that was deleted, after its bots were stopped.
#[derive(Debug, Deserialize)]
pub(crate) struct Left {
    pub(crate) orders: Vec<Uuid>,
}

pub(crate) async fn begin_erasure(
    db: &Db,
    context: &Context,
    owner: Uuid,
) -> Result<Left, DbError> {
    db.write_json(
        include_str!("../../sql/begin_erasure.sql"),
        params![context.value(), owner],
    )
    .await
}

/// What remains of an account that was deleted.
pub(crate) async fn erase_user(
    db: &Db,
    context: &Context,
    owner: Uuid,
) -> Result<serde_json::Value, DbError> {
    db.write_json(
        include_str!("../../sql/erase_user.sql"),
        params![context.value(), owner],
    )
    .await
}

/// What a check has found: a status if it learnt something about the key, with the report if the key is fit, else with
/// what its owner should do and, where that is known, the permissions alone.
pub(crate) struct Finding {
    pub(crate) status: Option<KeyStatus>,
    pub(crate) problem: Option<String>,
    pub(crate) report: Option<serde_json::Value>,
}

pub(crate) async fn record_check(
    db: &Db,
    context: &Context,
    owner: Option<Uuid>,
    id: Uuid,
    holder: Uuid,
    finding: Finding,
) -> Result<RecordCheck, DbError> {
    let Finding {
        status,
        problem,
        report,
    } = finding;
    let status = status.map(|status| status.name().to_owned());
    let params = params![context.value(), owner, id, holder, status, problem, report];
    db.write_json(include_str!("../../sql/record_check.sql"), params)
        .await
}

/// Stops the bots of a key and answers which of its orders may rest at the exchange.
pub(crate) async fn begin_disconnect(
    db: &Db,
    context: &Context,
    owner: Uuid,
    id: Uuid,
    expected: Option<i64>,
) -> Result<BeginDisconnect, DbError> {
    db.write_json(
        include_str!("../../sql/begin_disconnect.sql"),
        params![context.value(), owner, id, expected],
    )
    .await
}

pub(crate) async fn disconnect_key(
    db: &Db,
    context: &Context,
    owner: Uuid,
    id: Uuid,
) -> Result<DisconnectKey, DbError> {
    db.write_json(
        include_str!("../../sql/disconnect_key.sql"),
        params![context.value(), owner, id],
    )
    .await
}
