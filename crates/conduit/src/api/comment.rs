//! `/articles/{slug}/comments`: what readers say, flat and newest first.

use axum::extract::State;
use blog::domain::{field, slug};
use blog::renderer::render;
use garde::Validate;
use http::StatusCode;
use kit::{App, Context, Json, NoContent, Path, Problem, RawJson, Scope, id};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::caller::{Caller, Reader};
use crate::field::{by_rule, required};
use crate::store::{self, Comment};
use crate::wording::{forbidden, not_found};

/// A new comment.
#[derive(Deserialize, Validate, utoipa::ToSchema)]
pub(crate) struct Creation {
    #[garde(skip)]
    comment: NewComment,
}

#[derive(Deserialize, utoipa::ToSchema)]
pub(crate) struct NewComment {
    body: Option<String>,
}

/// Lists the comments on an article, the newest first: clients put a new one on top.
///
/// Permissions: none.
#[utoipa::path(get, path = "/conduit/api/articles/{slug}/comments", tag = "conduit")]
pub(crate) async fn list(
    State(app): State<App>,
    reader: Reader,
    Path(name): Path<String>,
) -> Result<RawJson, Problem> {
    store::list_comments(app.db(), &slug::normalise(&name), reader.0)
        .await?
        .map(RawJson)
        .ok_or_else(|| not_found("article"))
}

/// Comments on an article.
///
/// Permissions: `posts.write`.
#[utoipa::path(post, path = "/conduit/api/articles/{slug}/comments", tag = "conduit")]
pub(crate) async fn create(
    State(app): State<App>,
    caller: Caller,
    context: Context,
    Path(name): Path<String>,
    Json(request): Json<Creation>,
) -> Result<(StatusCode, Json<Value>), Problem> {
    let caller = caller.with(Scope::PostsWrite)?;
    let context = context.for_principal(&caller.principal);
    let body = required("body", request.comment.body)
        .and_then(|body| by_rule("body", &body, field::comment).map_or(Ok(body), Err))
        .map_err(|error| Problem::validation([error]))?;
    let html = render(&app, &body)?.html;
    let name = slug::normalise(&name);
    let created = store::create_comment(
        app.db(),
        &context,
        &name,
        id::new(),
        caller.account,
        &body,
        html,
    )
    .await?;
    match created {
        Comment::Created { comment } => {
            Ok((StatusCode::CREATED, Json(json!({ "comment": comment }))))
        }
        other => Err(refusal(&other)),
    }
}

/// Deletes one's own comment.
///
/// Permissions: `posts.write`.
#[utoipa::path(
    delete,
    path = "/conduit/api/articles/{slug}/comments/{id}",
    tag = "conduit"
)]
pub(crate) async fn delete(
    State(app): State<App>,
    caller: Caller,
    context: Context,
    Path((name, number)): Path<(String, String)>,
) -> Result<NoContent, Problem> {
    let caller = caller.with(Scope::PostsWrite)?;
    let context = context.for_principal(&caller.principal);
    let name = slug::normalise(&name);
    let number = number.parse().ok();
    match store::delete_comment(app.db(), &context, &name, number, caller.account).await? {
        Comment::Deleted => Ok(NoContent),
        other => Err(refusal(&other)),
    }
}

fn refusal(comment: &Comment) -> Problem {
    match comment {
        Comment::NotFound | Comment::NoArticle => not_found("article"),
        Comment::Missing => not_found("comment"),
        Comment::Forbidden => forbidden("comment"),
        Comment::Closed => Problem::forbidden("The article takes no more comments.")
            .about("article", "takes no more comments"),
        Comment::Created { .. } | Comment::Deleted => {
            Problem::internal("a comment answered what it cannot")
        }
    }
}
