//! Who takes events, as operators see them.

use kit::{Context, Db, DbError, params};
use serde::{Deserialize, Serialize};

/// Who takes the events of some topics, and how far it is.
#[derive(Clone, Debug, Serialize, Deserialize, utoipa::ToSchema)]
pub(crate) struct Consumer {
    name: String,
    topics: Vec<String>,
    /// In the outbox, as a parked event has it: everything up to there is taken or parked.
    position: String,
    /// RFC 3339, UTC.
    moved_at: String,
    /// Events that it has not taken, parked ones too; 10,000 and those if there are more.
    lag_events: i64,
    /// Age of the oldest of them, seconds.
    lag_s: f64,
    /// Events that it could not take, and those of the same keys behind them.
    parked: i64,
    /// Those of them that wait for an operator.
    dead: i64,
}

/// All of them.
pub(crate) async fn list_consumers(db: &Db) -> Result<Vec<Consumer>, DbError> {
    let consumers = db
        .read_json(include_str!("../../sql/list_consumers.sql"), params![])
        .await?;
    Ok(consumers.unwrap_or_default())
}

/// Where a consumer begins again.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Beginning<'a> {
    /// With the oldest event that is kept.
    Oldest,
    /// After this position.
    After(&'a str),
    /// With the first event since then, milliseconds since the Unix epoch.
    Since(i64),
}

#[derive(Debug, Deserialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub(crate) enum ReplayEvents {
    Replaying { position: String },
    Ahead,
    NotFound,
}

/// Lets a consumer begin again.
pub(crate) async fn replay_events(
    db: &Db,
    context: &Context,
    consumer: &str,
    beginning: Beginning<'_>,
) -> Result<ReplayEvents, DbError> {
    let (after, since) = match beginning {
        Beginning::Oldest => (None, None),
        Beginning::After(position) => (Some(position), None),
        Beginning::Since(moment) => (None, Some(moment)),
    };
    db.write_json(
        include_str!("../../sql/replay_events.sql"),
        params![context.value(), consumer, after, since],
    )
    .await
}

#[derive(Debug, Deserialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub(crate) enum ForgetConsumer {
    Forgotten,
    NotFound,
}

/// Forgets a consumer, and the events that are parked for it.
pub(crate) async fn forget_consumer(
    db: &Db,
    context: &Context,
    consumer: &str,
) -> Result<ForgetConsumer, DbError> {
    db.write_json(
        include_str!("../../sql/forget_consumer.sql"),
        params![context.value(), consumer],
    )
    .await
}
