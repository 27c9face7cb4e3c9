//! Events that a consumer could not take, as operators see them.

use kit::{Context, Db, DbError, params};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// An event that a consumer could not take, or one of the same key behind it. Its data are not shown: they may be somebody's.
#[derive(Clone, Debug, Serialize, Deserialize, utoipa::ToSchema)]
pub(crate) struct ParkedEvent {
    consumer: String,
    event_id: Uuid,
    topic: String,
    /// What it is about; events of one key are taken in order.
    key: String,
    /// Of the event.
    r#type: String,
    /// In the outbox.
    position: String,
    /// `retry` until `run_at`, `running`, `behind` while another of its key comes first, `dead` when its attempts are used up.
    state: String,
    attempts: i32,
    /// How often it was put off, which costs no attempt.
    snoozes: i32,
    /// Of the request that caused it.
    request_id: Option<String>,
    traceparent: Option<String>,
    /// RFC 3339, UTC.
    run_at: String,
    parked_at: String,
    leased_until: Option<String>,
    /// What went wrong, oldest first: `{attempt, at, error, status}`.
    #[schema(value_type = Vec<Object>)]
    errors: serde_json::Value,
}

impl ParkedEvent {
    /// Where it stands.
    pub(crate) fn state(&self) -> &str {
        &self.state
    }
}

/// Which of them; none filters nothing.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct ParkedFilter<'a> {
    pub(crate) consumer: Option<&'a str>,
    pub(crate) state: Option<&'a str>,
}

/// A place in the list.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Place {
    consumer: String,
    position: String,
}

/// By consumer and in the order of the events, up to `page` after a place; the place of the last of them if there are more.
pub(crate) async fn list_parked_events(
    db: &Db,
    filter: ParkedFilter<'_>,
    after: Option<&Place>,
    page: i64,
) -> Result<(Vec<ParkedEvent>, Option<Place>), DbError> {
    let size = i32::try_from(page.saturating_add(1)).unwrap_or(i32::MAX);
    let events: Option<Vec<ParkedEvent>> = db
        .read_json(
            include_str!("../../sql/list_parked_events.sql"),
            params![
                filter.consumer,
                filter.state,
                after.map(|place| place.consumer.as_str()),
                after.map(|place| place.position.as_str()),
                size
            ],
        )
        .await?;
    let mut events = events.unwrap_or_default();
    let page = usize::try_from(page).unwrap_or(usize::MAX);
    let more = events.len() > page;
    events.truncate(page);
    let last = events.last().filter(|_| more).map(|last| Place {
        consumer: last.consumer.clone(),
        position: last.position.clone(),
    });
    Ok((events, last))
}

/// A parked event and the version that it is.
#[derive(Debug, Deserialize)]
pub(crate) struct FoundEvent {
    pub(crate) event: ParkedEvent,
    /// For the entity tag.
    pub(crate) version: i64,
}

/// One of them.
pub(crate) async fn find_parked_event(
    db: &Db,
    consumer: &str,
    event: Uuid,
) -> Result<Option<FoundEvent>, DbError> {
    db.read_json(
        include_str!("../../sql/read_parked_event.sql"),
        params![consumer, event],
    )
    .await
}

#[derive(Debug, Deserialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub(crate) enum RequeueEvent {
    Requeued(FoundEvent),
    /// An earlier event of its key must go first.
    NotFirst,
    WrongState {
        event: ParkedEvent,
    },
    /// It is another version.
    Stale,
    NotFound,
}

/// Lets it be tried again.
pub(crate) async fn requeue_event(
    db: &Db,
    context: &Context,
    consumer: &str,
    event: Uuid,
    version: Option<i64>,
) -> Result<RequeueEvent, DbError> {
    db.write_json(
        include_str!("../../sql/requeue_event.sql"),
        params![context.value(), consumer, event, version],
    )
    .await
}

#[derive(Debug, Deserialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub(crate) enum SkipEvent {
    Skipped,
    /// A worker has it.
    WrongState,
    /// It is another version.
    Stale,
    NotFound,
}

/// Gives it up for its consumer.
pub(crate) async fn skip_event(
    db: &Db,
    context: &Context,
    consumer: &str,
    event: Uuid,
    version: Option<i64>,
) -> Result<SkipEvent, DbError> {
    db.write_json(
        include_str!("../../sql/skip_event.sql"),
        params![context.value(), consumer, event, version],
    )
    .await
}
