//! `GET /me`: one's own account.

use axum::extract::State;
use kit::{App, Json, Principal, Problem, Scope};

use crate::policy::Policy;
use crate::store::account::{self, Me};

/// The account behind the credential, as it is now.
///
/// Permissions: `account.manage`.
#[utoipa::path(
    get,
    path = "/api/v1/auth/me",
    tag = "auth",
    security(("bearer" = ["account.manage"])),
    responses(
        (status = 200, description = "The account", body = Me),
        (status = 401, description = "No or bad credential, or the account is gone", body = kit::problem::ProblemDocument),
        (status = 403, description = "The credential lacks the scope", body = kit::problem::ProblemDocument),
    ),
)]
pub(crate) async fn show(
    State(app): State<App>,
    _policy: Policy,
    principal: Principal,
) -> Result<Json<Me>, Problem> {
    principal.require(Scope::AccountManage)?;
    account::find_me(app.db(), principal.user_id()?)
        .await?
        .map(Json)
        .ok_or_else(|| Problem::unauthorized("The account is gone or disabled."))
}
