//! `/blog/sitemap.xml`, `/blog/sitemap-<number>.xml` and `/blog/sitemap-pages.xml`: an index of parts, the posts of each, and lists. None
//! is kept: a part has a thousand posts at most, found by their keys, and is right after each change.

use axum::response::Response;
use kit::{App, IfNoneMatch, Problem};

use crate::respond::document;
use crate::{sitemap, store};

const XML: &str = "application/xml; charset=utf-8";

/// The parts that have posts.
pub(crate) async fn index(app: &App, known: &IfNoneMatch) -> Result<Option<Response>, Problem> {
    let parts = store::sitemap_parts(app.db()).await?;
    let body = sitemap::index(&app.config().public_url, &parts);
    Ok(Some(document(known, XML, None, body)))
}

/// The lists of posts.
pub(crate) fn pages(app: &App, known: &IfNoneMatch) -> Response {
    let body = sitemap::pages(&app.config().public_url);
    document(known, XML, None, body)
}

/// The posts of a part.
pub(crate) async fn part(
    app: &App,
    known: &IfNoneMatch,
    part: u32,
) -> Result<Option<Response>, Problem> {
    let places = store::sitemap_part(app.db(), part).await?;
    Ok(places.map(|places| {
        let newest = places.iter().map(|place| place.updated_at.as_str()).max();
        let body = sitemap::part(&app.config().public_url, &places);
        document(known, XML, newest, body)
    }))
}
