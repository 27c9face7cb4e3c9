//! `/api/v1/auth/consents`: what one let which application do.

use axum::extract::State;
use kit::{App, Context, Json, NoContent, Path, Principal, Problem, Scope};
use serde::Serialize;

use crate::oauth::store::consent::{self, Consent, Revoked};

/// All consents of an account.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct Consents {
    items: Vec<Consent>,
    /// Always null: all of them are here.
    next_cursor: Option<String>,
}

/// Lists what the account's owner let which application do.
///
/// Permissions: `account.manage`, first party.
#[utoipa::path(
    get,
    path = "/api/v1/auth/consents",
    tag = "auth",
    security(("bearer" = ["account.manage"])),
    responses(
        (status = 200, description = "All of them, by the application's name", body = Consents),
        (status = 401, description = "No or bad credential", body = kit::problem::ProblemDocument),
        (status = 403, description = "Not a first-party session", body = kit::problem::ProblemDocument),
    ),
)]
pub(crate) async fn list(
    State(app): State<App>,
    principal: Principal,
) -> Result<Json<Consents>, Problem> {
    principal.require(Scope::AccountManage)?;
    principal.require_first_party()?;
    let items = consent::list(app.db(), principal.user_id()?).await?;
    Ok(Json(Consents {
        items,
        next_cursor: None,
    }))
}

/// Takes back what an application was let do. All its tokens for the account die.
///
/// Permissions: `account.manage`, first party.
#[utoipa::path(
    delete,
    path = "/api/v1/auth/consents/{client_id}",
    tag = "auth",
    params(("client_id" = String, Path, description = "The application")),
    security(("bearer" = ["account.manage"])),
    responses(
        (status = 204, description = "Taken back; its tokens are refused everywhere within a second"),
        (status = 401, description = "No or bad credential", body = kit::problem::ProblemDocument),
        (status = 403, description = "Not a first-party session", body = kit::problem::ProblemDocument),
        (status = 404, description = "The application was let do nothing", body = kit::problem::ProblemDocument),
    ),
)]
pub(crate) async fn delete(
    State(app): State<App>,
    principal: Principal,
    context: Context,
    Path(client_id): Path<String>,
) -> Result<NoContent, Problem> {
    principal.require(Scope::AccountManage)?;
    principal.require_first_party()?;
    let account = principal.user_id()?;
    match consent::revoke(
        app.db(),
        &context.for_principal(&principal),
        account,
        &client_id,
    )
    .await?
    {
        Revoked::Revoked => Ok(NoContent),
        Revoked::NotFound => Err(Problem::not_found("consent")),
    }
}
