//! `/profiles/{username}`: people, and following them.

use axum::extract::State;
use kit::{App, Context, Json, Path, Problem, RawJson, Scope};
use serde_json::{Value, json};

use ::profile::domain::username_key;

use crate::caller::{Caller, Reader};
use crate::store::{self, Follow};
use crate::wording::not_found;

/// Answers a profile.
///
/// Permissions: none.
#[utoipa::path(get, path = "/conduit/api/profiles/{username}", tag = "conduit")]
pub(crate) async fn show(
    State(app): State<App>,
    reader: Reader,
    Path(username): Path<String>,
) -> Result<RawJson, Problem> {
    store::find_profile(app.db(), &username_key(&username), reader.0)
        .await?
        .map(RawJson)
        .ok_or_else(|| not_found("profile"))
}

/// Follows an account. Doing it again changes nothing.
///
/// Permissions: `profile.write`.
#[utoipa::path(
    post,
    path = "/conduit/api/profiles/{username}/follow",
    tag = "conduit"
)]
pub(crate) async fn follow(
    State(app): State<App>,
    caller: Caller,
    context: Context,
    Path(username): Path<String>,
) -> Result<Json<Value>, Problem> {
    set(&app, caller, context, &username, true).await
}

/// Follows an account no longer. Doing it again changes nothing.
///
/// Permissions: `profile.write`.
#[utoipa::path(
    delete,
    path = "/conduit/api/profiles/{username}/follow",
    tag = "conduit"
)]
pub(crate) async fn unfollow(
    State(app): State<App>,
    caller: Caller,
    context: Context,
    Path(username): Path<String>,
) -> Result<Json<Value>, Problem> {
    set(&app, caller, context, &username, false).await
}

async fn set(
    app: &App,
    caller: Caller,
    context: Context,
    username: &str,
    wanted: bool,
) -> Result<Json<Value>, Problem> {
    let caller = caller.with(Scope::ProfileWrite)?;
    let context = context.for_principal(&caller.principal);
    let key = username_key(username);
    match store::set_follow(app.db(), &context, caller.account, &key, wanted).await? {
        Follow::Followed { profile } => Ok(Json(json!({ "profile": profile }))),
        Follow::Oneself => Err(Problem::invalid_field(
            "profile",
            "is your own: nobody follows themselves",
        )),
        Follow::NotFound => Err(not_found("profile")),
    }
}
