//! `/kill-switch`: stops bots and orders, everybody's or one account's.

use axum::extract::State;
use garde::Validate;
use kit::{App, Context, Json, Permission, Principal, Problem, Query};
use serde::Deserialize;
use uuid::Uuid;

use crate::store::account;
use crate::store::kill_switch::{self, KillSwitch};

/// Whose bots, and why.
#[derive(Deserialize, Validate, utoipa::ToSchema)]
pub(crate) struct KillSwitchRequest {
    /// Told to the bots' owners.
    #[garde(length(chars, min = 1, max = 200), custom(kit::is_one_line))]
    reason: String,
    /// Only this account's; everybody's if absent.
    #[garde(skip)]
    user_id: Option<Uuid>,
}

/// Stops all bots at once, and lets no order through until the switch is released. Again is as good as once.
///
/// Permissions: `bots.kill`.
#[utoipa::path(
    post,
    path = "/api/v1/admin/kill-switch",
    tag = "admin",
    request_body = KillSwitchRequest,
    security(("bearer" = ["bots.kill"])),
    responses(
        (status = 200, description = "Engaged", body = KillSwitch),
        (status = 400, description = "The body is not JSON", body = kit::problem::ProblemDocument),
        (status = 401, description = "No or bad credential", body = kit::problem::ProblemDocument),
        (status = 403, description = "Lacks `bots.kill`", body = kit::problem::ProblemDocument),
        (status = 413, description = "The body is too large", body = kit::problem::ProblemDocument),
        (status = 415, description = "The body is not declared as JSON", body = kit::problem::ProblemDocument),
        (status = 422, description = "A field is wrong, or there is no such account", body = kit::problem::ProblemDocument),
        (status = 429, description = "Too many writes", body = kit::problem::ProblemDocument),
    ),
)]
pub(crate) async fn engage(
    State(app): State<App>,
    principal: Principal,
    context: Context,
    Json(request): Json<KillSwitchRequest>,
) -> Result<Json<KillSwitch>, Problem> {
    principal.require_permission(Permission::BotsKill)?;
    // A mistyped id would stop nobody, and be answered as if it did.
    if let Some(user) = request.user_id
        && account::find_account(app.db(), user).await?.is_none()
    {
        return Err(Problem::invalid_field(
            "user_id",
            "there is no such account",
        ));
    }
    let context = context.for_principal(&principal);
    let scope = scope(request.user_id);
    Ok(Json(
        kill_switch::engage(app.db(), &context, &scope, request.reason.trim()).await?,
    ))
}

#[derive(Deserialize)]
pub(crate) struct ReleaseQuery {
    user_id: Option<Uuid>,
}

/// Releases the switch. Bots stay stopped until their owners start them.
///
/// Permissions: `bots.kill`.
#[utoipa::path(
    delete,
    path = "/api/v1/admin/kill-switch",
    tag = "admin",
    params(("user_id" = Option<Uuid>, Query, description = "Only this account's; everybody's if absent")),
    security(("bearer" = ["bots.kill"])),
    responses(
        (status = 200, description = "Released", body = KillSwitch),
        (status = 401, description = "No or bad credential", body = kit::problem::ProblemDocument),
        (status = 403, description = "Lacks `bots.kill`", body = kit::problem::ProblemDocument),
        (status = 422, description = "Not an account's id", body = kit::problem::ProblemDocument),
        (status = 429, description = "Too many writes", body = kit::problem::ProblemDocument),
    ),
)]
pub(crate) async fn release(
    State(app): State<App>,
    principal: Principal,
    context: Context,
    Query(query): Query<ReleaseQuery>,
) -> Result<Json<KillSwitch>, Problem> {
    principal.require_permission(Permission::BotsKill)?;
    let context = context.for_principal(&principal);
    Ok(Json(
        kill_switch::release(app.db(), &context, &scope(query.user_id)).await?,
    ))
}

fn scope(user: Option<Uuid>) -> String {
    user.map_or_else(|| "global".to_owned(), |user| user.to_string())
}
