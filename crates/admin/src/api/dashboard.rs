//! `GET /dashboard`: how much there is of everything, and how it came about.

use std::time::Duration;

use axum::extract::State;
use kit::{App, Json, Permission, Principal, Problem};
use serde::{Deserialize, Serialize};

use crate::store::dashboard;

/// How old the figures may be: they are counts of whole tables.
const LIFE: Duration = Duration::from_secs(30);

/// Figures of the whole application.
#[derive(Serialize, Deserialize, utoipa::ToSchema)]
pub(crate) struct AdminDashboard {
    /// When they were counted, RFC 3339.
    at: String,
    /// Each count by the name of its metric without `spindle_`, then by its labels' values, joined by `,`; `""` where there is
    /// only one.
    #[schema(value_type = Object, example = json!({"users": {"active": 3, "disabled": 0}, "sessions": {"": 5}}))]
    counts: serde_json::Value,
    /// The last 30 days, oldest first, today last, UTC.
    days: Vec<AdminDay>,
}

/// What happened in a day.
#[derive(Serialize, Deserialize, utoipa::ToSchema)]
pub(crate) struct AdminDay {
    #[schema(example = "2026-01-31")]
    day: String,
    /// Accounts made.
    registrations: i64,
    /// Sessions opened.
    logins: i64,
    /// Posts made that are not deleted.
    posts: i64,
    /// Exchange keys connected.
    exchange_keys: i64,
    /// Orders accepted.
    orders: i64,
    /// Tickets opened.
    tickets: i64,
}

/// Counts and the last 30 days. Up to 30 s old.
///
/// Permissions: `users.read`.
#[utoipa::path(
    get,
    path = "/api/v1/admin/dashboard",
    tag = "admin",
    security(("bearer" = ["users.read"])),
    responses(
        (status = 200, description = "Figures", body = AdminDashboard),
        (status = 401, description = "No or bad credential", body = kit::problem::ProblemDocument),
        (status = 403, description = "Lacks `users.read`", body = kit::problem::ProblemDocument),
    ),
)]
pub(crate) async fn show(
    State(app): State<App>,
    principal: Principal,
) -> Result<Json<AdminDashboard>, Problem> {
    principal.require_permission(Permission::UsersRead)?;
    let figures = app
        .cached("admin.dashboard", LIFE, || async {
            dashboard::read(app.db())
                .await?
                .ok_or_else(|| Problem::internal("the dashboard is empty"))
        })
        .await?;
    Ok(Json(figures))
}
