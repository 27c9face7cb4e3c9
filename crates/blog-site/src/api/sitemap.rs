//! `/blog/sitemap.xml`, `/blog/sitemap-<year>-<month>.xml` and `/blog/sitemap-pages.xml`: an index by month, each month's posts, and lists.

use std::time::Duration;

use axum::response::Response;
use kit::{App, IfNoneMatch, Problem};

use super::kept::{Unkept, Written, written_or_not};
use crate::respond::document;
use crate::{sitemap, store};

const XML: &str = "application/xml; charset=utf-8";
/// How old the sitemap of a month may be: crawlers come a few times a day, it may have 50,000 lines, and no index tells whether one of
/// so many posts was changed.
const SITEMAP_LIFE: Duration = Duration::from_secs(300);

/// The months that have posts.
pub(crate) async fn index(app: &App, known: &IfNoneMatch) -> Result<Option<Response>, Problem> {
    let origin = &app.config().public_url;
    let months = store::months(app.db()).await?;
    let body = sitemap::index(origin, &months);
    Ok(Some(document(known, XML, None, body)))
}

/// The lists of posts.
pub(crate) fn pages(app: &App, known: &IfNoneMatch) -> Response {
    let body = sitemap::pages(&app.config().public_url);
    document(known, XML, None, body)
}

/// The posts of a month.
pub(crate) async fn month(
    app: &App,
    known: &IfNoneMatch,
    month: &str,
) -> Result<Option<Response>, Problem> {
    let written: Result<Written, Unkept> = app
        .cached(
            &format!("blog-site.sitemap.{month}"),
            SITEMAP_LIFE,
            || async {
                let places = store::month(app.db(), month)
                    .await
                    .map_err(|error| Unkept::Failed(error.into()))?;
                let written = Written {
                    body: sitemap::month(&app.config().public_url, &places),
                    updated: None,
                };
                if places.is_empty() {
                    return Err(Unkept::Empty(written));
                }
                Ok(written)
            },
        )
        .await;
    Ok(written_or_not(written)?.map(|written| document(known, XML, None, written.body)))
}
