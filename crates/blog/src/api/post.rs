//! `/posts`: written, read, changed, deleted.

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use kit::problem::ProblemDocument;
use kit::{
    App, Context, Created, Idempotency, IfMatch, IfNoneMatch, Json, NoContent, OptionalPrincipal,
    Page, Path, Permission, Principal, Problem, Query, RawJson, Scope, WithEtag, etag, id, page,
};
use serde::Deserialize;

use super::document::{NewPost, Post, PostChanges, Posts, Status};
use crate::domain::{slug, tag};
use crate::store::{self, Change, Creation, Editor, Filter, Position, Stored};

const LIST: &str = "blog.posts";

/// Which posts a list shows.
#[derive(Deserialize)]
pub(crate) struct Filters {
    author: Option<String>,
    tag: Option<String>,
    status: Option<Status>,
}

/// Lists posts, newest first, without their bodies.
///
/// Permissions: none for what is published; `posts.read` for one's own drafts.
#[utoipa::path(
    get,
    path = "/api/v1/blog/posts",
    tag = "blog",
    params(
        ("author" = Option<String>, Query, description = "Username"),
        ("tag" = Option<String>, Query, description = "Tag"),
        ("status" = Option<Status>, Query, description = "`draft` lists the caller's own drafts; `published` if absent"),
        ("limit" = Option<i64>, Query, description = "1 to 100, 20 if absent"),
        ("cursor" = Option<String>, Query, description = "`next_cursor` of the page before"),
    ),
    security((), ("bearer" = ["posts.read"])),
    responses(
        (status = 200, description = "A page", body = Posts),
        (status = 401, description = "A bad credential, or none for drafts", body = ProblemDocument),
        (status = 403, description = "The credential lacks the scope", body = ProblemDocument),
        (status = 422, description = "A filter, the limit or the cursor is not valid", body = ProblemDocument),
    ),
)]
pub(crate) async fn list(
    State(app): State<App>,
    reader: OptionalPrincipal,
    Query(filters): Query<Filters>,
    page: Page,
) -> Result<RawJson, Problem> {
    let drafts = filters.status == Some(Status::Draft);
    if drafts {
        let owner = reader.0.as_ref().ok_or_else(|| {
            Problem::unauthorized("Drafts are their author's; send a bearer token.")
        })?;
        owner.require(Scope::PostsRead)?;
        owner.user_id()?;
    }
    let tag = filters
        .tag
        .as_deref()
        .map(tag::normalise)
        .transpose()
        .map_err(|message| Problem::invalid_field("tag", message))?;
    let author_key = filters.author.as_deref().map(slug::normalise);
    // A cursor belongs to one list: that of these filters.
    let list = format!(
        "{LIST}?{drafts}&{}&{}",
        author_key.as_deref().unwrap_or(""),
        tag.as_deref().unwrap_or("")
    );
    let after = page.position::<Position>(&app, &list)?;
    let filter = Filter {
        author_key,
        tag,
        drafts,
        reader: reader.user_id(),
    };
    let listed = store::find_all(app.db(), filter, after, page.limit).await?;
    let next = match listed.last {
        Some(position) => format!("\"{}\"", page::encode(&app, &list, &position)?),
        None => "null".to_owned(),
    };
    Ok(RawJson(format!(
        "{{\"items\":{},\"next_cursor\":{next}}}",
        listed.items
    )))
}

/// Creates a post. With the same `Idempotency-Key` it is created once.
///
/// Permissions: `posts.write`.
#[utoipa::path(
    post,
    path = "/api/v1/blog/posts",
    tag = "blog",
    params(("Idempotency-Key" = Option<String>, Header, description = "1 to 255 characters")),
    request_body = NewPost,
    security(("bearer" = ["posts.write"])),
    responses(
        (status = 201, description = "Created; Location and ETag", body = Post),
        (status = 401, description = "No or bad credential", body = ProblemDocument),
        (status = 403, description = "The credential lacks the scope", body = ProblemDocument),
        (status = 404, description = "The post of this Idempotency-Key was deleted", body = ProblemDocument),
        (status = 413, description = "The body is over 2 MiB", body = ProblemDocument),
        (status = 422, description = "A field is not valid, or the Idempotency-Key was used otherwise", body = ProblemDocument),
    ),
)]
pub(crate) async fn create(
    State(app): State<App>,
    principal: Principal,
    context: Context,
    idempotency: Idempotency,
    Json(post): Json<NewPost>,
) -> Result<Created<axum::Json<serde_json::Value>>, Problem> {
    principal.require(Scope::PostsWrite)?;
    let author = principal.user_id()?;
    let claim = idempotency.params(&principal, "POST /api/v1/blog/posts", &post)?;
    let id = id::new();
    let slug = slug::from_title(&post.title, id);
    let draft = post.into_draft(&app)?;
    let context = context.for_principal(&principal);
    let (stored, replayed) =
        match store::create(app.db(), &context, id, author, slug, draft, claim).await? {
            Creation::Created(stored) => (stored, false),
            Creation::Replayed(stored) => (stored, true),
            Creation::Mismatch => return Err(Idempotency::mismatch()),
            Creation::Gone => return Err(Problem::not_found("post any more")),
        };
    Ok(Created {
        location: location(&stored.slug),
        etag: Some(etag(stored.version, stored.id)),
        replayed,
        body: axum::Json(stored.post),
    })
}

/// Answers a post. Drafts exist for their author and for moderators alone.
///
/// Permissions: none for what is published; `posts.read` for drafts.
#[utoipa::path(
    get,
    path = "/api/v1/blog/posts/{slug}",
    tag = "blog",
    params(("slug" = String, Path, description = "Slug")),
    security((), ("bearer" = ["posts.read"])),
    responses(
        (status = 200, description = "The post, with its ETag", body = Post),
        (status = 304, description = "The client has this version already (If-None-Match)"),
        (status = 401, description = "A bad credential", body = ProblemDocument),
        (status = 404, description = "No such post", body = ProblemDocument),
    ),
)]
pub(crate) async fn show(
    State(app): State<App>,
    reader: OptionalPrincipal,
    Path(name): Path<String>,
    known: IfNoneMatch,
) -> Result<Response, Problem> {
    // Without the scope a credential sees what everybody sees.
    let entitled = reader
        .0
        .as_ref()
        .filter(|principal| principal.require(Scope::PostsRead).is_ok());
    let moderator =
        entitled.is_some_and(|principal| principal.has_permission(Permission::PostsModerate));
    let account = entitled.and_then(|principal| principal.user_id().ok());
    let found = store::find(app.db(), &slug::normalise(&name), account, moderator)
        .await?
        .ok_or_else(|| Problem::not_found("post"))?;
    let tag = etag(found.version, found.id);
    if known.has(&tag) {
        return Ok(WithEtag(tag, StatusCode::NOT_MODIFIED).into_response());
    }
    Ok(WithEtag(tag, RawJson(found.json)).into_response())
}

/// Changes a post: what is absent stays. `If-Match` is required.
///
/// Permissions: `posts.write`; for other people's posts `posts.moderate` besides.
#[utoipa::path(
    patch,
    path = "/api/v1/blog/posts/{slug}",
    tag = "blog",
    params(
        ("slug" = String, Path, description = "Slug"),
        ("If-Match" = String, Header, description = "The ETag that was read last"),
    ),
    request_body = PostChanges,
    security(("bearer" = ["posts.write"])),
    responses(
        (status = 200, description = "The post after the change, with its ETag", body = Post),
        (status = 401, description = "No or bad credential", body = ProblemDocument),
        (status = 403, description = "The credential lacks the scope, or the post is somebody else's", body = ProblemDocument),
        (status = 404, description = "No such post", body = ProblemDocument),
        (status = 412, description = "The post has changed since", body = ProblemDocument),
        (status = 413, description = "The body is over 2 MiB", body = ProblemDocument),
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
    let known = known.required()?.tag();
    let changes = changes.into_changes(&app)?;
    let context = context.for_principal(&principal);
    let change = store::update(
        app.db(),
        &context,
        &slug::normalise(&name),
        editor,
        known,
        changes,
    )
    .await?;
    updated(change)
}

/// Deletes a post.
///
/// Permissions: `posts.write`; for other people's posts `posts.moderate` besides.
#[utoipa::path(
    delete,
    path = "/api/v1/blog/posts/{slug}",
    tag = "blog",
    params(("slug" = String, Path, description = "Slug")),
    security(("bearer" = ["posts.write"])),
    responses(
        (status = 204, description = "Deleted"),
        (status = 401, description = "No or bad credential", body = ProblemDocument),
        (status = 403, description = "The credential lacks the scope, or the post is somebody else's", body = ProblemDocument),
        (status = 404, description = "No such post", body = ProblemDocument),
        (status = 412, description = "The post is not the one in If-Match", body = ProblemDocument),
    ),
)]
pub(crate) async fn delete(
    State(app): State<App>,
    principal: Principal,
    context: Context,
    Path(name): Path<String>,
    known: IfMatch,
) -> Result<NoContent, Problem> {
    let editor = editor(&principal)?;
    let context = context.for_principal(&principal);
    let change = store::delete(
        app.db(),
        &context,
        &slug::normalise(&name),
        editor,
        known.tag(),
    )
    .await?;
    match change {
        Change::Deleted => Ok(NoContent),
        other => Err(refusal(other)),
    }
}

/// The guard of every change.
pub(super) fn editor(principal: &Principal) -> Result<Editor, Problem> {
    principal.require(Scope::PostsWrite)?;
    Ok(Editor {
        account: principal.user_id()?,
        moderator: principal.has_permission(Permission::PostsModerate),
    })
}

/// The answer to a change that leaves a post.
pub(super) fn updated(change: Change) -> Result<WithEtag<axum::Json<serde_json::Value>>, Problem> {
    match change {
        Change::Updated(Stored {
            id, version, post, ..
        }) => Ok(WithEtag(etag(version, id), axum::Json(post))),
        other => Err(refusal(other)),
    }
}

fn refusal(change: Change) -> Problem {
    match change {
        Change::NotFound => Problem::not_found("post"),
        Change::Forbidden => Problem::forbidden("The post is somebody else's."),
        Change::Stale => Problem::precondition_failed(),
        Change::Updated(_) | Change::Deleted => {
            Problem::internal("a change answered what it cannot")
        }
    }
}

/// The path of a post, percent-encoded for a header.
fn location(slug: &str) -> String {
    let mut path = String::from("/api/v1/blog/posts/");
    for byte in slug.bytes() {
        if byte.is_ascii_alphanumeric() || byte == b'-' {
            path.push(char::from(byte));
        } else {
            path.push_str(&format!("%{byte:02X}"));
        }
    }
    path
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn locations_are_ascii() {
        assert_eq!(location("größe-1"), "/api/v1/blog/posts/gr%C3%B6%C3%9Fe-1");
    }
}
