//! `/blog`, `/blog/tags/{tag}`, `/blog/@{username}`: posts, newest first.

use axum::extract::{Path, State};
use axum::response::Response;
use blog::domain::tag;
use kit::{App, IfNoneMatch, Page, Problem, page as cursor};
use uuid::Uuid;

use super::answer::{answer, not_found};
use crate::page;
use crate::respond::{HTML, document};
use crate::store::{self, Subject};

/// Posts of a page.
const PAGE: i64 = 15;

pub(crate) async fn front(
    State(app): State<App>,
    page: Result<Page, Problem>,
    known: IfNoneMatch,
) -> Response {
    answer(
        &app,
        posts(&app, &known, Subject::default(), "/blog/", page).await,
    )
}

pub(crate) async fn topic(
    State(app): State<App>,
    Path(name): Path<String>,
    page: Result<Page, Problem>,
    known: IfNoneMatch,
) -> Response {
    let Ok(tag) = tag::normalise(&name) else {
        return not_found(&app);
    };
    let path = page::tag_path(&tag);
    let subject = Subject {
        tag: Some(tag),
        author: None,
    };
    answer(&app, posts(&app, &known, subject, &path, page).await)
}

/// Posts of an author; none without such an author.
pub(crate) async fn author(
    app: &App,
    known: &IfNoneMatch,
    username: &str,
    page: Result<Page, Problem>,
) -> Result<Option<Response>, Problem> {
    let key = case_folding::fold(username);
    let path = page::author_path(&key);
    let subject = Subject {
        author: Some(key),
        tag: None,
    };
    posts(app, known, subject, &path, page).await
}

/// A list of posts; none without such an author.
async fn posts(
    app: &App,
    known: &IfNoneMatch,
    subject: Subject,
    path: &str,
    page: Result<Page, Problem>,
) -> Result<Option<Response>, Problem> {
    let page = page?;
    let list = format!("blog-site.posts?{path}");
    let after = page.position::<(i64, Uuid)>(app, &list)?;
    let Some(found) = store::list(app.db(), &subject, after, PAGE).await? else {
        return Ok(None);
    };
    let older = found
        .last_ms
        .zip(found.last_id)
        .map(|position| cursor::encode(app, &list, &position))
        .transpose()?
        .map(|cursor| format!("{path}?cursor={cursor}"));
    let newest = found.items.iter().map(store::Head::modified_at).max();
    let body = page::list::list(
        &app.config().public_url,
        &subject,
        &found,
        older.as_deref(),
        after.is_none(),
    );
    Ok(Some(document(known, HTML, newest, body)))
}
