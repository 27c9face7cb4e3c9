//! `/posts/{slug}/pending`: work on a published post that readers don't see yet.

use axum::extract::State;
use axum::response::Response;
use kit::problem::ProblemDocument;
use kit::{
    App, Context, IfMatch, IfNoneMatch, Json, NoContent, Path, Principal, Problem, Scope, WithEtag,
};
use serde::Serialize;

use super::document::{Comments, Cover, PostChanges, TocEntry};
use super::post::{editor, editor_of, location};
use crate::domain::slug;
use crate::store::pending_edit::{self as store, Pending};

/// What readers would see.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct PendingEdit {
    slug: String,
    title: String,
    summary: Option<String>,
    body: String,
    html: String,
    toc: Vec<TocEntry>,
    tags: Vec<String>,
    cover: Option<Cover>,
    canonical_url: Option<String>,
    series: Option<String>,
    comments: Comments,
    /// Names of the members that differ.
    changed: Vec<String>,
    updated_at: String,
}

/// Answers the pending edit of a published post: the post as it would be.
///
/// Permissions: `posts.read`; for other people's posts `posts.moderate` besides.
#[utoipa::path(
    get,
    path = "/api/v1/blog/posts/{slug}/pending",
    tag = "blog",
    params(("slug" = String, Path, description = "Slug")),
    security(("bearer" = ["posts.read"])),
    responses(
        (status = 200, description = "The pending edit, with its ETag", body = PendingEdit),
        (status = 304, description = "The client has this version already (If-None-Match)"),
        (status = 308, description = "The post has another slug now: Location", body = ProblemDocument),
        (status = 401, description = "No or bad credential", body = ProblemDocument),
        (status = 403, description = "The credential lacks the scope, or the post is somebody else's", body = ProblemDocument),
        (status = 404, description = "No such post, or nothing is pending", body = ProblemDocument),
    ),
)]
pub(crate) async fn show(
    State(app): State<App>,
    principal: Principal,
    Path(name): Path<String>,
    known: IfNoneMatch,
) -> Result<Response, Problem> {
    principal.require(Scope::PostsRead)?;
    let reader = editor_of(&principal)?;
    match store::find(app.db(), &slug::normalise(&name), reader).await? {
        Pending::Found { edit, etag } => Ok(known.answer(etag, axum::Json(edit))),
        other => Err(refusal(other)),
    }
}

/// Adds changes to the pending edit; what is absent stays. Publishing the post applies them.
///
/// Permissions: `posts.write`; for other people's posts `posts.moderate` besides.
#[utoipa::path(
    patch,
    path = "/api/v1/blog/posts/{slug}/pending",
    tag = "blog",
    params(
        ("slug" = String, Path, description = "Slug"),
        ("If-Match" = String, Header, description = "The ETag of the pending edit, or of the post where nothing is pending yet"),
    ),
    request_body = PostChanges,
    security(("bearer" = ["posts.write"])),
    responses(
        (status = 200, description = "The pending edit, with its ETag", body = PendingEdit),
        (status = 308, description = "The post has another slug now: Location", body = ProblemDocument),
        (status = 401, description = "No or bad credential", body = ProblemDocument),
        (status = 403, description = "The credential lacks the scope, or the post is somebody else's", body = ProblemDocument),
        (status = 404, description = "No such post", body = ProblemDocument),
        (status = 409, description = "The post is a draft; change it itself", body = ProblemDocument),
        (status = 412, description = "The pending edit has changed since", body = ProblemDocument),
        (status = 422, description = "A field is not valid", body = ProblemDocument),
        (status = 428, description = "No If-Match", body = ProblemDocument),
    ),
)]
pub(crate) async fn update(
    State(app): State<App>,
    principal: Principal,
    context: Context,
    Path(name): Path<String>,
    known: IfMatch,
    Json(changes): Json<PostChanges>,
) -> Result<WithEtag<axum::Json<serde_json::Value>>, Problem> {
    let editor = editor(&principal)?;
    let known = known.required()?.tags();
    let changes = changes.into_changes(&app)?;
    let context = context.for_principal(&principal);
    let slug = slug::normalise(&name);
    match store::save(app.db(), &context, &slug, editor, known, Some(changes)).await? {
        Pending::Found { edit, etag } => Ok(WithEtag(etag, axum::Json(edit))),
        other => Err(refusal(other)),
    }
}

/// Drops the pending edit.
///
/// Permissions: `posts.write`; for other people's posts `posts.moderate` besides.
#[utoipa::path(
    delete,
    path = "/api/v1/blog/posts/{slug}/pending",
    tag = "blog",
    params(("slug" = String, Path, description = "Slug")),
    security(("bearer" = ["posts.write"])),
    responses(
        (status = 204, description = "Nothing is pending"),
        (status = 308, description = "The post has another slug now: Location", body = ProblemDocument),
        (status = 401, description = "No or bad credential", body = ProblemDocument),
        (status = 403, description = "The credential lacks the scope, or the post is somebody else's", body = ProblemDocument),
        (status = 404, description = "No such post", body = ProblemDocument),
        (status = 409, description = "The post is a draft", body = ProblemDocument),
        (status = 412, description = "The pending edit is not the one in If-Match", body = ProblemDocument),
    ),
)]
pub(crate) async fn discard(
    State(app): State<App>,
    principal: Principal,
    context: Context,
    Path(name): Path<String>,
    known: IfMatch,
) -> Result<NoContent, Problem> {
    let editor = editor(&principal)?;
    let context = context.for_principal(&principal);
    let slug = slug::normalise(&name);
    match store::save(app.db(), &context, &slug, editor, known.tags(), None).await? {
        Pending::None => Ok(NoContent),
        other => Err(refusal(other)),
    }
}

fn refusal(pending: Pending) -> Problem {
    match pending {
        Pending::None => Problem::not_found("pending edit"),
        Pending::NotFound => Problem::not_found("post"),
        Pending::Moved { slug } => Problem::moved(&format!("{}/pending", location(&slug))),
        Pending::Forbidden => Problem::forbidden("The post is somebody else's."),
        Pending::Stale => Problem::precondition_failed(),
        Pending::NotPublished => Problem::conflict(
            "conflict",
            "The post is a draft, which readers don't see: change it itself.",
        ),
        Pending::Found { .. } => Problem::internal("a change answered what it cannot"),
    }
}
