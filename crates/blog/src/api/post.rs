//! `/posts`: written, read, changed, deleted.

use axum::extract::State;
use axum::response::Response;
use kit::problem::ProblemDocument;
use kit::{
    App, Context, Created, Idempotency, IfMatch, IfNoneMatch, Json, NoContent, OptionalPrincipal,
    Page, Path, Permission, Principal, Problem, Query, RawJson, Scope, WithEtag, id, page,
    path_segment,
};
use serde::Deserialize;

use super::document::{NewPost, Post, PostChanges, Posts, Status};
use crate::domain::{slug, tag};
use crate::store::Editor;
use crate::store::post::{
    self as store, Change, Creation, Filter, Found, Origin, Position, Stored,
};

const LIST: &str = "blog.posts";

/// Which posts a list shows.
#[derive(Deserialize)]
pub(crate) struct Filters {
    author: Option<String>,
    tag: Option<String>,
    q: Option<String>,
    status: Option<Status>,
    #[serde(default)]
    following: bool,
    favorited_by: Option<String>,
}

/// Lists posts, newest first, without their bodies.
///
/// Permissions: none for what is published; `posts.read` for one's own posts in other states and for those of followed authors.
#[utoipa::path(
    get,
    path = "/api/v1/blog/posts",
    tag = "blog",
    params(
        ("author" = Option<String>, Query, description = "Username"),
        ("tag" = Option<String>, Query, description = "Tag"),
        ("q" = Option<String>, Query, description = "Words that the posts have; `/search` ranks and forgives mistakes"),
        ("status" = Option<Status>, Query, description = "`draft`, `scheduled` and `deleted` list the caller's own posts; `published` if absent"),
        ("following" = Option<bool>, Query, description = "`true` lists the posts of those whom the caller follows; goes with `tag` alone"),
        ("favorited_by" = Option<String>, Query, description = "Username of whose favourites to list; goes with `tag` and `author`"),
        ("limit" = Option<i64>, Query, description = "1 to 100, 20 if absent"),
        ("cursor" = Option<String>, Query, description = "`next_cursor` of the page before"),
    ),
    security((), ("bearer" = ["posts.read"])),
    responses(
        (status = 200, description = "A page", body = Posts),
        (status = 401, description = "A bad credential, or none where one is needed", body = ProblemDocument),
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
    let status = filters.status.unwrap_or(Status::Published);
    if status != Status::Published || filters.following {
        let owner = reader.0.as_ref().ok_or_else(|| {
            Problem::unauthorized("This list is its owner's; send a bearer token.")
        })?;
        owner.require(Scope::PostsRead)?;
        owner.user_id()?;
    }
    let (filter, list) = filter(filters, status, reader.user_id())?;
    let after = page.position::<Position>(&app, &list)?;
    let listed = store::find_all(app.db(), filter, after, page.limit).await?;
    page_of(&app, &list, listed)
}

/// The filter, and the name of the list that it makes: a cursor belongs to one list.
fn filter(
    filters: Filters,
    status: Status,
    reader: Option<uuid::Uuid>,
) -> Result<(Filter, String), Problem> {
    let Filters {
        author,
        tag,
        q,
        following,
        favorited_by,
        ..
    } = filters;
    let refuse = |field: &str, message: &str| Err(Problem::invalid_field(field, message));
    let own = status != Status::Published;
    if following && (own || author.is_some() || q.is_some() || favorited_by.is_some()) {
        return refuse("following", "goes with tag alone");
    }
    if favorited_by.is_some() && (own || q.is_some()) {
        return refuse("favorited_by", "goes with tag and author alone");
    }
    if own && q.is_some() {
        return refuse("q", "looks through what is published alone");
    }
    let tag = tag
        .as_deref()
        .map(tag::normalise)
        .transpose()
        .map_err(|message| Problem::invalid_field("tag", message))?;
    let words = q.map(|words| super::search::words(&words)).transpose()?;
    let filter = Filter {
        status: status.name(),
        author: author.as_deref().map(case_folding::fold),
        tag,
        following,
        favorited_by: favorited_by.as_deref().map(case_folding::fold),
        words,
        reader,
    };
    // Whose feed it is belongs to the list too.
    let whose = reader.filter(|_| following || own);
    let text = |value: &Option<String>| value.clone().unwrap_or_default();
    let list = format!(
        "{LIST}?{}&{}&{}&{}&{}&{}",
        filter.status,
        text(&filter.author),
        text(&filter.tag),
        text(&filter.favorited_by),
        text(&filter.words),
        whose
            .map(|id| format!("{following}{id}"))
            .unwrap_or_default(),
    );
    Ok((filter, list))
}

/// A page as it is answered.
pub(super) fn page_of<P: serde::Serialize>(
    app: &App,
    list: &str,
    listed: crate::store::Listed<P>,
) -> Result<RawJson, Problem> {
    page::listed(app, list, &listed.items, listed.last)
}

/// Where a page of a list goes on whose post has another slug now: its cursor holds for that one, as `list` there.
pub(super) fn moved_page(
    app: &App,
    page: &Page,
    path: &str,
    list: &str,
    after: Option<&impl serde::Serialize>,
) -> Result<Problem, Problem> {
    let location = match after {
        Some(position) => {
            let cursor = page::encode(app, list, position)?;
            format!("{path}?limit={}&cursor={cursor}", page.limit)
        }
        None => path.to_owned(),
    };
    Ok(Problem::moved(&location))
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
        etag: stored.etag,
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
        (status = 308, description = "The post has another slug now: Location", body = ProblemDocument),
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
    let (account, moderator) = reader_of(&reader, Permission::PostsModerate);
    match store::find(app.db(), &slug::normalise(&name), account, moderator).await? {
        Some(Found::Post { json, etag }) => Ok(known.answer(etag, RawJson(json))),
        Some(Found::Moved(slug)) => Err(Problem::moved(&location(&slug))),
        None => Err(Problem::not_found("post")),
    }
}

/// Changes a post: what is absent stays. `If-Match` is required. With `autosave` a published post stays as it is: the changes go to
/// its pending edit, which must be the one of the ETag, or none if there was none: two windows don't overwrite each other.
///
/// Permissions: `posts.write`; for other people's posts `posts.moderate` besides.
#[utoipa::path(
    patch,
    path = "/api/v1/blog/posts/{slug}",
    tag = "blog",
    params(
        ("slug" = String, Path, description = "Slug"),
        ("If-Match" = String, Header, description = "The ETag that was read last, or that the last save answered"),
    ),
    request_body = PostChanges,
    security(("bearer" = ["posts.write"])),
    responses(
        (status = 200, description = "The post after the change, with its ETag", body = Post),
        (status = 401, description = "No or bad credential", body = ProblemDocument),
        (status = 403, description = "The credential lacks the scope, or the post is somebody else's", body = ProblemDocument),
        (status = 404, description = "No such post", body = ProblemDocument),
        (status = 308, description = "The post has another slug now: Location", body = ProblemDocument),
        (status = 409, description = "Another post has or had the slug", body = ProblemDocument),
        (status = 412, description = "The post has changed since, or with `autosave` its pending edit", body = ProblemDocument),
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
    let known = known.required()?.tags();
    let origin = if changes.autosave {
        Origin::Autosaved
    } else {
        Origin::Saved
    };
    let changes = changes.into_changes(&app)?;
    let context = context.for_principal(&principal);
    let change = store::update(
        app.db(),
        &context,
        &slug::normalise(&name),
        editor,
        known,
        changes,
        origin,
    )
    .await?;
    updated(change, "")
}

/// Deletes a post. It can be restored for thirty days.
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
        (status = 308, description = "The post has another slug now: Location", body = ProblemDocument),
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
    let slug = slug::normalise(&name);
    match store::delete(app.db(), &context, &slug, editor, known.tags()).await? {
        Change::Deleted => Ok(NoContent),
        other => Err(refusal(other, "")),
    }
}

/// Brings a deleted post back as it was, for thirty days. One that is not deleted stays as it is.
///
/// Permissions: `posts.write`; for other people's posts `posts.moderate` besides.
#[utoipa::path(
    post,
    path = "/api/v1/blog/posts/{slug}/restore",
    tag = "blog",
    params(("slug" = String, Path, description = "Slug")),
    security(("bearer" = ["posts.write"])),
    responses(
        (status = 200, description = "The post, with its ETag", body = Post),
        (status = 401, description = "No or bad credential", body = ProblemDocument),
        (status = 403, description = "The credential lacks the scope, or the post is somebody else's", body = ProblemDocument),
        (status = 404, description = "No such post, or deleted too long ago", body = ProblemDocument),
        (status = 412, description = "The post is not the one in If-Match", body = ProblemDocument),
    ),
)]
pub(crate) async fn restore(
    State(app): State<App>,
    principal: Principal,
    context: Context,
    Path(name): Path<String>,
    known: IfMatch,
) -> Result<WithEtag<axum::Json<serde_json::Value>>, Problem> {
    let editor = editor(&principal)?;
    let context = context.for_principal(&principal);
    let slug = slug::normalise(&name);
    updated(
        store::restore(app.db(), &context, &slug, editor, known.tags()).await?,
        "/restore",
    )
}

/// What a reader may see: the account, and whether it moderates by this permission. Without the scope a credential sees what everybody
/// sees.
pub(super) fn reader_of(
    reader: &OptionalPrincipal,
    moderates: Permission,
) -> (Option<uuid::Uuid>, bool) {
    let entitled = reader
        .0
        .as_ref()
        .filter(|principal| principal.require(Scope::PostsRead).is_ok());
    (
        entitled.and_then(|principal| principal.user_id().ok()),
        entitled.is_some_and(|principal| principal.has_permission(moderates)),
    )
}

/// The guard of every change.
pub(super) fn editor(principal: &Principal) -> Result<Editor, Problem> {
    principal.require(Scope::PostsWrite)?;
    editor_of(principal)
}

/// Whoever may see what editors see.
pub(super) fn editor_of(principal: &Principal) -> Result<Editor, Problem> {
    Ok(Editor {
        account: principal.user_id()?,
        moderator: principal.has_permission(Permission::PostsModerate),
    })
}

/// The answer to a change that leaves a post. `route` is what follows the slug in the request's path.
pub(super) fn updated(
    change: Change,
    route: &str,
) -> Result<WithEtag<axum::Json<serde_json::Value>>, Problem> {
    match change {
        Change::Updated(Stored { etag, post, .. }) => {
            Ok(WithEtag(etag.unwrap_or_default(), axum::Json(post)))
        }
        other => Err(refusal(other, route)),
    }
}

pub(super) fn refusal(change: Change, route: &str) -> Problem {
    match change {
        Change::NotFound => Problem::not_found("post"),
        Change::Moved { slug } => Problem::moved(&format!("{}{route}", location(&slug))),
        Change::Forbidden => Problem::forbidden("The post is somebody else's."),
        Change::Stale => Problem::precondition_failed(),
        Change::SlugTaken => Problem::conflict(
            "slug-taken",
            "Another post has or had this slug; choose another.",
        ),
        Change::Updated(_) | Change::Deleted => {
            Problem::internal("a change answered what it cannot")
        }
    }
}

/// The path of a post, percent-encoded for a header.
pub(super) fn location(slug: &str) -> String {
    format!("/api/v1/blog/posts/{}", path_segment(slug))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn locations_are_ascii() {
        assert_eq!(location("größe-1"), "/api/v1/blog/posts/gr%C3%B6%C3%9Fe-1");
    }
}
