//! `/tags`.

use axum::extract::State;
use kit::problem::ProblemDocument;
use kit::{App, Page, Problem, Query, RawJson};
use serde::{Deserialize, Serialize};

use super::post::page_of;
use crate::domain::tag;
use crate::store::tag as store;

const LIST: &str = "blog.tags";

/// Which tags a list shows.
#[derive(Deserialize)]
pub(crate) struct Filters {
    prefix: Option<String>,
}

/// A tag.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct Tag {
    tag: String,
    /// Posts that are to be seen.
    posts_count: i64,
}

/// A page of tags.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct Tags {
    items: Vec<Tag>,
    /// For the next page; null on the last.
    next_cursor: Option<String>,
}

/// Lists the tags of published posts, those of most posts first.
///
/// Permissions: none.
#[utoipa::path(
    get,
    path = "/api/v1/blog/tags",
    tag = "blog",
    params(
        ("prefix" = Option<String>, Query, description = "What the tags begin with"),
        ("limit" = Option<i64>, Query, description = "1 to 100, 20 if absent"),
        ("cursor" = Option<String>, Query, description = "`next_cursor` of the page before"),
    ),
    responses(
        (status = 200, description = "A page", body = Tags),
        (status = 422, description = "The prefix, the limit or the cursor is not valid", body = ProblemDocument),
    ),
)]
pub(crate) async fn list(
    State(app): State<App>,
    Query(filters): Query<Filters>,
    page: Page,
) -> Result<RawJson, Problem> {
    let prefix = filters
        .prefix
        .as_deref()
        .filter(|prefix| !prefix.is_empty())
        .map(tag::normalise)
        .transpose()
        .map_err(|message| Problem::invalid_field("prefix", message))?;
    let list = format!("{LIST}?{}", prefix.as_deref().unwrap_or(""));
    let after = page.position(&app, &list)?;
    let listed = store::find_all(app.db(), prefix, after, page.limit).await?;
    page_of(&app, &list, listed)
}
