//! `/posts/{slug}/revisions`: what a post said before.

use axum::extract::State;
use axum::response::Response;
use kit::problem::ProblemDocument;
use kit::{
    App, Context, IfMatch, IfNoneMatch, Page, Path, Principal, Problem, RawJson, Scope, WithEtag,
};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::document::{Cover, Post};
use super::post::{editor, location, moved_page, page_of, updated};
use crate::domain::slug;
use crate::renderer::render_into;
use crate::store::post::{self, Origin};
use crate::store::revision::{self as store, Found};

/// Where a revision comes from.
#[derive(Serialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
#[expect(
    dead_code,
    reason = "described in OpenAPI alone: the database writes it"
)]
enum RevisionOrigin {
    Created,
    Saved,
    Autosaved,
    Published,
    Restored,
    Imported,
}

/// A revision in a list.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct RevisionHead {
    /// 1 for the first.
    number: i32,
    origin: RevisionOrigin,
    /// The revision that was taken back.
    restored_from: Option<i32>,
    title: String,
    /// Bytes of the body.
    bytes: i64,
    /// Username; null when the account is gone.
    editor: Option<String>,
    created_at: String,
    /// Later than `created_at` where autosaves were gathered.
    updated_at: String,
}

/// A page of revisions, newest first.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct Revisions {
    items: Vec<RevisionHead>,
    /// For the next page; null on the last.
    next_cursor: Option<String>,
}

/// What a post said.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct Revision {
    number: i32,
    origin: RevisionOrigin,
    restored_from: Option<i32>,
    title: String,
    summary: Option<String>,
    body: String,
    tags: Vec<String>,
    cover: Option<Cover>,
    canonical_url: Option<String>,
    series: Option<String>,
    editor: Option<String>,
    created_at: String,
    updated_at: String,
}

/// The members that come back.
#[derive(Deserialize)]
struct Kept {
    title: String,
    summary: Option<String>,
    body: String,
    tags: Vec<String>,
    cover: Value,
    canonical_url: Option<String>,
    series: Option<String>,
}

/// The list of a post's revisions, as its cursors name it.
fn list_of(slug: &str) -> String {
    format!("blog.revisions?{slug}")
}

/// Lists the revisions of a post, newest first. The last two hundred are kept.
///
/// Permissions: `posts.read`; for other people's posts `posts.moderate` besides.
#[utoipa::path(
    get,
    path = "/api/v1/blog/posts/{slug}/revisions",
    tag = "blog",
    params(
        ("slug" = String, Path, description = "Slug"),
        ("limit" = Option<i64>, Query, description = "1 to 100, 20 if absent"),
        ("cursor" = Option<String>, Query, description = "`next_cursor` of the page before"),
    ),
    security(("bearer" = ["posts.read"])),
    responses(
        (status = 200, description = "A page", body = Revisions),
        (status = 308, description = "The post has another slug now: Location", body = ProblemDocument),
        (status = 401, description = "No or bad credential", body = ProblemDocument),
        (status = 403, description = "The credential lacks the scope", body = ProblemDocument),
        (status = 404, description = "No such post of the caller's", body = ProblemDocument),
        (status = 422, description = "The limit or the cursor is not valid", body = ProblemDocument),
    ),
)]
pub(crate) async fn list(
    State(app): State<App>,
    principal: Principal,
    Path(name): Path<String>,
    page: Page,
) -> Result<RawJson, Problem> {
    principal.require(Scope::PostsRead)?;
    let slug = slug::normalise(&name);
    let list = list_of(&slug);
    let after: Option<i32> = page.position(&app, &list)?;
    let reader = super::post::editor_of(&principal)?;
    match store::find_all(app.db(), &slug, reader, after, page.limit).await? {
        Some(Found::Moved(slug)) => {
            let path = format!("{}/revisions", location(&slug));
            let list = list_of(&slug);
            Err(moved_page(&app, &page, &path, &list, after.as_ref())?)
        }
        listed => page_of(&app, &list, here(listed, "post of yours", "/revisions")?),
    }
}

/// Answers a revision with its body.
///
/// Permissions: `posts.read`; for other people's posts `posts.moderate` besides.
#[utoipa::path(
    get,
    path = "/api/v1/blog/posts/{slug}/revisions/{number}",
    tag = "blog",
    params(("slug" = String, Path, description = "Slug"), ("number" = i32, Path, description = "Number of the revision")),
    security(("bearer" = ["posts.read"])),
    responses(
        (status = 200, description = "The revision, with its ETag", body = Revision),
        (status = 304, description = "The client has this version already (If-None-Match)"),
        (status = 308, description = "The post has another slug now: Location", body = ProblemDocument),
        (status = 401, description = "No or bad credential", body = ProblemDocument),
        (status = 403, description = "The credential lacks the scope", body = ProblemDocument),
        (status = 404, description = "No such revision of a post of the caller's", body = ProblemDocument),
    ),
)]
pub(crate) async fn show(
    State(app): State<App>,
    principal: Principal,
    Path((name, number)): Path<(String, i32)>,
    known: IfNoneMatch,
) -> Result<Response, Problem> {
    principal.require(Scope::PostsRead)?;
    let reader = super::post::editor_of(&principal)?;
    let found = store::find(app.db(), &slug::normalise(&name), reader, number).await?;
    let revision = here(found, "revision", &format!("/revisions/{number}"))?;
    let tag = format!("\"{number}-{:016x}\"", revision.version);
    Ok(known.answer(tag, RawJson(revision.json)))
}

/// What is there, or why not. `route` is what follows the slug in the request's path.
fn here<T>(found: Option<Found<T>>, what: &str, route: &str) -> Result<T, Problem> {
    match found {
        Some(Found::Here(value)) => Ok(value),
        Some(Found::Moved(slug)) => Err(Problem::moved(&format!("{}{route}", location(&slug)))),
        None => Err(Problem::not_found(what)),
    }
}

/// Makes the post say again what it said then, as a new revision. The slug stays.
///
/// Permissions: `posts.write`; for other people's posts `posts.moderate` besides.
#[utoipa::path(
    post,
    path = "/api/v1/blog/posts/{slug}/revisions/{number}/restore",
    tag = "blog",
    params(("slug" = String, Path, description = "Slug"), ("number" = i32, Path, description = "Number of the revision")),
    security(("bearer" = ["posts.write"])),
    responses(
        (status = 200, description = "The post after it, with its ETag", body = Post),
        (status = 308, description = "The post has another slug now: Location", body = ProblemDocument),
        (status = 401, description = "No or bad credential", body = ProblemDocument),
        (status = 403, description = "The credential lacks the scope", body = ProblemDocument),
        (status = 404, description = "No such revision of a post of the caller's", body = ProblemDocument),
        (status = 412, description = "The post is not the one in If-Match", body = ProblemDocument),
    ),
)]
pub(crate) async fn restore(
    State(app): State<App>,
    principal: Principal,
    context: Context,
    Path((name, number)): Path<(String, i32)>,
    known: IfMatch,
) -> Result<WithEtag<axum::Json<Value>>, Problem> {
    let editor = editor(&principal)?;
    let slug = slug::normalise(&name);
    let route = format!("/revisions/{number}/restore");
    let found = store::find(app.db(), &slug, editor, number).await?;
    let revision = here(found, "revision", &route)?;
    let Kept {
        title,
        summary,
        body,
        tags,
        cover,
        canonical_url,
        series,
    } = serde_json::from_str(&revision.json).map_err(Problem::internal)?;
    // Rendered anew and not kept: what may be shown is decided by the sanitiser of today.
    let mut changes = Map::new();
    changes.insert("title".into(), json!(title));
    changes.insert("summary".into(), json!(summary));
    changes.insert("tags".into(), json!(tags));
    changes.insert("cover".into(), cover);
    changes.insert("canonical_url".into(), json!(canonical_url));
    changes.insert("series".into(), json!(series));
    render_into(&mut changes, &app, body)?;
    let context = context.for_principal(&principal);
    let change = post::update(
        app.db(),
        &context,
        &slug,
        editor,
        known.tags(),
        Value::Object(changes),
        Origin::Restored(number),
    )
    .await?;
    updated(change, &route)
}
