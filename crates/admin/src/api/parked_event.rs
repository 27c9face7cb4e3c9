//! `/parked-events`: events that a consumer could not take, and a hand in it. A key that has a dead one waits until somebody decides.

use axum::extract::State;
use axum::response::Response;
use kit::{
    App, Context, IfMatch, IfNoneMatch, Json, NoContent, Page, Path, Permission, Principal,
    Problem, Query, WithEtag, etag, page,
};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::store::parked_event::{
    self, FoundEvent, ParkedEvent, ParkedFilter, Place, RequeueEvent, SkipEvent,
};

const LIST: &str = "admin.parked_events";
const STATES: [&str; 4] = ["retry", "running", "behind", "dead"];

/// A page of parked events, by consumer and in the order of the events.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct ParkedEvents {
    items: Vec<ParkedEvent>,
    /// For the next page; null on the last.
    next_cursor: Option<String>,
}

#[derive(Deserialize)]
pub(crate) struct ParkedQuery {
    consumer: Option<String>,
    state: Option<String>,
}

/// Lists events that a consumer could not take, and those of the same keys behind them.
///
/// Permissions: `tasks.manage`.
#[utoipa::path(
    get,
    path = "/api/v1/admin/parked-events",
    tag = "admin",
    params(
        ("consumer" = Option<String>, Query, description = "Only of this consumer"),
        ("state" = Option<String>, Query, description = "`retry`, `running`, `behind` or `dead`"),
        ("limit" = Option<i64>, Query, description = "1 to 100, 20 if absent"),
        ("cursor" = Option<String>, Query, description = "`next_cursor` of the page before"),
    ),
    security(("bearer" = ["tasks.manage"])),
    responses(
        (status = 200, description = "A page", body = ParkedEvents),
        (status = 401, description = "No or bad credential", body = kit::problem::ProblemDocument),
        (status = 403, description = "Lacks `tasks.manage`", body = kit::problem::ProblemDocument),
        (status = 422, description = "A parameter is not valid", body = kit::problem::ProblemDocument),
    ),
)]
pub(crate) async fn list(
    State(app): State<App>,
    principal: Principal,
    Query(query): Query<ParkedQuery>,
    page: Page,
) -> Result<Json<ParkedEvents>, Problem> {
    principal.require_permission(Permission::TasksManage)?;
    let filter = ParkedFilter {
        consumer: query.consumer.as_deref().filter(|name| !name.is_empty()),
        state: query.state.as_deref().filter(|state| !state.is_empty()),
    };
    if filter.state.is_some_and(|state| !STATES.contains(&state)) {
        return Err(Problem::invalid_field(
            "state",
            format!("must be one of {}", STATES.join(", ")),
        ));
    }
    let after = page.position::<Place>(&app, LIST)?;
    let (items, last) =
        parked_event::list_parked_events(app.db(), filter, after.as_ref(), page.limit).await?;
    let next_cursor = last
        .map(|place| page::encode(&app, LIST, &place))
        .transpose()?;
    Ok(Json(ParkedEvents { items, next_cursor }))
}

/// Shows a parked event with the history of its errors.
///
/// Permissions: `tasks.manage`.
#[utoipa::path(
    get,
    path = "/api/v1/admin/parked-events/{consumer}/{id}",
    tag = "admin",
    params(
        ("consumer" = String, Path, description = "Who could not take it"),
        ("id" = Uuid, Path, description = "Id of the event"),
    ),
    security(("bearer" = ["tasks.manage"])),
    responses(
        (status = 200, description = "The event, with its ETag", body = ParkedEvent),
        (status = 304, description = "As the client knows it"),
        (status = 401, description = "No or bad credential", body = kit::problem::ProblemDocument),
        (status = 403, description = "Lacks `tasks.manage`", body = kit::problem::ProblemDocument),
        (status = 404, description = "No such event is parked for this consumer", body = kit::problem::ProblemDocument),
    ),
)]
pub(crate) async fn show(
    State(app): State<App>,
    principal: Principal,
    Path((consumer, id)): Path<(String, Uuid)>,
    known: IfNoneMatch,
) -> Result<Response, Problem> {
    principal.require_permission(Permission::TasksManage)?;
    let found = parked_event::find_parked_event(app.db(), &consumer, id)
        .await?
        .ok_or_else(not_found)?;
    let tag = etag(found.version, id);
    Ok(known.answer(tag, Json(found.event)))
}

/// Lets a parked event be tried again, now and with all its attempts.
///
/// Permissions: `tasks.manage`.
#[utoipa::path(
    post,
    path = "/api/v1/admin/parked-events/{consumer}/{id}/requeue",
    tag = "admin",
    params(
        ("consumer" = String, Path, description = "Who could not take it"),
        ("id" = Uuid, Path, description = "Id of the event"),
        ("If-Match" = Option<String>, Header, description = "Only if the event is still this version"),
    ),
    security(("bearer" = ["tasks.manage"])),
    responses(
        (status = 200, description = "To be tried again, with its ETag", body = ParkedEvent),
        (status = 401, description = "No or bad credential", body = kit::problem::ProblemDocument),
        (status = 403, description = "Lacks `tasks.manage`", body = kit::problem::ProblemDocument),
        (status = 404, description = "No such event is parked for this consumer", body = kit::problem::ProblemDocument),
        (status = 409, description = "A worker has it, or an earlier one of its key comes first", body = kit::problem::ProblemDocument),
        (status = 412, description = "The event has changed", body = kit::problem::ProblemDocument),
        (status = 429, description = "Too many writes", body = kit::problem::ProblemDocument),
    ),
)]
pub(crate) async fn requeue(
    State(app): State<App>,
    principal: Principal,
    context: Context,
    Path((consumer, id)): Path<(String, Uuid)>,
    guard: IfMatch,
) -> Result<WithEtag<Json<ParkedEvent>>, Problem> {
    principal.require_permission(Permission::TasksManage)?;
    let context = context.for_principal(&principal);
    let version = guard.version(id);
    match parked_event::requeue_event(app.db(), &context, &consumer, id, version).await? {
        RequeueEvent::Requeued(FoundEvent { event, version }) => {
            Ok(WithEtag(etag(version, id), Json(event)))
        }
        RequeueEvent::Stale => Err(Problem::precondition_failed()),
        RequeueEvent::NotFirst => Err(Problem::conflict(
            "conflict",
            "An earlier event of the same key is parked; requeue or skip that one first.",
        )),
        RequeueEvent::WrongState { event } => Err(Problem::conflict(
            "conflict",
            format!("The event is {}, so it cannot be requeued.", event.state()),
        )),
        RequeueEvent::NotFound => Err(not_found()),
    }
}

/// Gives a parked event up for its consumer, who never takes it; those of its key behind it go on.
///
/// Permissions: `tasks.manage`.
#[utoipa::path(
    post,
    path = "/api/v1/admin/parked-events/{consumer}/{id}/skip",
    tag = "admin",
    params(
        ("consumer" = String, Path, description = "Who could not take it"),
        ("id" = Uuid, Path, description = "Id of the event"),
        ("If-Match" = Option<String>, Header, description = "Only if the event is still this version"),
    ),
    security(("bearer" = ["tasks.manage"])),
    responses(
        (status = 204, description = "Given up"),
        (status = 401, description = "No or bad credential", body = kit::problem::ProblemDocument),
        (status = 403, description = "Lacks `tasks.manage`", body = kit::problem::ProblemDocument),
        (status = 404, description = "No such event is parked for this consumer", body = kit::problem::ProblemDocument),
        (status = 409, description = "A worker has it", body = kit::problem::ProblemDocument),
        (status = 412, description = "The event has changed", body = kit::problem::ProblemDocument),
        (status = 429, description = "Too many writes", body = kit::problem::ProblemDocument),
    ),
)]
pub(crate) async fn skip(
    State(app): State<App>,
    principal: Principal,
    context: Context,
    Path((consumer, id)): Path<(String, Uuid)>,
    guard: IfMatch,
) -> Result<NoContent, Problem> {
    principal.require_permission(Permission::TasksManage)?;
    let context = context.for_principal(&principal);
    let version = guard.version(id);
    match parked_event::skip_event(app.db(), &context, &consumer, id, version).await? {
        SkipEvent::Skipped => Ok(NoContent),
        SkipEvent::Stale => Err(Problem::precondition_failed()),
        SkipEvent::WrongState => Err(Problem::conflict(
            "conflict",
            "The event is running, so it cannot be skipped.",
        )),
        SkipEvent::NotFound => Err(not_found()),
    }
}

fn not_found() -> Problem {
    Problem::not_found("parked event")
}
