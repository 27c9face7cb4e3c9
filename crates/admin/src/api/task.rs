//! `/tasks`: what the queue holds, and a hand in it.

use axum::extract::State;
use axum::response::Response;
use kit::{
    App, Context, IfMatch, IfNoneMatch, Json, Page, Path, Permission, Principal, Problem, Query,
    WithEtag, etag,
};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::store::task::{self, AdminTask, FoundTask, TaskMove};

const LIST: &str = "admin.tasks";
const STATES: [&str; 6] = [
    "scheduled",
    "queued",
    "running",
    "done",
    "dead",
    "cancelled",
];

/// A page of tasks, newest first.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct AdminTasks {
    items: Vec<AdminTask>,
    /// For the next page; null on the last.
    next_cursor: Option<String>,
}

#[derive(Deserialize)]
pub(crate) struct TaskQuery {
    state: Option<String>,
    kind: Option<String>,
}

/// Lists tasks.
///
/// Permissions: `tasks.manage`.
#[utoipa::path(
    get,
    path = "/api/v1/admin/tasks",
    tag = "admin",
    params(
        ("state" = Option<String>, Query, description = "`scheduled`, `queued`, `running`, `done`, `dead` or `cancelled`"),
        ("kind" = Option<String>, Query, description = "Only of this kind"),
        ("limit" = Option<i64>, Query, description = "1 to 100, 20 if absent"),
        ("cursor" = Option<String>, Query, description = "`next_cursor` of the page before"),
    ),
    security(("bearer" = ["tasks.manage"])),
    responses(
        (status = 200, description = "A page", body = AdminTasks),
        (status = 401, description = "No or bad credential", body = kit::problem::ProblemDocument),
        (status = 403, description = "Lacks `tasks.manage`", body = kit::problem::ProblemDocument),
        (status = 422, description = "A parameter is not valid", body = kit::problem::ProblemDocument),
    ),
)]
pub(crate) async fn list(
    State(app): State<App>,
    principal: Principal,
    Query(query): Query<TaskQuery>,
    page: Page,
) -> Result<Json<AdminTasks>, Problem> {
    principal.require_permission(Permission::TasksManage)?;
    let state = query.state.as_deref().filter(|state| !state.is_empty());
    if state.is_some_and(|state| !STATES.contains(&state)) {
        return Err(Problem::invalid_field(
            "state",
            format!("must be one of {}", STATES.join(", ")),
        ));
    }
    let kind = query.kind.as_deref().filter(|kind| !kind.is_empty());
    let before = page.position::<Uuid>(&app, LIST)?;
    let mut items = task::list_tasks(app.db(), state, kind, before, page.limit).await?;
    let next_cursor = page.cut(&app, LIST, &mut items, |last| &last.id)?;
    Ok(Json(AdminTasks { items, next_cursor }))
}

/// Shows a task with the history of its errors.
///
/// Permissions: `tasks.manage`.
#[utoipa::path(
    get,
    path = "/api/v1/admin/tasks/{id}",
    tag = "admin",
    params(("id" = Uuid, Path, description = "Id of the task")),
    security(("bearer" = ["tasks.manage"])),
    responses(
        (status = 200, description = "The task, with its ETag", body = AdminTask),
        (status = 304, description = "As the client knows it"),
        (status = 401, description = "No or bad credential", body = kit::problem::ProblemDocument),
        (status = 403, description = "Lacks `tasks.manage`", body = kit::problem::ProblemDocument),
        (status = 404, description = "There is no such task any more", body = kit::problem::ProblemDocument),
    ),
)]
pub(crate) async fn show(
    State(app): State<App>,
    principal: Principal,
    Path(id): Path<Uuid>,
    known: IfNoneMatch,
) -> Result<Response, Problem> {
    principal.require_permission(Permission::TasksManage)?;
    let found = task::find_task(app.db(), id).await?.ok_or_else(not_found)?;
    let tag = etag(found.version, id);
    Ok(known.answer(tag, Json(found.task)))
}

/// Lets a task run again, with all its attempts: a dead letter, a cancelled one, or one that waits for its time.
///
/// Permissions: `tasks.manage`.
#[utoipa::path(
    post,
    path = "/api/v1/admin/tasks/{id}/requeue",
    tag = "admin",
    params(
        ("id" = Uuid, Path, description = "Id of the task"),
        ("If-Match" = Option<String>, Header, description = "Only if the task is still this version"),
    ),
    security(("bearer" = ["tasks.manage"])),
    responses(
        (status = 200, description = "Queued, with its ETag", body = AdminTask),
        (status = 401, description = "No or bad credential", body = kit::problem::ProblemDocument),
        (status = 403, description = "Lacks `tasks.manage`", body = kit::problem::ProblemDocument),
        (status = 404, description = "There is no such task any more", body = kit::problem::ProblemDocument),
        (status = 409, description = "It is queued, running or done", body = kit::problem::ProblemDocument),
        (status = 412, description = "The task has changed", body = kit::problem::ProblemDocument),
        (status = 429, description = "Too many writes", body = kit::problem::ProblemDocument),
    ),
)]
pub(crate) async fn requeue(
    State(app): State<App>,
    principal: Principal,
    context: Context,
    Path(id): Path<Uuid>,
    guard: IfMatch,
) -> Result<WithEtag<Json<AdminTask>>, Problem> {
    principal.require_permission(Permission::TasksManage)?;
    let context = context.for_principal(&principal);
    answer(
        task::requeue_task(app.db(), &context, id, guard.version(id)).await?,
        "requeued",
    )
}

/// Takes a task back that is not done, be it a dead letter. One that runs may have its effect all the same, but is not tried again.
///
/// Permissions: `tasks.manage`.
#[utoipa::path(
    post,
    path = "/api/v1/admin/tasks/{id}/cancel",
    tag = "admin",
    params(
        ("id" = Uuid, Path, description = "Id of the task"),
        ("If-Match" = Option<String>, Header, description = "Only if the task is still this version"),
    ),
    security(("bearer" = ["tasks.manage"])),
    responses(
        (status = 200, description = "Cancelled, with its ETag", body = AdminTask),
        (status = 401, description = "No or bad credential", body = kit::problem::ProblemDocument),
        (status = 403, description = "Lacks `tasks.manage`", body = kit::problem::ProblemDocument),
        (status = 404, description = "There is no such task any more", body = kit::problem::ProblemDocument),
        (status = 409, description = "It is done, or cancelled already", body = kit::problem::ProblemDocument),
        (status = 412, description = "The task has changed", body = kit::problem::ProblemDocument),
        (status = 429, description = "Too many writes", body = kit::problem::ProblemDocument),
    ),
)]
pub(crate) async fn cancel(
    State(app): State<App>,
    principal: Principal,
    context: Context,
    Path(id): Path<Uuid>,
    guard: IfMatch,
) -> Result<WithEtag<Json<AdminTask>>, Problem> {
    principal.require_permission(Permission::TasksManage)?;
    let context = context.for_principal(&principal);
    answer(
        task::cancel_task(app.db(), &context, id, guard.version(id)).await?,
        "cancelled",
    )
}

fn answer(moved: TaskMove, how: &str) -> Result<WithEtag<Json<AdminTask>>, Problem> {
    match moved {
        TaskMove::Moved(FoundTask { task, version }) => {
            Ok(WithEtag(etag(version, task.id), Json(task)))
        }
        TaskMove::Stale => Err(Problem::precondition_failed()),
        TaskMove::WrongState { task } => Err(Problem::conflict(
            "conflict",
            format!("The task is {}, so it cannot be {how}.", task.state()),
        )),
        TaskMove::NotFound => Err(not_found()),
    }
}

fn not_found() -> Problem {
    Problem::not_found("task")
}
