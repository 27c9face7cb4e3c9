//! `…/feed.atom`, `…/feed.rss`, `…/feed.json`: the newest posts whole, beside each list.

use std::time::Duration;

use axum::extract::{Path, State};
use axum::response::Response;
use blog::domain::tag;
use kit::{App, IfNoneMatch, Problem};

use super::answer::{answer, not_found};
use super::kept::{Unkept, Written, written_or_not};
use crate::feed::{self, Format};
use crate::respond::document;
use crate::store::{self, Subject, Unread};

/// Posts of a feed.
const FEED: i64 = 30;
/// How long a feed is kept while its posts are the same: what a new version of us writes otherwise is seen after it.
const FEED_LIFE: Duration = Duration::from_secs(300);

pub(crate) async fn topic(
    State(app): State<App>,
    Path((name, file)): Path<(String, String)>,
    known: IfNoneMatch,
) -> Response {
    let (Ok(tag), Some(format)) = (tag::normalise(&name), Format::of(&file)) else {
        return not_found(&app);
    };
    let subject = Subject {
        tag: Some(tag),
        author: None,
    };
    answer(&app, feed(&app, &known, subject, format).await)
}

pub(crate) async fn author(
    State(app): State<App>,
    Path((name, file)): Path<(String, String)>,
    known: IfNoneMatch,
) -> Response {
    let (Some(username), Some(format)) = (name.strip_prefix('@'), Format::of(&file)) else {
        return not_found(&app);
    };
    let subject = Subject {
        author: Some(case_folding::fold(username)),
        tag: None,
    };
    answer(&app, feed(&app, &known, subject, format).await)
}

pub(crate) async fn feed(
    app: &App,
    known: &IfNoneMatch,
    subject: Subject,
    format: Format,
) -> Result<Option<Response>, Problem> {
    let about = match (&subject.author, &subject.tag) {
        (Some(author), _) => format!(".@{author}"),
        (None, Some(tag)) => format!(".#{tag}"),
        (None, None) => String::new(),
    };
    let key = format!("blog-site.feed.{}{about}", format.name());
    let written: Result<Written, Unkept> = app
        .cached_under_stamp(
            &key,
            FEED_LIFE,
            |known| async {
                match store::feed(app.db(), &subject, FEED, known).await {
                    Ok(found) => found.ok_or(Unkept::Nobodys),
                    Err(error) => Err(Unkept::Failed(error.into())),
                }
            },
            |unread: Unread| {
                let found = unread
                    .read()
                    .map_err(|error| Unkept::Failed(error.into()))?;
                let written = Written {
                    body: feed::write(&app.config().public_url, &subject, &found, format),
                    updated: Some(feed::updated(&found).to_owned()),
                };
                if found.items.is_empty() {
                    return Err(Unkept::Empty(written));
                }
                Ok(written)
            },
        )
        .await;
    let kind = format.media_type();
    Ok(written_or_not(written)?
        .map(|written| document(known, kind, written.updated.as_deref(), written.body)))
}
