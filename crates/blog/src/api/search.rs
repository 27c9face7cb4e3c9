//! `/search`.

use axum::extract::State;
use kit::problem::ProblemDocument;
use kit::{App, OptionalPrincipal, Page, Problem, Query, RawJson, page};
use serde::{Deserialize, Serialize};

use super::document::PostHead;
use crate::store::search as store;

const LIST: &str = "blog.search";
/// Characters of a query at most.
const MAX_WORDS: usize = 200;

/// What to look for.
#[derive(Deserialize)]
pub(crate) struct Filters {
    q: Option<String>,
}

/// Where the words are, as HTML: they stand between `<mark>` and `</mark>`, everything else is escaped.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct Highlights {
    title: String,
    /// Up to two fragments of summary and text.
    text: String,
}

/// A post that was found.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct Hit {
    #[serde(flatten)]
    post: PostHead,
    highlights: Highlights,
}

/// A page of results, the best first.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct Results {
    items: Vec<Hit>,
    /// The words that were looked for instead, because no post has those of the query; else null.
    corrected_query: Option<String>,
    /// For the next page; null on the last.
    next_cursor: Option<String>,
}

/// Looks through title, tags, summary and text of what is published. `"two words"` are a phrase, `-word` leaves posts out, `or` is an
/// alternative. Small mistakes are forgiven.
///
/// Permissions: none; a credential is used for `favorited`.
#[utoipa::path(
    get,
    path = "/api/v1/blog/search",
    tag = "blog",
    params(
        ("q" = String, Query, description = "1 to 200 characters"),
        ("limit" = Option<i64>, Query, description = "1 to 100, 20 if absent"),
        ("cursor" = Option<String>, Query, description = "`next_cursor` of the page before"),
    ),
    security((), ("bearer" = [])),
    responses(
        (status = 200, description = "A page", body = Results),
        (status = 401, description = "A bad credential", body = ProblemDocument),
        (status = 422, description = "The query, the limit or the cursor is not valid", body = ProblemDocument),
    ),
)]
pub(crate) async fn search(
    State(app): State<App>,
    reader: OptionalPrincipal,
    Query(filters): Query<Filters>,
    page: Page,
) -> Result<RawJson, Problem> {
    let words = filters
        .q
        .ok_or_else(|| Problem::invalid_field("q", "is required"))?;
    let words = self::words(&words)?;
    let list = format!("{LIST}?{words}");
    let after = page.position(&app, &list)?;
    let found = store::search(app.db(), &words, reader.user_id(), after, page.limit).await?;
    let next = match found.page.last {
        Some(position) => Some(page::encode(&app, &list, &position)?),
        None => None,
    };
    let text = |value: &Option<String>| serde_json::json!(value).to_string();
    Ok(RawJson(format!(
        "{{\"items\":{},\"corrected_query\":{},\"next_cursor\":{}}}",
        found.page.items,
        text(&found.corrected),
        text(&next),
    )))
}

/// The words of a query, trimmed.
pub(super) fn words(text: &str) -> Result<String, Problem> {
    let words = text.trim();
    if words.is_empty() || words.chars().count() > MAX_WORDS {
        return Err(Problem::invalid_field(
            "q",
            format!("must be 1 to {MAX_WORDS} characters"),
        ));
    }
    Ok(words.to_owned())
}
