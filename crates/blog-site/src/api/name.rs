//! `/blog/{name}`: a post by its slug, an author's list by `@` and the username, or a file.

use axum::extract::{Path, RawQuery, State};
use axum::response::Response;
use kit::{App, IfNoneMatch, Page, Problem};

use super::answer::answer;
use super::{feed, list, post, sitemap, style};
use crate::feed::Format;
use crate::page;
use crate::sitemap::part_of;
use crate::store::Subject;

pub(crate) async fn show(
    State(app): State<App>,
    Path(name): Path<String>,
    RawQuery(query): RawQuery,
    page: Result<Page, Problem>,
    known: IfNoneMatch,
) -> Response {
    if let Some(username) = name.strip_prefix('@') {
        return answer(&app, list::author(&app, &known, username, page).await);
    }
    if let Some(format) = Format::of(&name) {
        return answer(
            &app,
            feed::feed(&app, &known, Subject::default(), format).await,
        );
    }
    // Slugs have no dot, so what has one is a file.
    if name.contains('.') {
        return answer(&app, file(&app, &known, &name).await);
    }
    answer(
        &app,
        post::post(&app, &known, &name, query.as_deref(), page.ok()).await,
    )
}

/// The style sheet and the sitemaps.
async fn file(app: &App, known: &IfNoneMatch, name: &str) -> Result<Option<Response>, Problem> {
    if page::STYLE_PATH.strip_prefix("/blog/") == Some(name) {
        return Ok(Some(style::sheet(known)));
    }
    if name == "sitemap.xml" {
        return sitemap::index(app, known).await;
    }
    if name == "sitemap-pages.xml" {
        return Ok(Some(sitemap::pages(app, known)));
    }
    let Some(part) = part_of(name) else {
        return Ok(None);
    };
    sitemap::part(app, known, part).await
}
