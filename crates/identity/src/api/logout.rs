//! `POST /logout`, `POST /logout/all`.

use axum::extract::State;
use kit::{App, Context, NoContent, Principal, Problem, Scope};

use crate::store::session;

/// Ends the session that the request was made with.
///
/// Permissions: `account.manage`, first party. A client gives back what it was given at `POST /oauth2/revoke`.
#[utoipa::path(
    post,
    path = "/api/v1/auth/logout",
    tag = "auth",
    security(("bearer" = ["account.manage"])),
    responses(
        (status = 204, description = "Ended; its tokens are refused everywhere within a second"),
        (status = 401, description = "No or bad credential", body = kit::problem::ProblemDocument),
        (status = 403, description = "Not a first-party session", body = kit::problem::ProblemDocument),
    ),
)]
pub(crate) async fn create(
    State(app): State<App>,
    principal: Principal,
    context: Context,
) -> Result<NoContent, Problem> {
    principal.require(Scope::AccountManage)?;
    principal.require_first_party()?;
    let (account, session) = (principal.user_id()?, principal.session_id()?);
    // Ended already is as good as ended now.
    session::end_session(
        app.db(),
        &context.for_principal(&principal),
        account,
        session,
    )
    .await?;
    Ok(NoContent)
}

/// Ends all sessions of the account.
///
/// Permissions: `account.manage`, first party.
#[utoipa::path(
    post,
    path = "/api/v1/auth/logout/all",
    tag = "auth",
    security(("bearer" = ["account.manage"])),
    responses(
        (status = 204, description = "Ended, this one included"),
        (status = 401, description = "No or bad credential", body = kit::problem::ProblemDocument),
        (status = 403, description = "Not a first-party session", body = kit::problem::ProblemDocument),
    ),
)]
pub(crate) async fn create_all(
    State(app): State<App>,
    principal: Principal,
    context: Context,
) -> Result<NoContent, Problem> {
    principal.require(Scope::AccountManage)?;
    principal.require_first_party()?;
    let account = principal.user_id()?;
    session::end_sessions(app.db(), &context.for_principal(&principal), account).await?;
    Ok(NoContent)
}
