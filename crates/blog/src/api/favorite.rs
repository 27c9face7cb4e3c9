//! `/posts/{slug}/favorite`.

use axum::extract::State;
use kit::problem::ProblemDocument;
use kit::{App, Context, Path, Principal, Problem, Scope, WithEtag};

use super::document::Post;
use super::post::updated;
use crate::domain::slug;
use crate::store::post as store;

type Answer = Result<WithEtag<axum::Json<serde_json::Value>>, Problem>;

/// Makes a post a favourite of the caller. Doing it again changes nothing.
///
/// Permissions: `posts.write`.
#[utoipa::path(
    put,
    path = "/api/v1/blog/posts/{slug}/favorite",
    tag = "blog",
    params(("slug" = String, Path, description = "Slug")),
    security(("bearer" = ["posts.write"])),
    responses(
        (status = 200, description = "The post with the exact count", body = Post),
        (status = 308, description = "The post has another slug now: Location", body = ProblemDocument),
        (status = 401, description = "No or bad credential", body = ProblemDocument),
        (status = 403, description = "The credential lacks the scope", body = ProblemDocument),
        (status = 404, description = "No such post", body = ProblemDocument),
    ),
)]
pub(crate) async fn add(
    State(app): State<App>,
    principal: Principal,
    context: Context,
    Path(name): Path<String>,
) -> Answer {
    principal.require(Scope::PostsWrite)?;
    set(&app, &principal, context, &name, true).await
}

/// Takes a post off the caller's favourites. Doing it again changes nothing.
///
/// Permissions: `posts.write`.
#[utoipa::path(
    delete,
    path = "/api/v1/blog/posts/{slug}/favorite",
    tag = "blog",
    params(("slug" = String, Path, description = "Slug")),
    security(("bearer" = ["posts.write"])),
    responses(
        (status = 200, description = "The post with the exact count", body = Post),
        (status = 308, description = "The post has another slug now: Location", body = ProblemDocument),
        (status = 401, description = "No or bad credential", body = ProblemDocument),
        (status = 403, description = "The credential lacks the scope", body = ProblemDocument),
        (status = 404, description = "No such post", body = ProblemDocument),
    ),
)]
pub(crate) async fn remove(
    State(app): State<App>,
    principal: Principal,
    context: Context,
    Path(name): Path<String>,
) -> Answer {
    principal.require(Scope::PostsWrite)?;
    set(&app, &principal, context, &name, false).await
}

async fn set(
    app: &App,
    principal: &Principal,
    context: Context,
    name: &str,
    wanted: bool,
) -> Answer {
    let context = context.for_principal(principal);
    let slug = slug::normalise(name);
    updated(
        store::set_favorite(app.db(), &context, &slug, principal.user_id()?, wanted).await?,
        "/favorite",
    )
}
