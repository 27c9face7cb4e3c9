//! `/users`: finding accounts, disabling them, giving them roles.

use axum::extract::State;
use axum::response::Response;
use garde::Validate;
use identity::domain::Email;
use kit::{
    App, Context, IfMatch, IfNoneMatch, Json, Page, Path, Permission, Principal, Problem, Query,
    WithEtag, etag_with_others,
};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::refusal;
use crate::store::account::{self, AccountChange, AdminUser, Change, RolesChange, Search};

const LIST: &str = "admin.users";

/// A page of accounts, newest first.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct AdminUsers {
    items: Vec<AdminUser>,
    /// For the next page; null on the last.
    next_cursor: Option<String>,
}

#[derive(Deserialize)]
pub(crate) struct SearchQuery {
    q: Option<String>,
    role: Option<String>,
    state: Option<String>,
}

impl SearchQuery {
    fn check(self) -> Result<Search, Problem> {
        let state = match self.state.as_deref() {
            None | Some("") => None,
            Some("active") => Some("active"),
            Some("unverified") => Some("unverified"),
            Some("disabled") => Some("disabled"),
            Some(_) => {
                return Err(Problem::invalid_field(
                    "state",
                    "must be `active`, `unverified` or `disabled`",
                ));
            }
        };
        let text = self.q.as_deref().map(str::trim);
        let text = text.filter(|text| !text.is_empty());
        if text.is_some_and(|text| text.chars().count() > 254) {
            return Err(Problem::invalid_field(
                "q",
                "must be at most 254 characters",
            ));
        }
        Ok(Search {
            // A whole address as accounts have it, its domain in ASCII.
            beginning: text.map(|text| match text.parse::<Email>() {
                Ok(email) => email.as_str().to_owned(),
                Err(_) => text.to_lowercase(),
            }),
            key: text.map(case_folding::fold),
            role: self.role.filter(|role| !role.is_empty()),
            state,
        })
    }
}

/// Finds accounts.
///
/// Permissions: `users.read`.
#[utoipa::path(
    get,
    path = "/api/v1/admin/users",
    tag = "admin",
    params(
        ("q" = Option<String>, Query, description = "First letters of an address or of a username, or a whole id"),
        ("role" = Option<String>, Query, description = "Only those who have this role"),
        ("state" = Option<String>, Query, description = "`active`, `unverified` or `disabled`"),
        ("limit" = Option<i64>, Query, description = "1 to 100, 20 if absent"),
        ("cursor" = Option<String>, Query, description = "`next_cursor` of the page before"),
    ),
    security(("bearer" = ["users.read"])),
    responses(
        (status = 200, description = "A page", body = AdminUsers),
        (status = 401, description = "No or bad credential", body = kit::problem::ProblemDocument),
        (status = 403, description = "Lacks `users.read`", body = kit::problem::ProblemDocument),
        (status = 422, description = "A parameter is not valid", body = kit::problem::ProblemDocument),
        (status = 429, description = "Too many searches", body = kit::problem::ProblemDocument),
    ),
)]
pub(crate) async fn list(
    State(app): State<App>,
    principal: Principal,
    Query(query): Query<SearchQuery>,
    page: Page,
) -> Result<Json<AdminUsers>, Problem> {
    principal.require_permission(Permission::UsersRead)?;
    let search = query.check()?;
    let before = page.position::<Uuid>(&app, LIST)?;
    let mut items = account::search_accounts(app.db(), &search, before, page.limit).await?;
    let next_cursor = page.cut(&app, LIST, &mut items, |last| &last.id)?;
    Ok(Json(AdminUsers { items, next_cursor }))
}

/// Shows an account.
///
/// Permissions: `users.read`.
#[utoipa::path(
    get,
    path = "/api/v1/admin/users/{id}",
    tag = "admin",
    params(("id" = Uuid, Path, description = "Id of the account")),
    security(("bearer" = ["users.read"])),
    responses(
        (status = 200, description = "The account", body = AdminUser),
        (status = 304, description = "As the client knows it"),
        (status = 401, description = "No or bad credential", body = kit::problem::ProblemDocument),
        (status = 403, description = "Lacks `users.read`", body = kit::problem::ProblemDocument),
        (status = 404, description = "There is no such account", body = kit::problem::ProblemDocument),
    ),
)]
pub(crate) async fn show(
    State(app): State<App>,
    principal: Principal,
    Path(id): Path<Uuid>,
    known: IfNoneMatch,
) -> Result<Response, Problem> {
    principal.require_permission(Permission::UsersRead)?;
    let user = account::find_account(app.db(), id)
        .await?
        .ok_or_else(not_found)?;
    Ok(known.answer(tag(&user), Json(user)))
}

/// What to change; what is absent stays.
#[derive(Deserialize, Validate, utoipa::ToSchema)]
pub(crate) struct UserChange {
    /// True ends all sessions and refuses all credentials until it is false again.
    #[garde(skip)]
    disabled: Option<bool>,
    /// True takes the password away, ends all sessions and mails the owner a link to set another.
    #[garde(skip)]
    force_password_reset: Option<bool>,
}

/// Disables an account, enables it, or makes its owner set another password.
///
/// Nobody can do that to themselves, to the last administrator, or to an account with permissions that they lack.
///
/// Permissions: `users.manage`.
#[utoipa::path(
    patch,
    path = "/api/v1/admin/users/{id}",
    tag = "admin",
    params(
        ("id" = Uuid, Path, description = "Id of the account"),
        ("If-Match" = Option<String>, Header, description = "Only if the account is still this version"),
    ),
    request_body = UserChange,
    security(("bearer" = ["users.manage"])),
    responses(
        (status = 200, description = "Changed", body = AdminUser),
        (status = 400, description = "The body is not JSON", body = kit::problem::ProblemDocument),
        (status = 401, description = "No or bad credential", body = kit::problem::ProblemDocument),
        (status = 403, description = "Lacks `users.manage` or a permission that the account holds", body = kit::problem::ProblemDocument),
        (status = 404, description = "There is no such account", body = kit::problem::ProblemDocument),
        (status = 409, description = "One's own account, or the last administrator", body = kit::problem::ProblemDocument),
        (status = 412, description = "The account has changed", body = kit::problem::ProblemDocument),
        (status = 413, description = "The body is too large", body = kit::problem::ProblemDocument),
        (status = 415, description = "The body is not declared as JSON", body = kit::problem::ProblemDocument),
        (status = 422, description = "A field is wrong", body = kit::problem::ProblemDocument),
        (status = 429, description = "Too many writes", body = kit::problem::ProblemDocument),
    ),
)]
pub(crate) async fn update(
    State(app): State<App>,
    principal: Principal,
    context: Context,
    Path(id): Path<Uuid>,
    guard: IfMatch,
    Json(change): Json<UserChange>,
) -> Result<WithEtag<Json<AdminUser>>, Problem> {
    principal.require_permission(Permission::UsersManage)?;
    let outcome = account::change_account(
        app.db(),
        &context.for_principal(&principal),
        &principal,
        principal.user_id()?,
        id,
        &Change {
            version: guard.version(id),
            disabled: change.disabled,
            reset_password: change.force_password_reset == Some(true),
        },
    )
    .await?;
    match outcome {
        AccountChange::Changed { user } => Ok(tagged(user)),
        AccountChange::NotFound => Err(not_found()),
        AccountChange::Stale => Err(Problem::precondition_failed()),
        AccountChange::NotAllowed => Err(refusal::lacks(Permission::UsersManage)),
        AccountChange::Outranked => Err(Problem::forbidden(
            "The account holds permissions that this credential does not.",
        )),
        AccountChange::Oneself => Err(Problem::conflict(
            "conflict",
            "This is your own account; another administrator can do it.",
        )),
        AccountChange::LastAdmin => Err(refusal::last_admin()),
    }
}

/// All roles that the account is to have.
#[derive(Deserialize, Validate, utoipa::ToSchema)]
pub(crate) struct UserRoles {
    #[garde(length(max = 32), inner(length(min = 1, max = 64)))]
    roles: Vec<String>,
}

/// Gives an account exactly these roles. Its access tokens are refused from now on; refreshing gives one with the new roles.
///
/// Nobody can give or take a role with permissions that they lack, and somebody must be left who is an administrator.
///
/// Permissions: `roles.manage`.
#[utoipa::path(
    put,
    path = "/api/v1/admin/users/{id}/roles",
    tag = "admin",
    params(
        ("id" = Uuid, Path, description = "Id of the account"),
        ("If-Match" = Option<String>, Header, description = "Only if the account is still this version"),
    ),
    request_body = UserRoles,
    security(("bearer" = ["roles.manage"])),
    responses(
        (status = 200, description = "So it is", body = AdminUser),
        (status = 400, description = "The body is not JSON", body = kit::problem::ProblemDocument),
        (status = 401, description = "No or bad credential", body = kit::problem::ProblemDocument),
        (status = 403, description = "Lacks `roles.manage` or a permission of a role", body = kit::problem::ProblemDocument),
        (status = 404, description = "There is no such account", body = kit::problem::ProblemDocument),
        (status = 409, description = "The last administrator", body = kit::problem::ProblemDocument),
        (status = 412, description = "The account has changed", body = kit::problem::ProblemDocument),
        (status = 413, description = "The body is too large", body = kit::problem::ProblemDocument),
        (status = 415, description = "The body is not declared as JSON", body = kit::problem::ProblemDocument),
        (status = 422, description = "There is no such role", body = kit::problem::ProblemDocument),
        (status = 429, description = "Too many writes", body = kit::problem::ProblemDocument),
    ),
)]
pub(crate) async fn set_roles(
    State(app): State<App>,
    principal: Principal,
    context: Context,
    Path(id): Path<Uuid>,
    guard: IfMatch,
    Json(wanted): Json<UserRoles>,
) -> Result<WithEtag<Json<AdminUser>>, Problem> {
    principal.require_permission(Permission::RolesManage)?;
    let outcome = account::set_account_roles(
        app.db(),
        &context.for_principal(&principal),
        &principal,
        principal.user_id()?,
        id,
        guard.version(id),
        &wanted.roles,
    )
    .await?;
    match outcome {
        RolesChange::Set { user } => Ok(tagged(user)),
        RolesChange::NotFound => Err(not_found()),
        RolesChange::Stale => Err(Problem::precondition_failed()),
        RolesChange::NotAllowed => Err(refusal::lacks(Permission::RolesManage)),
        RolesChange::UnknownRole { role } => {
            let index = wanted.roles.iter().position(|wanted| *wanted == role);
            Err(Problem::invalid_field(
                &format!("roles[{}]", index.unwrap_or(0)),
                "there is no such role",
            ))
        }
        RolesChange::Outranked { role } => Err(Problem::forbidden(format!(
            "The role {role} gives permissions that this credential does not have."
        ))),
        RolesChange::LastAdmin => Err(refusal::last_admin()),
    }
}

fn tagged(user: AdminUser) -> WithEtag<Json<AdminUser>> {
    WithEtag(tag(&user), Json(user))
}

fn tag(user: &AdminUser) -> String {
    etag_with_others(user.version, user.others, user.id)
}

fn not_found() -> Problem {
    Problem::not_found("account")
}
