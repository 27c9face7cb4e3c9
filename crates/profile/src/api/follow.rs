//! `/users/{username}/follow`, `/followers` and `/following`.

use axum::extract::State;
use kit::problem::ProblemDocument;
use kit::{App, Context, OptionalPrincipal, Page, Path, Principal, Problem, RawJson, Scope, page};
use serde::Serialize;

use super::public_profile::PublicProfile;
use crate::domain;
use crate::store::{self, Follow, Position};

/// An account in a list.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct Account {
    user_id: uuid::Uuid,
    username: String,
    display_name: Option<String>,
    bio: Option<String>,
    image_url: Option<String>,
    /// Whether the caller follows this account; false for anonymous callers.
    following: bool,
}

/// A page of accounts.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct Accounts {
    items: Vec<Account>,
    /// For the next page; null on the last.
    next_cursor: Option<String>,
}

/// Follows an account. Doing it again changes nothing.
///
/// Permissions: `profile.write`.
#[utoipa::path(
    put,
    path = "/api/v1/profile/users/{username}/follow",
    tag = "profile",
    params(("username" = String, Path, description = "In any case")),
    security(("bearer" = ["profile.write"])),
    responses(
        (status = 200, description = "The profile with the exact counts", body = PublicProfile),
        (status = 401, description = "No or bad credential", body = ProblemDocument),
        (status = 403, description = "The credential lacks the scope", body = ProblemDocument),
        (status = 404, description = "No such account", body = ProblemDocument),
        (status = 422, description = "It is the caller's own account", body = ProblemDocument),
    ),
)]
pub(crate) async fn follow(
    State(app): State<App>,
    principal: Principal,
    context: Context,
    Path(username): Path<String>,
) -> Result<axum::Json<serde_json::Value>, Problem> {
    principal.require(Scope::ProfileWrite)?;
    set(&app, &principal, context, &username, true).await
}

/// Follows an account no longer. Doing it again changes nothing.
///
/// Permissions: `profile.write`.
#[utoipa::path(
    delete,
    path = "/api/v1/profile/users/{username}/follow",
    tag = "profile",
    params(("username" = String, Path, description = "In any case")),
    security(("bearer" = ["profile.write"])),
    responses(
        (status = 200, description = "The profile with the exact counts", body = PublicProfile),
        (status = 401, description = "No or bad credential", body = ProblemDocument),
        (status = 403, description = "The credential lacks the scope", body = ProblemDocument),
        (status = 404, description = "No such account", body = ProblemDocument),
        (status = 422, description = "It is the caller's own account", body = ProblemDocument),
    ),
)]
pub(crate) async fn unfollow(
    State(app): State<App>,
    principal: Principal,
    context: Context,
    Path(username): Path<String>,
) -> Result<axum::Json<serde_json::Value>, Problem> {
    principal.require(Scope::ProfileWrite)?;
    set(&app, &principal, context, &username, false).await
}

async fn set(
    app: &App,
    principal: &Principal,
    context: Context,
    username: &str,
    wanted: bool,
) -> Result<axum::Json<serde_json::Value>, Problem> {
    let context = context.for_principal(principal);
    let key = domain::username_key(username);
    match store::set_follow(app.db(), &context, principal.user_id()?, &key, wanted).await? {
        Follow::Followed { profile } => Ok(axum::Json(profile)),
        Follow::Oneself => Err(Problem::invalid_field(
            "username",
            "must be somebody else's: nobody follows themselves",
        )),
        Follow::NotFound => Err(Problem::not_found("user")),
    }
}

/// Lists the accounts that follow an account, those that began last first.
///
/// Permissions: none; a credential is used for `following`.
#[utoipa::path(
    get,
    path = "/api/v1/profile/users/{username}/followers",
    tag = "profile",
    params(
        ("username" = String, Path, description = "In any case"),
        ("limit" = Option<i64>, Query, description = "1 to 100, 20 if absent"),
        ("cursor" = Option<String>, Query, description = "`next_cursor` of the page before"),
    ),
    security((), ("bearer" = [])),
    responses(
        (status = 200, description = "A page", body = Accounts),
        (status = 401, description = "A bad credential", body = ProblemDocument),
        (status = 404, description = "No such account", body = ProblemDocument),
        (status = 422, description = "The limit or the cursor is not valid", body = ProblemDocument),
    ),
)]
pub(crate) async fn followers(
    State(app): State<App>,
    reader: OptionalPrincipal,
    Path(username): Path<String>,
    page: Page,
) -> Result<RawJson, Problem> {
    list(&app, &reader, &username, page, true).await
}

/// Lists the accounts that an account follows, the newest first.
///
/// Permissions: none; a credential is used for `following`.
#[utoipa::path(
    get,
    path = "/api/v1/profile/users/{username}/following",
    tag = "profile",
    params(
        ("username" = String, Path, description = "In any case"),
        ("limit" = Option<i64>, Query, description = "1 to 100, 20 if absent"),
        ("cursor" = Option<String>, Query, description = "`next_cursor` of the page before"),
    ),
    security((), ("bearer" = [])),
    responses(
        (status = 200, description = "A page", body = Accounts),
        (status = 401, description = "A bad credential", body = ProblemDocument),
        (status = 404, description = "No such account", body = ProblemDocument),
        (status = 422, description = "The limit or the cursor is not valid", body = ProblemDocument),
    ),
)]
pub(crate) async fn following(
    State(app): State<App>,
    reader: OptionalPrincipal,
    Path(username): Path<String>,
    page: Page,
) -> Result<RawJson, Problem> {
    list(&app, &reader, &username, page, false).await
}

async fn list(
    app: &App,
    reader: &OptionalPrincipal,
    username: &str,
    page: Page,
    followers: bool,
) -> Result<RawJson, Problem> {
    let key = domain::username_key(username);
    // A cursor belongs to one list.
    let list = format!("profile.follows?{followers}&{key}");
    let after = page.position::<Position>(app, &list)?;
    let listed = store::find_follows(
        app.db(),
        &key,
        followers,
        reader.user_id(),
        after,
        page.limit,
    )
    .await?
    .ok_or_else(|| Problem::not_found("user"))?;
    page::listed(app, &list, &listed.items, listed.last)
}
