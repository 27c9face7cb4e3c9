//! Webhooks and their deliveries.

use kit::db::Versioned;
use kit::{Context, Db, DbError, Value, params};
use serde::Deserialize;
use uuid::Uuid;

use super::Listed;

/// A webhook after a change.
#[derive(Clone, Debug, Deserialize)]
pub struct Stored {
    /// Its id.
    pub id: Uuid,
    /// Which of its secrets counts.
    pub generation: i32,
    /// For its entity tag.
    pub version: i64,
    /// The document.
    pub webhook: serde_json::Value,
}

/// What a change came to.
#[derive(Debug, Deserialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
#[expect(missing_docs, reason = "the SQL functions say")]
pub enum Change {
    Created(Stored),
    Updated(Stored),
    Deleted,
    TooMany,
    Mismatch,
    Shown { id: Uuid },
    NotFound,
    Stale,
}

/// Creates a webhook.
///
/// # Errors
/// [`DbError`].
pub async fn create(
    db: &Db,
    context: &Context,
    id: Uuid,
    owner: Uuid,
    url: String,
    events: Vec<String>,
    idempotency: [Value; 4],
) -> Result<Change, DbError> {
    let mut params = params![context.value(), id, owner, url, events];
    params.extend(idempotency);
    db.write_json(include_str!("../../sql/create_webhook.sql"), params)
        .await
}

/// An owner's webhooks, a JSON array.
///
/// # Errors
/// [`DbError`].
pub async fn find_all(db: &Db, owner: Uuid) -> Result<String, DbError> {
    db.read_text(include_str!("../../sql/list_webhooks.sql"), params![owner])
        .await?
        .ok_or_else(|| DbError::decode("list_webhooks", "answered nothing"))
}

/// A webhook; none if it is not the owner's.
///
/// # Errors
/// [`DbError`].
pub async fn find(db: &Db, id: Uuid, owner: Uuid) -> Result<Option<Versioned>, DbError> {
    db.read_versioned(
        include_str!("../../sql/read_webhook.sql"),
        params![id, owner],
    )
    .await
}

/// Which of a webhook's secrets counts.
#[derive(Clone, Copy, Debug, Deserialize)]
pub struct Generation {
    /// Its number.
    pub generation: i32,
    /// Version of the webhook that says so.
    pub version: i64,
}

/// Which secret of an owner's webhook counts; none if it is not the owner's.
///
/// # Errors
/// [`DbError`].
pub async fn find_generation(
    db: &Db,
    id: Uuid,
    owner: Uuid,
) -> Result<Option<Generation>, DbError> {
    db.read_json(
        include_str!("../../sql/webhook_generation.sql"),
        params![id, owner],
    )
    .await
}

/// Changes a webhook; without changes it is deleted.
///
/// # Errors
/// [`DbError`].
pub async fn update(
    db: &Db,
    context: &Context,
    id: Uuid,
    owner: Uuid,
    expected: Option<i64>,
    changes: Option<serde_json::Value>,
) -> Result<Change, DbError> {
    db.write_json(
        include_str!("../../sql/update_webhook.sql"),
        params![context.value(), id, owner, expected, changes],
    )
    .await
}

/// A page of a webhook's deliveries, newest first; none if it is not the owner's.
///
/// # Errors
/// [`DbError`].
pub async fn find_deliveries(
    db: &Db,
    id: Uuid,
    owner: Uuid,
    after: Option<Uuid>,
    limit: i64,
) -> Result<Option<Listed<Uuid>>, DbError> {
    let rows = db
        .read(
            include_str!("../../sql/list_deliveries.sql"),
            params![id, owner, after, limit],
        )
        .await?;
    let Some(row) = rows.first() else {
        return Ok(None);
    };
    let last = row.get("last_id")?;
    Ok(row
        .get::<Option<String>>("items")?
        .map(|items| Listed { items, last }))
}

/// Takes an event to the webhooks of `owner` that want it.
///
/// # Errors
/// [`DbError`].
pub async fn fan_out(
    db: &Db,
    context: &Context,
    owner: Uuid,
    event: Uuid,
    kind: &str,
    body: serde_json::Value,
) -> Result<serde_json::Value, DbError> {
    db.write_json(
        include_str!("../../sql/fan_out.sql"),
        params![context.value(), owner, event, kind, body],
    )
    .await
}

/// What an attempt needs; none when there is nothing to deliver any more.
///
/// # Errors
/// [`DbError`].
pub async fn begin(db: &Db, delivery: Uuid) -> Result<Option<serde_json::Value>, DbError> {
    db.write_json(
        include_str!("../../sql/begin_delivery.sql"),
        params![delivery],
    )
    .await
}

/// How a delivery stands after an attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the names say it")]
pub enum State {
    Queued,
    Delivered,
    Failed,
}

/// Writes an attempt down.
///
/// # Errors
/// [`DbError`].
pub async fn finish(
    db: &Db,
    context: &Context,
    delivery: Uuid,
    status: Option<i32>,
    failure: Option<String>,
) -> Result<State, DbError> {
    #[derive(Deserialize)]
    struct Answer {
        state: State,
    }
    db.write_json::<Answer>(
        include_str!("../../sql/finish_delivery.sql"),
        params![context.value(), delivery, status, failure],
    )
    .await
    .map(|answer| answer.state)
}
