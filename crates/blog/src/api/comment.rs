//! `/posts/{slug}/comments` and `/comments/{id}`: what readers say.

use axum::extract::State;
use axum::response::Response;
use garde::Validate;
use kit::problem::ProblemDocument;
use kit::{
    App, Context, Created, Idempotency, IfMatch, IfNoneMatch, Json, NoContent, OptionalPrincipal,
    Page, Path, Permission, Principal, Problem, RawJson, Scope, WithEtag, id,
};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::document::{Author, rule};
use super::post::{location, moved_page, page_of, reader_of};
use crate::domain::{field, slug};
use crate::renderer::render;
use crate::store::Editor;
use crate::store::comment::{self as store, Change, Comments, Stored};

const CREATE: &str = "POST /api/v1/blog/posts/{slug}/comments";

/// A new comment.
#[derive(Deserialize, Serialize, Validate, utoipa::ToSchema)]
pub(crate) struct NewComment {
    /// Markdown, 1 to 10,000 characters.
    #[garde(custom(|body: &String, _| rule(field::comment(body))))]
    body: String,
    /// The comment that this one answers.
    #[serde(default)]
    #[garde(skip)]
    parent_id: Option<Uuid>,
}

/// Another wording.
#[derive(Deserialize, Validate, utoipa::ToSchema)]
pub(crate) struct CommentChanges {
    /// Markdown, 1 to 10,000 characters.
    #[garde(custom(|body: &String, _| rule(field::comment(body))))]
    body: String,
}

/// A report to the moderators.
#[derive(Deserialize, Validate, utoipa::ToSchema)]
pub(crate) struct Report {
    /// Up to 1,000 characters.
    #[serde(default)]
    #[garde(inner(custom(|reason: &String, _| rule(field::reason(reason)))))]
    reason: Option<String>,
}

/// Whether a comment is to be seen.
#[derive(Serialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
#[expect(
    dead_code,
    reason = "described in OpenAPI alone: the database writes it"
)]
enum CommentState {
    /// For all.
    Approved,
    /// For its author and the moderators, until one of them has looked.
    Pending,
    /// For its author and the moderators.
    Rejected,
    /// A place in the thread, whose words this reader must not see.
    Hidden,
    /// A place in the thread, whose words are gone.
    Deleted,
}

/// A comment, or the place of one that is not to be seen any more.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct Comment {
    id: Uuid,
    /// The comment that this one answers.
    parent_id: Option<Uuid>,
    /// 0 for a comment on the post itself; 7 at most.
    depth: i32,
    state: CommentState,
    /// Markdown; null where only the place is left.
    body: Option<String>,
    /// Sanitised HTML.
    html: Option<String>,
    author: Option<Author>,
    /// For moderators.
    reports_count: Option<i64>,
    created_at: String,
    edited_at: Option<String>,
}

/// A page of comments in the order of reading: each is followed by the answers to it.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct CommentPage {
    items: Vec<Comment>,
    /// For the next page; null on the last.
    next_cursor: Option<String>,
}

/// The list of a post's comments, as its cursors name it.
fn list_of(slug: &str) -> String {
    format!("blog.comments?{slug}")
}

/// Lists the comments on a post in the order of reading: each is followed by the answers to it, the oldest first.
///
/// Permissions: none; authors see their own pending comments, moderators all.
#[utoipa::path(
    get,
    path = "/api/v1/blog/posts/{slug}/comments",
    tag = "blog",
    params(
        ("slug" = String, Path, description = "Slug"),
        ("limit" = Option<i64>, Query, description = "1 to 100, 20 if absent"),
        ("cursor" = Option<String>, Query, description = "`next_cursor` of the page before"),
    ),
    security((), ("bearer" = ["posts.read"])),
    responses(
        (status = 200, description = "A page", body = CommentPage),
        (status = 308, description = "The post has another slug now: Location", body = ProblemDocument),
        (status = 401, description = "A bad credential", body = ProblemDocument),
        (status = 404, description = "No such post", body = ProblemDocument),
        (status = 422, description = "The limit or the cursor is not valid", body = ProblemDocument),
    ),
)]
pub(crate) async fn list(
    State(app): State<App>,
    reader: OptionalPrincipal,
    Path(name): Path<String>,
    page: Page,
) -> Result<RawJson, Problem> {
    let slug = slug::normalise(&name);
    let list = list_of(&slug);
    let after: Option<String> = page.position(&app, &list)?;
    let position = after.clone();
    let (account, moderator) = reader_of(&reader, Permission::CommentsModerate);
    match store::find_all(app.db(), &slug, account, moderator, after, page.limit).await? {
        Some(Comments::Page(listed)) => page_of(&app, &list, listed),
        Some(Comments::Moved(slug)) => {
            let path = format!("{}/comments", location(&slug));
            let list = list_of(&slug);
            Err(moved_page(&app, &page, &path, &list, position.as_ref())?)
        }
        None => Err(Problem::not_found("post")),
    }
}

/// Answers a comment.
///
/// Permissions: none for what everybody sees; `posts.read` for one's own that waits, and for what waits on one's own posts.
#[utoipa::path(
    get,
    path = "/api/v1/blog/comments/{id}",
    tag = "blog",
    params(("id" = Uuid, Path, description = "Id of the comment")),
    security((), ("bearer" = ["posts.read"])),
    responses(
        (status = 200, description = "The comment, with its ETag", body = Comment),
        (status = 304, description = "The client has this version already (If-None-Match)"),
        (status = 401, description = "A bad credential", body = ProblemDocument),
        (status = 404, description = "No such comment", body = ProblemDocument),
    ),
)]
pub(crate) async fn show(
    State(app): State<App>,
    reader: OptionalPrincipal,
    Path(id): Path<Uuid>,
    known: IfNoneMatch,
) -> Result<Response, Problem> {
    let (account, moderator) = reader_of(&reader, Permission::CommentsModerate);
    match store::find(app.db(), id, account, moderator).await? {
        Some((json, etag)) => Ok(known.answer(etag, RawJson(json))),
        None => Err(Problem::not_found("comment")),
    }
}

/// Comments on a post, or answers a comment. Where the post wants comments looked at first, it waits for its author or a moderator.
///
/// Permissions: `posts.write`.
#[utoipa::path(
    post,
    path = "/api/v1/blog/posts/{slug}/comments",
    tag = "blog",
    params(
        ("slug" = String, Path, description = "Slug"),
        ("Idempotency-Key" = Option<String>, Header, description = "1 to 255 characters"),
    ),
    request_body = NewComment,
    security(("bearer" = ["posts.write"])),
    responses(
        (status = 201, description = "Created; Location and ETag", body = Comment),
        (status = 308, description = "The post has another slug now: Location", body = ProblemDocument),
        (status = 401, description = "No or bad credential", body = ProblemDocument),
        (status = 403, description = "The credential lacks the scope", body = ProblemDocument),
        (status = 404, description = "No such post, or the comment of this Idempotency-Key was deleted", body = ProblemDocument),
        (status = 409, description = "The post takes no comments", body = ProblemDocument),
        (status = 422, description = "A field is not valid, or the Idempotency-Key was used otherwise", body = ProblemDocument),
    ),
)]
pub(crate) async fn create(
    State(app): State<App>,
    principal: Principal,
    context: Context,
    Path(name): Path<String>,
    idempotency: Idempotency,
    Json(comment): Json<NewComment>,
) -> Result<Created<axum::Json<serde_json::Value>>, Problem> {
    let author = editor(&principal)?;
    let slug = slug::normalise(&name);
    let claim = idempotency.params(&principal, CREATE, &(&slug, &comment))?;
    let html = render(&app, &comment.body)?.html;
    let context = context.for_principal(&principal);
    let new = store::NewComment {
        id: id::new(),
        parent: comment.parent_id,
        body: comment.body,
        html,
    };
    let (stored, replayed) =
        match store::create(app.db(), &context, &slug, author, new, claim).await? {
            Change::Created(stored) => (stored, false),
            Change::Replayed(stored) => (stored, true),
            Change::Mismatch => return Err(Idempotency::mismatch()),
            Change::Gone => return Err(Problem::not_found("comment any more")),
            Change::NotFound => return Err(Problem::not_found("post")),
            Change::Moved { slug } => {
                return Err(Problem::moved(&format!("{}/comments", location(&slug))));
            }
            other => return Err(refusal(other)),
        };
    Ok(Created {
        location: format!("/api/v1/blog/comments/{}", stored.id),
        etag: Some(stored.etag),
        replayed,
        body: axum::Json(stored.comment),
    })
}

/// Changes what one's own comment says.
///
/// Permissions: `posts.write`.
#[utoipa::path(
    patch,
    path = "/api/v1/blog/comments/{id}",
    tag = "blog",
    params(("id" = Uuid, Path, description = "Id of the comment")),
    request_body = CommentChanges,
    security(("bearer" = ["posts.write"])),
    responses(
        (status = 200, description = "The comment after the change, with its ETag", body = Comment),
        (status = 401, description = "No or bad credential", body = ProblemDocument),
        (status = 403, description = "The credential lacks the scope, or the comment is somebody else's", body = ProblemDocument),
        (status = 404, description = "No such comment", body = ProblemDocument),
        (status = 412, description = "The comment is not the one in If-Match", body = ProblemDocument),
        (status = 422, description = "The body is not valid", body = ProblemDocument),
    ),
)]
pub(crate) async fn update(
    State(app): State<App>,
    principal: Principal,
    context: Context,
    Path(id): Path<Uuid>,
    known: IfMatch,
    Json(changes): Json<CommentChanges>,
) -> Result<WithEtag<axum::Json<serde_json::Value>>, Problem> {
    let author = editor(&principal)?;
    let html = render(&app, &changes.body)?.html;
    let context = context.for_principal(&principal);
    let change = store::update(
        app.db(),
        &context,
        id,
        author,
        known.tags(),
        changes.body,
        html,
    )
    .await?;
    updated(change)
}

/// Deletes a comment: one's own, one on an own post, or as a moderator. Its place in the thread stays while it has answers.
///
/// Permissions: `posts.write`; for other people's `comments.moderate` besides.
#[utoipa::path(
    delete,
    path = "/api/v1/blog/comments/{id}",
    tag = "blog",
    params(("id" = Uuid, Path, description = "Id of the comment")),
    security(("bearer" = ["posts.write"])),
    responses(
        (status = 204, description = "Deleted"),
        (status = 401, description = "No or bad credential", body = ProblemDocument),
        (status = 403, description = "The credential lacks the scope, or the comment is somebody else's", body = ProblemDocument),
        (status = 404, description = "No such comment", body = ProblemDocument),
        (status = 412, description = "The comment is not the one in If-Match", body = ProblemDocument),
    ),
)]
pub(crate) async fn delete(
    State(app): State<App>,
    principal: Principal,
    context: Context,
    Path(id): Path<Uuid>,
    known: IfMatch,
) -> Result<NoContent, Problem> {
    let editor = editor(&principal)?;
    let context = context.for_principal(&principal);
    match store::delete(app.db(), &context, id, editor, known.tags()).await? {
        Change::Deleted => Ok(NoContent),
        other => Err(refusal(other)),
    }
}

/// Lets everybody see a comment. Reports don't hide it any more.
///
/// Permissions: `posts.write`; on other people's posts `comments.moderate` besides.
#[utoipa::path(
    post,
    path = "/api/v1/blog/comments/{id}/approve",
    tag = "blog",
    params(("id" = Uuid, Path, description = "Id of the comment")),
    security(("bearer" = ["posts.write"])),
    responses(
        (status = 200, description = "The approved comment, with its ETag", body = Comment),
        (status = 401, description = "No or bad credential", body = ProblemDocument),
        (status = 403, description = "The credential lacks the scope, or the post is somebody else's", body = ProblemDocument),
        (status = 404, description = "No such comment", body = ProblemDocument),
        (status = 412, description = "The comment is not the one in If-Match", body = ProblemDocument),
    ),
)]
pub(crate) async fn approve(
    State(app): State<App>,
    principal: Principal,
    context: Context,
    Path(id): Path<Uuid>,
    known: IfMatch,
) -> Result<WithEtag<axum::Json<serde_json::Value>>, Problem> {
    let editor = editor(&principal)?;
    judge(&app, &principal, context, id, editor, known, "approved").await
}

/// Lets nobody but its author and the moderators see a comment.
///
/// Permissions: `posts.write`; on other people's posts `comments.moderate` besides.
#[utoipa::path(
    post,
    path = "/api/v1/blog/comments/{id}/reject",
    tag = "blog",
    params(("id" = Uuid, Path, description = "Id of the comment")),
    security(("bearer" = ["posts.write"])),
    responses(
        (status = 200, description = "The rejected comment, with its ETag", body = Comment),
        (status = 401, description = "No or bad credential", body = ProblemDocument),
        (status = 403, description = "The credential lacks the scope, or the post is somebody else's", body = ProblemDocument),
        (status = 404, description = "No such comment", body = ProblemDocument),
        (status = 412, description = "The comment is not the one in If-Match", body = ProblemDocument),
    ),
)]
pub(crate) async fn reject(
    State(app): State<App>,
    principal: Principal,
    context: Context,
    Path(id): Path<Uuid>,
    known: IfMatch,
) -> Result<WithEtag<axum::Json<serde_json::Value>>, Problem> {
    let editor = editor(&principal)?;
    judge(&app, &principal, context, id, editor, known, "rejected").await
}

async fn judge(
    app: &App,
    principal: &Principal,
    context: Context,
    id: Uuid,
    editor: Editor,
    known: IfMatch,
    verdict: &str,
) -> Result<WithEtag<axum::Json<serde_json::Value>>, Problem> {
    let context = context.for_principal(principal);
    updated(store::judge(app.db(), &context, id, editor, known.tags(), verdict).await?)
}

/// Reports a comment to its moderators. One that five accounts have reported waits until a moderator has looked.
///
/// Permissions: `posts.write`.
#[utoipa::path(
    post,
    path = "/api/v1/blog/comments/{id}/report",
    tag = "blog",
    params(("id" = Uuid, Path, description = "Id of the comment")),
    request_body = Report,
    security(("bearer" = ["posts.write"])),
    responses(
        (status = 204, description = "Reported, now or before"),
        (status = 401, description = "No or bad credential", body = ProblemDocument),
        (status = 403, description = "The credential lacks the scope", body = ProblemDocument),
        (status = 404, description = "No such comment", body = ProblemDocument),
        (status = 409, description = "The comment is the caller's own", body = ProblemDocument),
        (status = 422, description = "The reason is not valid", body = ProblemDocument),
    ),
)]
pub(crate) async fn report(
    State(app): State<App>,
    principal: Principal,
    context: Context,
    Path(id): Path<Uuid>,
    Json(report): Json<Report>,
) -> Result<NoContent, Problem> {
    let reporter = editor(&principal)?.account;
    let context = context.for_principal(&principal);
    match store::report(app.db(), &context, id, reporter, report.reason).await? {
        Change::Reported => Ok(NoContent),
        other => Err(refusal(other)),
    }
}

/// The guard of every change.
fn editor(principal: &Principal) -> Result<Editor, Problem> {
    principal.require(Scope::PostsWrite)?;
    editor_of(principal)
}

/// Whoever may see what those see who judge.
pub(super) fn editor_of(principal: &Principal) -> Result<Editor, Problem> {
    Ok(Editor {
        account: principal.user_id()?,
        moderator: principal.has_permission(Permission::CommentsModerate),
    })
}

fn updated(change: Change) -> Result<WithEtag<axum::Json<serde_json::Value>>, Problem> {
    match change {
        Change::Updated(Stored { etag, comment, .. }) => Ok(WithEtag(etag, axum::Json(comment))),
        other => Err(refusal(other)),
    }
}

fn refusal(change: Change) -> Problem {
    match change {
        Change::NotFound => Problem::not_found("comment"),
        Change::Forbidden => Problem::forbidden("The comment or its post is somebody else's."),
        Change::Stale => Problem::precondition_failed(),
        Change::Closed => Problem::conflict("conflict", "The post takes no comments."),
        Change::NoParent => {
            Problem::invalid_field("parent_id", "must be a comment on the same post")
        }
        Change::Own => Problem::conflict("conflict", "The comment is your own; delete it instead."),
        other => Problem::internal(format!("a change answered what it cannot: {other:?}")),
    }
}
