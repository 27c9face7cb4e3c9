//! `/articles/{slug}`: an article, and the way it is written.

use axum::extract::State;
use blog::domain::{field, slug, tag};
use blog::renderer::render_into;
use garde::Validate;
use http::StatusCode;
use kit::extract::present;
use kit::{App, Context, FieldError, Json, NoContent, Path, Problem, RawJson, Scope, id};
use serde::Deserialize;
use serde_json::{Map, Value, json};
use uuid::Uuid;

use crate::caller::{Caller, Reader};
use crate::field::{by_rule, changed, required};
use crate::store::{self, Change};
use crate::wording::{forbidden, not_found};

/// The slug of a title or the first free number after it; where somebody else was faster, random characters (`blog.free_slug`).
const ATTEMPTS: [i32; 2] = [1, 7];

/// A new article.
#[derive(Deserialize, Validate, utoipa::ToSchema)]
pub(crate) struct Creation {
    #[garde(skip)]
    article: NewArticle,
}

#[derive(Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct NewArticle {
    title: Option<String>,
    description: Option<String>,
    body: Option<String>,
    tag_list: Option<Vec<String>>,
}

/// A change: what is absent stays.
#[derive(Deserialize, Validate, utoipa::ToSchema)]
pub(crate) struct Update {
    #[garde(skip)]
    article: ArticleChanges,
}

#[derive(Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ArticleChanges {
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<String>)]
    title: Option<Option<String>>,
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<String>)]
    description: Option<Option<String>>,
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<String>)]
    body: Option<Option<String>>,
    /// An empty list clears; null is refused.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<Vec<String>>)]
    tag_list: Option<Option<Vec<String>>>,
}

/// Answers an article. An old slug leads to it too.
///
/// Permissions: none.
#[utoipa::path(get, path = "/conduit/api/articles/{slug}", tag = "conduit")]
pub(crate) async fn show(
    State(app): State<App>,
    reader: Reader,
    Path(name): Path<String>,
) -> Result<RawJson, Problem> {
    store::find_article(app.db(), &slug::normalise(&name), reader.0)
        .await?
        .map(RawJson)
        .ok_or_else(|| not_found("article"))
}

/// Publishes an article. The same title again gets another slug.
///
/// Permissions: `posts.write`.
#[utoipa::path(post, path = "/conduit/api/articles", tag = "conduit")]
pub(crate) async fn create(
    State(app): State<App>,
    caller: Caller,
    context: Context,
    Json(request): Json<Creation>,
) -> Result<(StatusCode, Json<Value>), Problem> {
    let caller = caller.with(Scope::PostsWrite)?;
    let context = context.for_principal(&caller.principal);
    let id = id::new();
    let (wished, draft) = request.article.into_draft(&app, id)?;
    let article =
        store::create_article(app.db(), &context, id, caller.account, wished, draft).await?;
    Ok((StatusCode::CREATED, Json(article)))
}

/// Changes one's own article. Another title gives another slug.
///
/// Permissions: `posts.write`.
#[utoipa::path(put, path = "/conduit/api/articles/{slug}", tag = "conduit")]
pub(crate) async fn update(
    State(app): State<App>,
    caller: Caller,
    context: Context,
    Path(name): Path<String>,
    Json(request): Json<Update>,
) -> Result<Json<Value>, Problem> {
    let caller = caller.with(Scope::PostsWrite)?;
    let context = context.for_principal(&caller.principal);
    let name = slug::normalise(&name);
    let (wished, changes) = request.article.into_changes(&app)?;
    for attempt in ATTEMPTS {
        let change = store::update_article(
            app.db(),
            &context,
            &name,
            caller.account,
            changes.clone(),
            wished.clone(),
            attempt,
        )
        .await?;
        if !matches!(change, Change::SlugTaken) {
            return updated(change);
        }
    }
    Err(Problem::unavailable("An address for this title"))
}

/// Deletes one's own article.
///
/// Permissions: `posts.write`.
#[utoipa::path(delete, path = "/conduit/api/articles/{slug}", tag = "conduit")]
pub(crate) async fn delete(
    State(app): State<App>,
    caller: Caller,
    context: Context,
    Path(name): Path<String>,
) -> Result<NoContent, Problem> {
    let caller = caller.with(Scope::PostsWrite)?;
    let context = context.for_principal(&caller.principal);
    let name = slug::normalise(&name);
    match store::delete_article(app.db(), &context, &name, caller.account).await? {
        Change::Deleted => Ok(NoContent),
        other => Err(refusal(&other)),
    }
}

/// The answer to a change that leaves an article.
pub(super) fn updated(change: Change) -> Result<Json<Value>, Problem> {
    match change {
        Change::Updated { article } => Ok(Json(json!({ "article": article }))),
        other => Err(refusal(&other)),
    }
}

fn refusal(change: &Change) -> Problem {
    match change {
        Change::NotFound => not_found("article"),
        Change::Forbidden => forbidden("article"),
        Change::Updated { .. } | Change::Deleted | Change::SlugTaken => {
            Problem::internal("a change answered what it cannot")
        }
    }
}

impl NewArticle {
    /// The wished slug, and what `blog.insert_post` is given.
    fn into_draft(self, app: &App, id: Uuid) -> Result<(String, Value), Problem> {
        let title = required("title", self.title).and_then(title);
        let description = required("description", self.description).and_then(description);
        let body = required("body", self.body).and_then(body);
        let tags = tags(self.tag_list.unwrap_or_default());
        let (title, description, body, tags) = match (title, description, body, tags) {
            (Ok(title), Ok(description), Ok(body), Ok(tags)) => (title, description, body, tags),
            (title, description, body, tags) => {
                return Err(wrong([
                    title.err(),
                    description.err(),
                    body.err(),
                    tags.err(),
                ]));
            }
        };
        let wished = slug::from_title(&title, id);
        let mut draft = Map::new();
        draft.insert("title".into(), json!(title));
        draft.insert("summary".into(), json!(description));
        draft.insert("tags".into(), json!(tags));
        draft.insert("status".into(), json!("published"));
        render_into(&mut draft, app, body)?;
        Ok((wished, Value::Object(draft)))
    }
}

impl ArticleChanges {
    /// The wished slug if there is another title, and what `blog.update_post` is given.
    fn into_changes(self, app: &App) -> Result<(Option<String>, Value), Problem> {
        let text = |name, text, rule: fn(String) -> Result<String, FieldError>| {
            changed(name, text).and_then(|text: Option<String>| text.map(rule).transpose())
        };
        let title = text("title", self.title, title);
        let description = text("description", self.description, description);
        let body = text("body", self.body, body);
        let tags = self
            .tag_list
            .map(|list| {
                list.ok_or_else(|| FieldError::new("tagList", "can't be blank"))
                    .and_then(tags)
            })
            .transpose();
        let (title, description, body, tags) = match (title, description, body, tags) {
            (Ok(title), Ok(description), Ok(body), Ok(tags)) => (title, description, body, tags),
            (title, description, body, tags) => {
                return Err(wrong([
                    title.err(),
                    description.err(),
                    body.err(),
                    tags.err(),
                ]));
            }
        };
        let mut changes = Map::new();
        let mut wished = None;
        if let Some(title) = title {
            wished = Some(slug::from_title(&title, id::new()));
            changes.insert("title".into(), json!(title));
        }
        if let Some(description) = description {
            changes.insert("summary".into(), json!(description));
        }
        if let Some(tags) = tags {
            changes.insert("tags".into(), json!(tags));
        }
        if let Some(body) = body {
            render_into(&mut changes, app, body)?;
        }
        Ok((wished, Value::Object(changes)))
    }
}

fn title(text: String) -> Result<String, FieldError> {
    let text = text.trim().to_owned();
    by_rule("title", &text, field::title).map_or(Ok(text), Err)
}

fn description(text: String) -> Result<String, FieldError> {
    by_rule("description", &text, field::summary).map_or(Ok(text), Err)
}

fn body(text: String) -> Result<String, FieldError> {
    by_rule("body", &text, field::body).map_or(Ok(text), Err)
}

/// In the form in which tags are stored, each once and in their order. Blank ones are nobody's.
fn tags(list: Vec<String>) -> Result<Vec<String>, FieldError> {
    let list: Vec<String> = list
        .into_iter()
        .filter(|text| !text.trim().is_empty())
        .collect();
    for text in &list {
        if let Err(why) = tag::normalise(text) {
            return Err(FieldError::new("tagList", why));
        }
    }
    let tags = tag::normalise_all(&list);
    if tags.len() > tag::MAX_TAGS {
        let why = format!("must be at most {} tags", tag::MAX_TAGS);
        return Err(FieldError::new("tagList", why));
    }
    Ok(tags)
}

fn wrong(errors: [Option<FieldError>; 4]) -> Problem {
    Problem::validation(errors.into_iter().flatten())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_keep_their_order_and_lose_their_doubles() {
        let list = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect();
        assert_eq!(
            tags(list(&["training", "Dragons", "", "dragons", "a_b"])),
            Ok(list(&["training", "dragons", "a_b"]))
        );
        assert_eq!(tags(Vec::new()), Ok(Vec::new()));
        assert!(tags(list(&["<b>"])).is_err());
        let many: Vec<String> = (0..11).map(|n| format!("t{n}")).collect();
        assert_eq!(tags(many).unwrap_err().field, "tagList");
    }
}
