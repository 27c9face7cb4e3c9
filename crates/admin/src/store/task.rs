//! Tasks as operators see them.

use kit::{Context, Db, DbError, params};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// A task. Its payload is not shown: it may hold an address or a code.
#[derive(Clone, Debug, Serialize, Deserialize, utoipa::ToSchema)]
pub(crate) struct AdminTask {
    pub(crate) id: Uuid,
    kind: String,
    /// `scheduled` until it is due, `queued` until a worker takes it, `running`, then `done`, `dead` or `cancelled`.
    state: String,
    /// Higher comes first.
    priority: i32,
    attempts: i32,
    /// How often it was put off, which costs no attempt.
    snoozes: i32,
    idempotency_key: String,
    /// Of the request that asked for it.
    request_id: Option<String>,
    traceparent: Option<String>,
    /// RFC 3339, UTC.
    run_at: String,
    created_at: String,
    finished_at: Option<String>,
    leased_until: Option<String>,
    /// What went wrong, oldest first: `{attempt, at, error, status}`.
    #[schema(value_type = Vec<Object>)]
    errors: serde_json::Value,
    /// What its owner answered.
    #[schema(value_type = Option<Object>)]
    result: Option<serde_json::Value>,
}

/// Tasks older than `before`, newest first; one more than `page`, if there are.
pub(crate) async fn list_tasks(
    db: &Db,
    state: Option<&str>,
    kind: Option<&str>,
    before: Option<Uuid>,
    page: i64,
) -> Result<Vec<AdminTask>, DbError> {
    let size = i32::try_from(page.saturating_add(1)).unwrap_or(i32::MAX);
    let tasks = db
        .read_json(
            include_str!("../../sql/list_tasks.sql"),
            params![state, kind, before, size],
        )
        .await?;
    Ok(tasks.unwrap_or_default())
}

/// A task and the version that it is.
#[derive(Debug, Deserialize)]
pub(crate) struct FoundTask {
    pub(crate) task: AdminTask,
    /// For the entity tag.
    pub(crate) version: i64,
}

/// One task.
pub(crate) async fn find_task(db: &Db, task: Uuid) -> Result<Option<FoundTask>, DbError> {
    db.read_json(include_str!("../../sql/read_task.sql"), params![task])
        .await
}

#[derive(Debug, Deserialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub(crate) enum TaskMove {
    #[serde(alias = "requeued", alias = "cancelled")]
    Moved(FoundTask),
    WrongState {
        task: AdminTask,
    },
    /// It is another version.
    Stale,
    NotFound,
}

/// Lets a task run again.
pub(crate) async fn requeue_task(
    db: &Db,
    context: &Context,
    task: Uuid,
    version: Option<i64>,
) -> Result<TaskMove, DbError> {
    db.write_json(
        include_str!("../../sql/requeue_task.sql"),
        params![context.value(), task, version],
    )
    .await
}

/// Takes a task back.
pub(crate) async fn cancel_task(
    db: &Db,
    context: &Context,
    task: Uuid,
    version: Option<i64>,
) -> Result<TaskMove, DbError> {
    db.write_json(
        include_str!("../../sql/cancel_task.sql"),
        params![context.value(), task, version],
    )
    .await
}

impl AdminTask {
    /// Where it stands.
    pub(crate) fn state(&self) -> &str {
        &self.state
    }
}
