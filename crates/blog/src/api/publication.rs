//! `/posts/{slug}/publish` and `/unpublish`.

use axum::extract::State;
use kit::problem::ProblemDocument;
use kit::{App, Context, IfMatch, Path, Principal, Problem, WithEtag};

use super::document::Post;
use super::post::{editor, updated};
use crate::domain::slug;
use crate::store;

/// Publishes a post. One that is published already stays as it is.
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
        (status = 401, description = "No or bad credential", body = ProblemDocument),
        (status = 403, description = "The credential lacks the scope, or the post is somebody else's", body = ProblemDocument),
        (status = 404, description = "No such post", body = ProblemDocument),
        (status = 412, description = "The post is not the one in If-Match", body = ProblemDocument),
    ),
)]
pub(crate) async fn publish(
    State(app): State<App>,
    principal: Principal,
    context: Context,
    Path(name): Path<String>,
    known: IfMatch,
) -> Result<WithEtag<axum::Json<serde_json::Value>>, Problem> {
    let editor = editor(&principal)?;
    let context = context.for_principal(&principal);
    updated(
        store::set_status(
            app.db(),
            &context,
            &slug::normalise(&name),
            editor,
            known.tag(),
            "published",
        )
        .await?,
    )
}

/// Makes a published post a draft again. A draft stays as it is.
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
        (status = 401, description = "No or bad credential", body = ProblemDocument),
        (status = 403, description = "The credential lacks the scope, or the post is somebody else's", body = ProblemDocument),
        (status = 404, description = "No such post", body = ProblemDocument),
        (status = 412, description = "The post is not the one in If-Match", body = ProblemDocument),
    ),
)]
pub(crate) async fn unpublish(
    State(app): State<App>,
    principal: Principal,
    context: Context,
    Path(name): Path<String>,
    known: IfMatch,
) -> Result<WithEtag<axum::Json<serde_json::Value>>, Problem> {
    let editor = editor(&principal)?;
    let context = context.for_principal(&principal);
    updated(
        store::set_status(
            app.db(),
            &context,
            &slug::normalise(&name),
            editor,
            known.tag(),
            "draft",
        )
        .await?,
    )
}
