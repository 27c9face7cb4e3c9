//! `/sessions`: where one is signed in.

use axum::extract::State;
use kit::{App, Context, Json, NoContent, Page, Path, Principal, Problem, Scope};
use serde::Serialize;
use uuid::Uuid;

use crate::store::session::{self, EndedSession, Session};

const LIST: &str = "auth.sessions";

/// A page of sessions, newest first.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct Sessions {
    items: Vec<Session>,
    /// For the next page; null on the last.
    next_cursor: Option<String>,
}

/// Lists the account's live sessions.
///
/// Permissions: `account.manage`.
#[utoipa::path(
    get,
    path = "/api/v1/auth/sessions",
    tag = "auth",
    params(
        ("limit" = Option<i64>, Query, description = "1 to 100, 20 if absent"),
        ("cursor" = Option<String>, Query, description = "`next_cursor` of the page before"),
    ),
    security(("bearer" = ["account.manage"])),
    responses(
        (status = 200, description = "A page", body = Sessions),
        (status = 401, description = "No or bad credential", body = kit::problem::ProblemDocument),
        (status = 403, description = "The credential lacks the scope", body = kit::problem::ProblemDocument),
        (status = 422, description = "The limit or the cursor is not valid", body = kit::problem::ProblemDocument),
    ),
)]
pub(crate) async fn list(
    State(app): State<App>,
    principal: Principal,
    page: Page,
) -> Result<Json<Sessions>, Problem> {
    principal.require(Scope::AccountManage)?;
    let before = page.position::<Uuid>(&app, LIST)?;
    let mut items =
        session::list_sessions(app.db(), principal.user_id()?, before, page.limit).await?;
    let next_cursor = page.cut(&app, LIST, &mut items, |last| &last.id)?;
    for item in &mut items {
        item.current = principal.session.as_deref() == Some(item.id.to_string().as_str());
    }
    Ok(Json(Sessions { items, next_cursor }))
}

/// Ends one of the account's sessions.
///
/// Permissions: `account.manage`, first party.
#[utoipa::path(
    delete,
    path = "/api/v1/auth/sessions/{id}",
    tag = "auth",
    params(("id" = Uuid, Path, description = "Id of the session")),
    security(("bearer" = ["account.manage"])),
    responses(
        (status = 204, description = "Ended; its tokens are refused everywhere within a second"),
        (status = 401, description = "No or bad credential", body = kit::problem::ProblemDocument),
        (status = 403, description = "Not a first-party session", body = kit::problem::ProblemDocument),
        (status = 404, description = "The account has no such live session", body = kit::problem::ProblemDocument),
    ),
)]
pub(crate) async fn delete(
    State(app): State<App>,
    principal: Principal,
    context: Context,
    Path(id): Path<Uuid>,
) -> Result<NoContent, Problem> {
    principal.require(Scope::AccountManage)?;
    principal.require_first_party()?;
    let account = principal.user_id()?;
    match session::end_session(app.db(), &context.for_principal(&principal), account, id).await? {
        EndedSession::Ended => Ok(NoContent),
        EndedSession::NotFound => Err(Problem::not_found("session")),
    }
}
