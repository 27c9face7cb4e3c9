//! Roles and permissions.

use kit::{Context, Db, DbError, Idempotency, Principal, Problem, params};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// A role and what it gives.
#[derive(Clone, Debug, Serialize, Deserialize, utoipa::ToSchema)]
pub(crate) struct Role {
    pub(crate) name: String,
    pub(crate) description: String,
    /// Comes with Spindle and can't be removed.
    pub(crate) built_in: bool,
    pub(crate) permissions: Vec<String>,
}

/// Something that roles may give.
#[derive(Clone, Debug, Serialize, Deserialize, utoipa::ToSchema)]
pub(crate) struct PermissionDocument {
    name: String,
    description: String,
}

/// All roles.
pub(crate) async fn list_roles(db: &Db) -> Result<Vec<Role>, DbError> {
    let roles = db
        .read_json(include_str!("../../sql/list_roles.sql"), params![])
        .await?;
    Ok(roles.unwrap_or_default())
}

/// All permissions.
pub(crate) async fn list_permissions(db: &Db) -> Result<Vec<PermissionDocument>, DbError> {
    let permissions = db
        .read_json(include_str!("../../sql/list_permissions.sql"), params![])
        .await?;
    Ok(permissions.unwrap_or_default())
}

/// A role to make.
#[derive(Serialize)]
pub(crate) struct NewRole<'a> {
    pub(crate) name: &'a str,
    pub(crate) description: &'a str,
    pub(crate) permissions: &'a [String],
}

#[derive(Debug, Deserialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub(crate) enum CreatedRole {
    Created { role: Role },
    Replayed { role: Role },
    Gone,
    Mismatch,
    NotAllowed,
    UnknownPermission { permission: String },
    Outranked { permission: String },
    Taken,
}

/// Makes a role.
pub(crate) async fn create_role(
    db: &Db,
    context: &Context,
    principal: &Principal,
    actor: Uuid,
    idempotency: &Idempotency,
    role: &NewRole<'_>,
) -> Result<CreatedRole, Problem> {
    let mut values = params![context.value(), actor, principal.permissions.clone()];
    values.extend(idempotency.params(principal, "POST /api/v1/admin/roles", role)?);
    values.extend(params![
        role.name,
        role.description,
        role.permissions.to_vec()
    ]);
    Ok(db
        .write_json(include_str!("../../sql/create_role.sql"), values)
        .await?)
}

#[derive(Debug, Deserialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub(crate) enum DeletedRole {
    Deleted,
    NotFound,
    NotAllowed,
    BuiltIn,
    Outranked,
    InUse { accounts: i64 },
}

/// Removes a role that nobody has.
pub(crate) async fn delete_role(
    db: &Db,
    context: &Context,
    principal: &Principal,
    actor: Uuid,
    name: &str,
) -> Result<DeletedRole, DbError> {
    db.write_json(
        include_str!("../../sql/delete_role.sql"),
        params![context.value(), actor, principal.permissions.clone(), name],
    )
    .await
}
