//! `/roles`, `/permissions`.

use axum::extract::State;
use garde::Validate;
use kit::{
    App, Context, Created, Idempotency, Json, NoContent, Path, Permission, Principal, Problem,
};
use serde::{Deserialize, Serialize};

use super::refusal;
use crate::store::role::{self, CreatedRole, DeletedRole, NewRole, PermissionDocument, Role};

/// All roles, the built-in ones first.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct Roles {
    items: Vec<Role>,
    /// Always null: all of them are here.
    next_cursor: Option<String>,
}

/// Lists all roles. There are few, so there are no pages.
///
/// Permissions: `roles.manage`.
#[utoipa::path(
    get,
    path = "/api/v1/admin/roles",
    tag = "admin",
    security(("bearer" = ["roles.manage"])),
    responses(
        (status = 200, description = "All roles", body = Roles),
        (status = 401, description = "No or bad credential", body = kit::problem::ProblemDocument),
        (status = 403, description = "Lacks `roles.manage`", body = kit::problem::ProblemDocument),
    ),
)]
pub(crate) async fn list(
    State(app): State<App>,
    principal: Principal,
) -> Result<Json<Roles>, Problem> {
    principal.require_permission(Permission::RolesManage)?;
    let items = role::list_roles(app.db()).await?;
    Ok(Json(Roles {
        items,
        next_cursor: None,
    }))
}

/// All permissions.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct Permissions {
    items: Vec<PermissionDocument>,
    /// Always null: all of them are here.
    next_cursor: Option<String>,
}

/// Lists all that roles can give.
///
/// Permissions: `roles.manage`.
#[utoipa::path(
    get,
    path = "/api/v1/admin/permissions",
    tag = "admin",
    security(("bearer" = ["roles.manage"])),
    responses(
        (status = 200, description = "All permissions", body = Permissions),
        (status = 401, description = "No or bad credential", body = kit::problem::ProblemDocument),
        (status = 403, description = "Lacks `roles.manage`", body = kit::problem::ProblemDocument),
    ),
)]
pub(crate) async fn list_permissions(
    State(app): State<App>,
    principal: Principal,
) -> Result<Json<Permissions>, Problem> {
    principal.require_permission(Permission::RolesManage)?;
    let items = role::list_permissions(app.db()).await?;
    Ok(Json(Permissions {
        items,
        next_cursor: None,
    }))
}

/// A role to make.
#[derive(Deserialize, Validate, utoipa::ToSchema)]
pub(crate) struct RoleRequest {
    /// 2 to 32 of `a-z`, `0-9` and `-`, beginning with a letter.
    #[garde(custom(is_role_name))]
    #[schema(example = "auditor")]
    name: String,
    #[garde(length(chars, min = 1, max = 200), custom(kit::is_one_line))]
    description: String,
    #[garde(length(max = 64), inner(length(min = 1, max = 64)))]
    #[schema(example = json!(["audit.read"]))]
    permissions: Vec<String>,
}

fn is_role_name(name: &str, _: &()) -> garde::Result {
    let mut letters = name.bytes();
    let first = letters.next().is_some_and(|byte| byte.is_ascii_lowercase());
    let rest = letters.all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
    if first && rest && (2..=32).contains(&name.len()) {
        Ok(())
    } else {
        Err(garde::Error::new(
            "must be 2 to 32 of a-z, 0-9 and -, beginning with a letter",
        ))
    }
}

/// Makes a role. It can give only what its maker has.
///
/// Permissions: `roles.manage`.
#[utoipa::path(
    post,
    path = "/api/v1/admin/roles",
    tag = "admin",
    params(("Idempotency-Key" = Option<String>, Header, description = "The same key makes it once")),
    request_body = RoleRequest,
    security(("bearer" = ["roles.manage"])),
    responses(
        (status = 201, description = "Made", body = Role),
        (status = 400, description = "The body is not JSON", body = kit::problem::ProblemDocument),
        (status = 401, description = "No or bad credential", body = kit::problem::ProblemDocument),
        (status = 403, description = "Lacks `roles.manage` or one of the permissions", body = kit::problem::ProblemDocument),
        (status = 404, description = "The key made it once, and it was removed since", body = kit::problem::ProblemDocument),
        (status = 409, description = "There is a role of this name", body = kit::problem::ProblemDocument),
        (status = 413, description = "The body is too large", body = kit::problem::ProblemDocument),
        (status = 415, description = "The body is not declared as JSON", body = kit::problem::ProblemDocument),
        (status = 422, description = "A field is wrong", body = kit::problem::ProblemDocument),
        (status = 429, description = "Too many writes", body = kit::problem::ProblemDocument),
    ),
)]
pub(crate) async fn create(
    State(app): State<App>,
    principal: Principal,
    context: Context,
    idempotency: Idempotency,
    Json(request): Json<RoleRequest>,
) -> Result<Created<Json<Role>>, Problem> {
    principal.require_permission(Permission::RolesManage)?;
    let wanted = NewRole {
        name: &request.name,
        description: request.description.trim(),
        permissions: &request.permissions,
    };
    let created = role::create_role(
        app.db(),
        &context.for_principal(&principal),
        &principal,
        principal.user_id()?,
        &idempotency,
        &wanted,
    )
    .await?;
    let (role, replayed) = match created {
        CreatedRole::Created { role } => (role, false),
        CreatedRole::Replayed { role } => (role, true),
        CreatedRole::Gone => return Err(Problem::not_found("role any more")),
        CreatedRole::Mismatch => return Err(Idempotency::mismatch()),
        CreatedRole::NotAllowed => return Err(refusal::lacks(Permission::RolesManage)),
        CreatedRole::UnknownPermission { permission } => {
            return Err(Problem::invalid_field(
                &format!("permissions[{}]", place(&request.permissions, &permission)),
                "there is no such permission",
            ));
        }
        CreatedRole::Outranked { permission } => {
            return Err(Problem::forbidden(format!(
                "This credential does not have {permission}, so it cannot give it."
            )));
        }
        CreatedRole::Taken => {
            return Err(Problem::conflict(
                "conflict",
                "There is a role of this name.",
            ));
        }
    };
    Ok(Created {
        location: format!("/api/v1/admin/roles/{}", role.name),
        etag: None,
        replayed,
        body: Json(role),
    })
}

fn place(permissions: &[String], wrong: &str) -> usize {
    permissions
        .iter()
        .position(|permission| permission == wrong)
        .unwrap_or(0)
}

/// Removes a role that nobody has.
///
/// Permissions: `roles.manage`.
#[utoipa::path(
    delete,
    path = "/api/v1/admin/roles/{name}",
    tag = "admin",
    params(("name" = String, Path, description = "Name of the role")),
    security(("bearer" = ["roles.manage"])),
    responses(
        (status = 204, description = "Removed"),
        (status = 401, description = "No or bad credential", body = kit::problem::ProblemDocument),
        (status = 403, description = "Lacks `roles.manage` or a permission of the role", body = kit::problem::ProblemDocument),
        (status = 404, description = "There is no such role", body = kit::problem::ProblemDocument),
        (status = 409, description = "The role is built in, or somebody has it", body = kit::problem::ProblemDocument),
        (status = 429, description = "Too many writes", body = kit::problem::ProblemDocument),
    ),
)]
pub(crate) async fn delete(
    State(app): State<App>,
    principal: Principal,
    context: Context,
    Path(name): Path<String>,
) -> Result<NoContent, Problem> {
    principal.require_permission(Permission::RolesManage)?;
    let deleted = role::delete_role(
        app.db(),
        &context.for_principal(&principal),
        &principal,
        principal.user_id()?,
        &name,
    )
    .await?;
    match deleted {
        DeletedRole::Deleted => Ok(NoContent),
        DeletedRole::NotFound => Err(Problem::not_found("role")),
        DeletedRole::NotAllowed => Err(refusal::lacks(Permission::RolesManage)),
        DeletedRole::BuiltIn => Err(Problem::conflict(
            "conflict",
            "This role comes with Spindle and stays.",
        )),
        DeletedRole::Outranked => Err(Problem::forbidden(
            "The role gives permissions that this credential does not have.",
        )),
        DeletedRole::InUse { accounts } => Err(Problem::conflict(
            "conflict",
            format!("Accounts that have this role: {accounts}. Take it from them first."),
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_roles_are_words_that_fit_a_path() {
        for name in ["auditor", "a2", "night-shift"] {
            assert!(is_role_name(name, &()).is_ok(), "{name}");
        }
        let long = "x".repeat(33);
        for name in ["", "a", "2a", "-a", "A", "a b", "a/b", "ä", long.as_str()] {
            assert!(is_role_name(name, &()).is_err(), "{name}");
        }
    }
}
