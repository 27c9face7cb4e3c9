//! `/posts/{slug}/publish`, `/schedule` and `/unpublish`.

use axum::extract::State;
use garde::Validate;
use kit::problem::ProblemDocument;
use kit::{App, Context, IfMatch, Json, Path, Principal, Problem, WithEtag};
use serde::Deserialize;

use super::document::Post;
use super::post::{editor, updated};
use crate::domain::{field, slug};
use crate::store::post as store;

/// When to publish.
#[derive(Deserialize, Validate, utoipa::ToSchema)]
pub(crate) struct Schedule {
    /// RFC 3339, in the future, within five years.
    #[garde(skip)]
    published_at: String,
}

type Answer = Result<WithEtag<axum::Json<serde_json::Value>>, Problem>;

/// Publishes a post, with its pending edit if it has one. One that is published already stays so; one that is scheduled is
/// published now.
///
/// Permissions: `posts.write`; for other people's posts `posts.moderate` besides.
#[utoipa::path(
    post,
    path = "/api/v1/blog/posts/{slug}/publish",
    tag = "blog",
    params(("slug" = String, Path, description = "Slug")),
    security(("bearer" = ["posts.write"])),
    responses(
        (status = 200, description = "The published post, with its ETag", body = Post),
        (status = 308, description = "The post has another slug now: Location", body = ProblemDocument),
        (status = 401, description = "No or bad credential", body = ProblemDocument),
        (status = 403, description = "The credential lacks the scope, or the post is somebody else's", body = ProblemDocument),
        (status = 404, description = "No such post", body = ProblemDocument),
        (status = 409, description = "Another post took the slug of the pending edit", body = ProblemDocument),
        (status = 412, description = "The post is not the one in If-Match", body = ProblemDocument),
    ),
)]
pub(crate) async fn publish(
    State(app): State<App>,
    principal: Principal,
    context: Context,
    Path(name): Path<String>,
    known: IfMatch,
) -> Answer {
    let editor = editor(&principal)?;
    let context = context.for_principal(&principal);
    let slug = slug::normalise(&name);
    updated(
        store::publish(app.db(), &context, &slug, editor, known.tags(), None).await?,
        "/publish",
    )
}

/// Publishes a post at a time to come, when it appears by itself. One that is to be seen is taken away until then.
///
/// Permissions: `posts.write`; for other people's posts `posts.moderate` besides.
#[utoipa::path(
    post,
    path = "/api/v1/blog/posts/{slug}/schedule",
    tag = "blog",
    params(("slug" = String, Path, description = "Slug")),
    request_body = Schedule,
    security(("bearer" = ["posts.write"])),
    responses(
        (status = 200, description = "The scheduled post, with its ETag", body = Post),
        (status = 308, description = "The post has another slug now: Location", body = ProblemDocument),
        (status = 401, description = "No or bad credential", body = ProblemDocument),
        (status = 403, description = "The credential lacks the scope, or the post is somebody else's", body = ProblemDocument),
        (status = 404, description = "No such post", body = ProblemDocument),
        (status = 409, description = "Another post took the slug of the pending edit", body = ProblemDocument),
        (status = 412, description = "The post is not the one in If-Match", body = ProblemDocument),
        (status = 422, description = "The time is not valid", body = ProblemDocument),
    ),
)]
pub(crate) async fn schedule(
    State(app): State<App>,
    principal: Principal,
    context: Context,
    Path(name): Path<String>,
    known: IfMatch,
    Json(wish): Json<Schedule>,
) -> Answer {
    let editor = editor(&principal)?;
    let at = field::future(&wish.published_at, app.now_ms())
        .map_err(|message| Problem::invalid_field("published_at", message))?;
    let context = context.for_principal(&principal);
    let slug = slug::normalise(&name);
    updated(
        store::publish(app.db(), &context, &slug, editor, known.tags(), Some(at)).await?,
        "/schedule",
    )
}

/// Makes a published or scheduled post a draft again, with its pending edit in it. A draft stays as it is.
///
/// Permissions: `posts.write`; for other people's posts `posts.moderate` besides.
#[utoipa::path(
    post,
    path = "/api/v1/blog/posts/{slug}/unpublish",
    tag = "blog",
    params(("slug" = String, Path, description = "Slug")),
    security(("bearer" = ["posts.write"])),
    responses(
        (status = 200, description = "The draft, with its ETag", body = Post),
        (status = 308, description = "The post has another slug now: Location", body = ProblemDocument),
        (status = 401, description = "No or bad credential", body = ProblemDocument),
        (status = 403, description = "The credential lacks the scope, or the post is somebody else's", body = ProblemDocument),
        (status = 404, description = "No such post", body = ProblemDocument),
        (status = 409, description = "Another post took the slug of the pending edit", body = ProblemDocument),
        (status = 412, description = "The post is not the one in If-Match", body = ProblemDocument),
    ),
)]
pub(crate) async fn unpublish(
    State(app): State<App>,
    principal: Principal,
    context: Context,
    Path(name): Path<String>,
    known: IfMatch,
) -> Answer {
    let editor = editor(&principal)?;
    let context = context.for_principal(&principal);
    let slug = slug::normalise(&name);
    updated(
        store::unpublish(app.db(), &context, &slug, editor, known.tags()).await?,
        "/unpublish",
    )
}
