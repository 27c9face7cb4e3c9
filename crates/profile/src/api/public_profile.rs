//! `/users/{username}`: what everybody may see.

use axum::extract::State;
use axum::response::Response;
use kit::problem::ProblemDocument;
use kit::{App, IfNoneMatch, OptionalPrincipal, Path, Problem, RawJson};
use serde::Serialize;

use crate::{domain, store};

/// A profile as others see it.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct PublicProfile {
    user_id: uuid::Uuid,
    username: String,
    display_name: Option<String>,
    bio: Option<String>,
    image_url: Option<String>,
    website: Option<String>,
    location: Option<String>,
    /// Whether the caller follows this account; false for anonymous callers.
    following: bool,
    followers_count: i64,
    following_count: i64,
    /// RFC 3339.
    created_at: String,
}

/// Answers somebody's public profile.
///
/// Permissions: none; a credential is used for `following`.
#[utoipa::path(
    get,
    path = "/api/v1/profile/users/{username}",
    tag = "profile",
    params(("username" = String, Path, description = "In any case")),
    security((), ("bearer" = [])),
    responses(
        (status = 200, description = "The profile, with its ETag", body = PublicProfile),
        (status = 304, description = "The client has this version already (If-None-Match)"),
        (status = 401, description = "A bad credential", body = ProblemDocument),
        (status = 404, description = "No such account", body = ProblemDocument),
    ),
)]
pub(crate) async fn show(
    State(app): State<App>,
    reader: OptionalPrincipal,
    Path(username): Path<String>,
    known: IfNoneMatch,
) -> Result<Response, Problem> {
    let key = domain::username_key(&username);
    let profile = store::find_public(app.db(), &key, reader.user_id())
        .await?
        .ok_or_else(|| Problem::not_found("user"))?;
    let tag = format!("\"{:016x}\"", profile.version);
    Ok(known.answer(tag, RawJson(profile.json)))
}
