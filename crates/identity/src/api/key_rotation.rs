//! `POST /api/v1/admin/keys/rotate`, which the component `admin` serves.

use axum::extract::State;
use http::StatusCode;
use kit::{App, Context, DbError, Json, Permission, Principal, Problem, params};
use serde::{Deserialize, Serialize};

/// What will be done.
#[derive(Serialize, Deserialize, utoipa::ToSchema)]
pub struct KeyRotation {
    /// Tasks by kind: `GET /api/v1/admin/tasks` shows how far they are.
    tasks: Vec<String>,
}

/// Rotates keys: publishes the next signing keys, which sign a quarter of an hour later, and wraps all secrets anew that another than the
/// current master key wraps. Asked for again it goes on where it was.
///
/// Permissions: `keys.rotate`.
#[utoipa::path(
    post,
    path = "/api/v1/admin/keys/rotate",
    tag = "admin",
    security(("bearer" = ["keys.rotate"])),
    responses(
        (status = 202, description = "Tasks were made", body = KeyRotation),
        (status = 401, description = "No or bad credential", body = kit::problem::ProblemDocument),
        (status = 403, description = "The permission is missing", body = kit::problem::ProblemDocument),
    ),
)]
pub async fn create(
    State(app): State<App>,
    principal: Principal,
    context: Context,
) -> Result<(StatusCode, Json<KeyRotation>), Problem> {
    principal.require_permission(Permission::KeysRotate)?;
    let context = context.for_principal(&principal);
    let rotation: Result<KeyRotation, DbError> = app
        .db()
        .write_json(
            include_str!("../../sql/rotate_keys.sql"),
            params![context.value()],
        )
        .await;
    Ok((StatusCode::ACCEPTED, Json(rotation?)))
}
