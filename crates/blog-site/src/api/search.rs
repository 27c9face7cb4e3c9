//! `/blog/search`: full-text search with highlights.

use axum::extract::State;
use axum::response::Response;
use kit::{App, IfNoneMatch, Page, Problem, Query, page as cursor, path_segment};
use serde::Deserialize;

use super::answer::answer;
use crate::respond::{HTML, document};
use crate::{page, store};

#[derive(Deserialize)]
pub(crate) struct Words {
    #[serde(default)]
    q: String,
}

pub(crate) async fn show(
    State(app): State<App>,
    words: Result<Query<Words>, Problem>,
    page: Result<Page, Problem>,
    known: IfNoneMatch,
) -> Response {
    let page = async {
        let (Query(Words { q }), page) = (words?, page?);
        let words: String = q.trim().chars().take(200).collect();
        let origin = &app.config().public_url;
        if words.is_empty() {
            let body = page::search::search(origin, "", &[], None, None);
            return Ok(Some(document(&known, HTML, None, body)));
        }
        let list = format!("blog-site.search?{words}");
        let after = page.position(&app, &list)?;
        let (hits, last, corrected) = store::search(app.db(), &words, after).await?;
        let more = last
            .map(|position| cursor::encode(&app, &list, &position))
            .transpose()?
            .map(|cursor| format!("/blog/search?q={}&cursor={cursor}", path_segment(&words)));
        let body =
            page::search::search(origin, &words, &hits, corrected.as_deref(), more.as_deref());
        Ok(Some(document(&known, HTML, None, body)))
    };
    answer(&app, page.await)
}
