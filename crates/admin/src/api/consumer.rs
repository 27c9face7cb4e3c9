//! `/consumers`: who takes events, how far each is, and how one begins again or is let go.

use axum::extract::State;
use garde::Validate;
use kit::{App, Context, Json, NoContent, Path, Permission, Principal, Problem};
use platform::subscriptions::SUBSCRIPTIONS;
use serde::{Deserialize, Serialize};

use super::audit::moment;
use crate::store::consumer::{self, Beginning, Consumer, ForgetConsumer, ReplayEvents};

/// All consumers.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct Consumers {
    items: Vec<Consumer>,
}

/// Where to begin again; with neither, with the oldest event that is kept.
#[derive(Deserialize, Validate, utoipa::ToSchema)]
#[garde(allow_unvalidated)]
pub(crate) struct ReplayRequest {
    /// After this position, `<xid>/<seq>`, as parked events and consumers have it.
    #[schema(example = "4711/12")]
    after: Option<String>,
    /// With the first event since then, RFC 3339.
    #[schema(value_type = Option<String>, format = DateTime)]
    since: Option<String>,
}

impl ReplayRequest {
    fn beginning(&self) -> Result<Beginning<'_>, Problem> {
        match (self.after.as_deref(), self.since.clone()) {
            (Some(_), Some(_)) => Err(Problem::invalid_field(
                "since",
                "must be absent where `after` is given",
            )),
            (Some(position), None) if is_position(position) => Ok(Beginning::After(position)),
            (Some(_), None) => Err(Problem::invalid_field(
                "after",
                "must be two numbers, `<xid>/<seq>`",
            )),
            (None, since) => {
                Ok(moment("since", since)?.map_or(Beginning::Oldest, Beginning::Since))
            }
        }
    }
}

/// As Postgres reads them: an `xid8` and a `bigint`.
fn is_position(text: &str) -> bool {
    text.split_once('/').is_some_and(|(xid, seq)| {
        text.bytes()
            .all(|byte| byte.is_ascii_digit() || byte == b'/')
            && xid.parse::<u64>().is_ok()
            && seq.parse::<i64>().is_ok()
    })
}

/// Where it begins.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct Replay {
    #[schema(example = "4711/12")]
    position: String,
}

/// Lists who takes events, and how far each is.
///
/// Permissions: `tasks.manage`.
#[utoipa::path(
    get,
    path = "/api/v1/admin/consumers",
    tag = "admin",
    security(("bearer" = ["tasks.manage"])),
    responses(
        (status = 200, description = "All of them", body = Consumers),
        (status = 401, description = "No or bad credential", body = kit::problem::ProblemDocument),
        (status = 403, description = "Lacks `tasks.manage`", body = kit::problem::ProblemDocument),
    ),
)]
pub(crate) async fn list(
    State(app): State<App>,
    principal: Principal,
) -> Result<Json<Consumers>, Problem> {
    principal.require_permission(Permission::TasksManage)?;
    let items = consumer::list_consumers(app.db()).await?;
    Ok(Json(Consumers { items }))
}

/// Lets a consumer begin again. It takes each event since then once more; what it did with it before, it does not do twice.
///
/// Permissions: `tasks.manage`.
#[utoipa::path(
    post,
    path = "/api/v1/admin/consumers/{name}/replay",
    tag = "admin",
    params(("name" = String, Path, description = "Name of the consumer")),
    request_body = ReplayRequest,
    security(("bearer" = ["tasks.manage"])),
    responses(
        (status = 200, description = "It begins again after this position", body = Replay),
        (status = 401, description = "No or bad credential", body = kit::problem::ProblemDocument),
        (status = 403, description = "Lacks `tasks.manage`", body = kit::problem::ProblemDocument),
        (status = 404, description = "There is no such consumer", body = kit::problem::ProblemDocument),
        (status = 422, description = "A field is not valid", body = kit::problem::ProblemDocument),
        (status = 429, description = "Too many writes", body = kit::problem::ProblemDocument),
    ),
)]
pub(crate) async fn replay(
    State(app): State<App>,
    principal: Principal,
    context: Context,
    Path(name): Path<String>,
    Json(request): Json<ReplayRequest>,
) -> Result<Json<Replay>, Problem> {
    principal.require_permission(Permission::TasksManage)?;
    let context = context.for_principal(&principal);
    let beginning = request.beginning()?;
    match consumer::replay_events(app.db(), &context, &name, beginning).await? {
        ReplayEvents::Replaying { position } => Ok(Json(Replay { position })),
        ReplayEvents::Ahead => Err(Problem::invalid_field(
            "after",
            "must be a position that events have come to",
        )),
        ReplayEvents::NotFound => Err(Problem::not_found("consumer")),
    }
}

/// Forgets a consumer that nobody reads for any more, and the events that are parked for it.
///
/// One whose subscription is still there is kept. `outside` begins again with the oldest event that is kept, if `events_path` is
/// still set.
///
/// Permissions: `tasks.manage`.
#[utoipa::path(
    delete,
    path = "/api/v1/admin/consumers/{name}",
    tag = "admin",
    params(("name" = String, Path, description = "Name of the consumer")),
    security(("bearer" = ["tasks.manage"])),
    responses(
        (status = 204, description = "Forgotten"),
        (status = 401, description = "No or bad credential", body = kit::problem::ProblemDocument),
        (status = 403, description = "Lacks `tasks.manage`", body = kit::problem::ProblemDocument),
        (status = 404, description = "There is no such consumer", body = kit::problem::ProblemDocument),
        (status = 409, description = "Its subscription is still there", body = kit::problem::ProblemDocument),
        (status = 429, description = "Too many writes", body = kit::problem::ProblemDocument),
    ),
)]
pub(crate) async fn forget(
    State(app): State<App>,
    principal: Principal,
    context: Context,
    Path(name): Path<String>,
) -> Result<NoContent, Problem> {
    principal.require_permission(Permission::TasksManage)?;
    let context = context.for_principal(&principal);
    if SUBSCRIPTIONS
        .iter()
        .any(|subscription| subscription.consumer == name)
    {
        return Err(Problem::conflict(
            "conflict",
            "The consumer's subscription is still there: a component takes events under this name.",
        ));
    }
    match consumer::forget_consumer(app.db(), &context, &name).await? {
        ForgetConsumer::Forgotten => Ok(NoContent),
        ForgetConsumer::NotFound => Err(Problem::not_found("consumer")),
    }
}
