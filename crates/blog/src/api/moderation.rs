//! `/comments`: what waits for a look.

use axum::extract::State;
use kit::problem::ProblemDocument;
use kit::{App, Page, Principal, Problem, RawJson, Scope};
use serde::Serialize;

use super::comment::{Comment, editor_of};
use super::post::page_of;
use crate::store::comment as store;

/// The post that a comment is on.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct CommentedPost {
    slug: String,
    title: String,
}

/// A comment that waits for a look.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct WaitingComment {
    #[serde(flatten)]
    comment: Comment,
    post: CommentedPost,
}

/// A page of comments that wait for a look, the newest first.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct WaitingComments {
    items: Vec<WaitingComment>,
    /// For the next page; null on the last.
    next_cursor: Option<String>,
}

/// Lists the comments on the caller's own posts that are pending, or that were reported and not judged since, the newest first.
/// Moderators see those on all posts.
///
/// Permissions: `posts.read`; for other people's posts `comments.moderate` besides.
#[utoipa::path(
    get,
    path = "/api/v1/blog/comments",
    tag = "blog",
    params(
        ("limit" = Option<i64>, Query, description = "1 to 100, 20 if absent"),
        ("cursor" = Option<String>, Query, description = "`next_cursor` of the page before"),
    ),
    security(("bearer" = ["posts.read"])),
    responses(
        (status = 200, description = "A page", body = WaitingComments),
        (status = 401, description = "No or bad credential", body = ProblemDocument),
        (status = 403, description = "The credential lacks the scope", body = ProblemDocument),
        (status = 422, description = "The limit or the cursor is not valid", body = ProblemDocument),
    ),
)]
pub(crate) async fn list(
    State(app): State<App>,
    principal: Principal,
    page: Page,
) -> Result<RawJson, Problem> {
    principal.require(Scope::PostsRead)?;
    let judge = editor_of(&principal)?;
    // A cursor is its owner's.
    let list = format!("blog.comments.waiting?{}", judge.account);
    let after = page.position(&app, &list)?;
    let listed = store::find_waiting(app.db(), judge, after, page.limit).await?;
    page_of(&app, &list, listed)
}
