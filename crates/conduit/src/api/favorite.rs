//! `/articles/{slug}/favorite`.

use axum::extract::State;
use blog::domain::slug;
use kit::{App, Context, Json, Path, Problem, Scope};
use serde_json::Value;

use super::article::updated;
use crate::caller::Caller;
use crate::store;

/// Makes an article a favourite of the caller. Doing it again changes nothing.
///
/// Permissions: `posts.write`.
#[utoipa::path(post, path = "/conduit/api/articles/{slug}/favorite", tag = "conduit")]
pub(crate) async fn add(
    State(app): State<App>,
    caller: Caller,
    context: Context,
    Path(name): Path<String>,
) -> Result<Json<Value>, Problem> {
    set(&app, caller, context, &name, true).await
}

/// Takes an article off the caller's favourites. Doing it again changes nothing.
///
/// Permissions: `posts.write`.
#[utoipa::path(
    delete,
    path = "/conduit/api/articles/{slug}/favorite",
    tag = "conduit"
)]
pub(crate) async fn remove(
    State(app): State<App>,
    caller: Caller,
    context: Context,
    Path(name): Path<String>,
) -> Result<Json<Value>, Problem> {
    set(&app, caller, context, &name, false).await
}

async fn set(
    app: &App,
    caller: Caller,
    context: Context,
    name: &str,
    wanted: bool,
) -> Result<Json<Value>, Problem> {
    let caller = caller.with(Scope::PostsWrite)?;
    let context = context.for_principal(&caller.principal);
    let name = slug::normalise(name);
    updated(store::set_favorite(app.db(), &context, &name, caller.account, wanted).await?)
}
